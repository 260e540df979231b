/**
 * `list`: the protocols, their scopes and known mistakes.
 *
 * @module
 */
import type { Command } from "commander";
import { bold, dim } from "@std/colors";
import type { Protocol } from "../lockstep/protocol.ts";
import { exitCode } from "./exit_code.ts";
import { print, printJson } from "./output.ts";

function summary(protocol: Protocol): {
  readonly name: string;
  readonly title: string;
  readonly scopes: readonly {
    readonly name: string;
    readonly description: string;
    readonly use: readonly string[];
  }[];
  readonly mistakes: readonly { readonly name: string; readonly title: string; readonly upstream: string }[];
} {
  return {
    name: protocol.name,
    title: protocol.title,
    scopes: Object.entries(protocol.scopes).map(([name, build]) => {
      const { description, use } = build();
      return { name, description, use };
    }),
    mistakes: protocol.mistakes.map(({ name, title, upstream }) => ({ name, title, upstream })),
  };
}

/** Adds the verb. */
export function addList(program: Command, protocols: readonly Protocol[], end: (code: number) => void): void {
  program.command("list").description("list protocols, scopes and known mistakes")
    .option("--json", "print one JSON document")
    .action((options: { readonly json?: true }) => {
      const summaries = protocols.map(summary);
      if (options.json) printJson({ protocols: summaries });
      else {
        for (const { name, title, scopes, mistakes } of summaries) {
          print(`${bold(name)}  ${title}`);
          for (const scope of scopes) {
            print(
              `  scope ${scope.name}: ${scope.description} ${
                dim(`(${scope.use.length === 0 ? "by hand and for known mistakes" : scope.use.join(", ")})`)
              }`,
            );
          }
          for (const mistake of mistakes) {
            print(`  mistake ${mistake.name}: ${mistake.title} ${dim(`(${mistake.upstream})`)}`);
          }
        }
      }
      end(exitCode.ok);
    });
}
