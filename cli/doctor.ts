/**
 * `doctor`: what this machine offers to each protocol, and what is missing.
 *
 * @module
 */
import type { Command } from "commander";
import { bold, dim, green, yellow } from "@std/colors";
import type { Probe } from "../lockstep/machine.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { exitCode } from "./exit_code.ts";
import { print, printJson } from "./output.ts";

/** What one target found when it looked around. */
interface Finding extends Probe {
  readonly protocol: string;
  readonly scope: string;
  readonly target: string;
}

function examine(protocols: readonly Protocol[]): Finding[] {
  return protocols.flatMap((protocol) =>
    Object.entries(protocol.scopes).flatMap(([name, build]) => {
      const { target, use } = build();
      const isReal = use.includes("lockstep") || use.includes("tour");
      return isReal ? [{ protocol: protocol.name, scope: name, target: target.name, ...target.probe() }] : [];
    })
  );
}

/** Adds the verb. */
export function addDoctor(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("doctor").description("say what this machine offers to each protocol, and what is missing")
    .option("--json", "print one JSON document")
    .action((options: { readonly json?: true }) => {
      const findings = examine(protocols);
      const runtime = { deno: Deno.version.deno, system: `${Deno.build.os} ${Deno.build.arch}` };
      if (options.json) printJson({ ...runtime, targets: findings });
      else {
        print(`deno ${runtime.deno}, ${runtime.system}`);
        for (const { protocol, scope, target, missing, facts } of findings) {
          const known = Object.entries(facts).map(([fact, value]) => `${fact}=${value}`).join(" ");
          const state = missing.length === 0 ? green("✓") : yellow("-");
          print(`${state} ${bold(protocol)} ${scope}: ${target}${known === "" ? "" : `  ${dim(known)}`}`);
          for (const reason of missing) print(`    ${reason}`);
        }
      }
      end(findings.some(({ missing }) => missing.length > 0) ? exitCode.environment : exitCode.ok);
    });
}
