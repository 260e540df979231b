/**
 * `explore`: every state of one scope.
 *
 * @module
 */
import type { Command } from "commander";
import { bold, green, yellow } from "@std/colors";
import { counted } from "../lockstep/counted.ts";
import { caseFileVersion } from "../lockstep/drive/case_file.ts";
import { exploreAsync, exploreWorkers } from "../lockstep/explore/mod.ts";
import type { Exploration, ExploreOptions } from "../lockstep/explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../lockstep/machine.ts";
import type { Protocol, Scope } from "../lockstep/protocol.ts";
import { type Counterexample, counterexampleOfViolation } from "../lockstep/report/counterexample.ts";
import { htmlReport } from "../lockstep/report/html.tsx";
import { terminalReport } from "../lockstep/report/terminal.ts";
import { chooseMistake, chooseProtocol, chooseScope, wholeNumber } from "./choose.ts";
import { exitCode, UsageError } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { clearProgress, complain, print, printJson, progress, reportColumns } from "./output.ts";
import { scopeRecipe } from "./scope_machine.ts";

interface Options {
  readonly scope?: string;
  readonly machine?: string;
  readonly mistake?: string;
  readonly states?: string;
  readonly depth?: string;
  readonly seconds?: string;
  readonly workers?: string;
  readonly html?: string;
  readonly json?: true;
}

function machineOf(protocol: Protocol, name: string, scope: Scope, options: Options): AnyMachine {
  if (options.mistake !== undefined) {
    if (options.machine === "what") {
      throw new UsageError("Cannot explore the specification with a mistake: mistakes are in the mechanism");
    }
    const mistake = chooseMistake(protocol, options.mistake);
    const explored = mistake.howScope ?? mistake.scope;
    if (explored !== name) {
      throw new UsageError(
        `Cannot use mistake ${mistake.name} in scope ${name}: must be in scope ${explored}`,
      );
    }
    const how = mistake.how?.();
    if (how !== undefined) return how;
    throw new UsageError(
      `Cannot explore mistake ${options.mistake}: it has no twin in the model, drive it with: replay or check`,
    );
  }
  switch (options.machine) {
    case undefined:
    case "how":
      return scope.how ?? scope.what;
    case "what":
      return scope.what;
    default:
      throw new UsageError(
        `Cannot explore ${JSON.stringify(options.machine.slice(0, 100))}: --machine must be what or how`,
      );
  }
}

/** Every violation with its shortest trace, as a report. */
export function reportsOf(
  protocol: Protocol,
  scopeName: string,
  scope: Scope,
  machine: AnyMachine,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
  mistake?: string,
): readonly Counterexample[] {
  const file = {
    lockstep: caseFileVersion,
    protocol: protocol.name,
    scope: scopeName,
    ...(mistake === undefined ? {} : { mistake }),
  } as const;
  const drawings = protocol.mistakes.find(({ name }) => name === mistake)?.drawings ?? scope;
  return result.violations.map((violation) =>
    counterexampleOfViolation(machine, violation, file, {
      foundBy: "explore",
      // A cycle is found in the graph afterwards; everything else on the first way that breadth-first search takes.
      ...(violation.trace.loopsTo === undefined ? { minimality: "shortest (breadth-first search)" } : {}),
      drawings,
    })
  );
}

/** Writes one page for each report: the first as `path`, the others with a number before its ending. */
function writePages(path: string, reports: readonly Counterexample[]): readonly string[] {
  return reports.map((report, index) => {
    const name = index === 0 ? path : `${path.replace(/\.html$/, "")}-${index + 1}.html`;
    try {
      Deno.writeTextFileSync(name, htmlReport(report));
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw new UsageError(`Cannot write ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return name;
  });
}

/** An exploration as text, with the shortest trace of every violation. */
export function explorationText(
  reports: readonly Counterexample[],
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): string {
  const lines = [
    `${bold(result.machine)}: ${counted(result.states, "state")}, ${
      counted(result.transitions, "transition")
    }, depth ${result.depth}, ${(result.milliseconds / 1000).toFixed(1)} s, ${
      result.memory.bytesPerState.toFixed(1)
    } bytes a state`,
    result.exhausted
      ? green("exhausted: every reachable state was seen")
      : yellow(result.stoppedBy ?? "not exhausted"),
  ];
  for (const { reason, count } of result.cuts) {
    lines.push(yellow(`bounded: ${reason} (${counted(count, "time")})`));
  }
  for (const sentence of [...result.vacuous, ...result.undecided]) lines.push(yellow(sentence));
  for (const report of reports) lines.push("", terminalReport(report, reportColumns()));
  if (reports.length === 0) {
    lines.push(result.exhausted ? green("no violation") : "no violation in what was seen");
  }
  return lines.join("\n");
}

async function run(protocol: Protocol, options: Options): Promise<number> {
  const mistake = options.mistake === undefined ? undefined : chooseMistake(protocol, options.mistake);
  const scopeName = options.scope ?? mistake?.howScope ?? mistake?.scope;
  const { name, scope } = chooseScope(protocol, scopeName);
  const machine = machineOf(protocol, name, scope, options);
  using interrupt = new Interrupt();
  const limit = (option: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumber(option, text, 1, 4_000_000_000);
  const maximumStates = limit("--states", options.states);
  const maximumDepth = limit("--depth", options.depth);
  const maximumSeconds = limit("--seconds", options.seconds);
  const workers = options.workers === undefined ? 1 : wholeNumber("--workers", options.workers, 1, 64);
  const settings: ExploreOptions = {
    signal: interrupt,
    onProgress: ({ states, depth, waiting }) =>
      progress(
        `${states.toLocaleString("en-US")} states, depth ${depth}, ${
          waiting.toLocaleString("en-US")
        } waiting`,
      ),
    ...(maximumStates === undefined ? {} : { maximumStates }),
    ...(maximumDepth === undefined ? {} : { maximumDepth }),
    ...(maximumSeconds === undefined ? {} : { maximumMs: 1000 * maximumSeconds }),
  };
  const recipe = scopeRecipe(
    options.mistake === undefined
      ? { protocol: protocol.name, scope: name, level: machine === scope.what ? "what" : "how" }
      : { protocol: protocol.name, mistake: options.mistake },
  );
  const result = workers === 1
    ? await exploreAsync(machine, settings)
    : await exploreWorkers(recipe, workers, settings);
  clearProgress();
  const reports = reportsOf(protocol, name, scope, machine, result, mistake?.name);
  if (options.json) printJson(result);
  else print(explorationText(reports, result));
  if (options.html !== undefined) {
    for (const path of writePages(options.html, reports)) complain(`wrote ${path}`);
    if (reports.length === 0) complain(`nothing written to ${options.html}: there is no violation to show`);
  }
  return result.violations.length > 0 || (result.exhausted && result.vacuous.length > 0)
    ? exitCode.diverged
    : interrupt.aborted
    ? exitCode.interrupted
    : exitCode.ok;
}

/** Adds the verb. */
export function addExplore(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("explore").argument("<protocol>", "its name")
    .description("explore every state of a scope")
    .option("--scope <name>", "the size of the model (the first of the protocol)")
    .option("--machine <what|how>", "the specification or the mechanism (the mechanism where there is one)")
    .option("--mistake <name>", "the mechanism with this known mistake")
    .option("--states <number>", "stop when this many states are stored")
    .option("--depth <number>", "do not expand states deeper than this")
    .option("--seconds <number>", "stop after this time")
    .option(
      "--workers <number>",
      "threads that take the steps; pays where steps are costly and cores are free",
    )
    .option("--html <file>", "write every violation as a page")
    .option("--json", "print one JSON document")
    .action(async (name: string, options: Options) =>
      end(await run(chooseProtocol(protocols, name), options))
    );
}
