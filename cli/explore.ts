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
import { terminalReport } from "../lockstep/report/terminal.ts";
import { moveNamed } from "../lockstep/repl/match.ts";
import { chooseMistake, chooseProtocol, chooseScope, wholeNumber } from "./choose.ts";
import { exitCode, UsageError } from "./exit_code.ts";
import { writeGraph, writePages, writeTraces } from "./exploration_files.ts";
import { reductionLines, refusalLines } from "./exploration_lines.ts";
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
  readonly memory?: string;
  readonly workers?: string;
  readonly symmetry: boolean;
  readonly reduce?: true;
  readonly why?: string;
  readonly html?: string;
  readonly itf?: string;
  readonly dot?: string;
  readonly svg?: string;
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
  lines.push(...reductionLines(result));
  for (const sentence of [...result.vacuous, ...result.undecided]) lines.push(yellow(sentence));
  for (const refusals of result.refusals) lines.push(...refusalLines(refusals));
  for (const report of reports) lines.push("", terminalReport(report, reportColumns()));
  if (reports.length === 0) {
    lines.push(result.exhausted ? green("no violation") : "no violation in what was seen");
  }
  return lines.join("\n");
}

/** Limits and wishes; numbers that are none and commands that do not exist are refused. @throws {UsageError} */
function settingsOf(machine: AnyMachine, options: Options): ExploreOptions {
  const limit = (option: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumber(option, text, 1, 4_000_000_000);
  const maximumStates = limit("--states", options.states);
  const maximumDepth = limit("--depth", options.depth);
  const maximumSeconds = limit("--seconds", options.seconds);
  const maximumMebibytes = limit("--memory", options.memory);
  const asked = options.why === undefined ? undefined : moveNamed(machine, options.why.trim().split(/\s+/));
  if (options.why !== undefined && asked?.kind !== "command") {
    const kinds = [...new Set(machine.commands.map(({ kind }: AnyCommand) => kind))].join(", ");
    throw new UsageError(
      `Cannot say why ${
        JSON.stringify(options.why.slice(0, 100))
      }: must be a command of ${machine.name} (${kinds}) with its values`,
    );
  }
  if (options.reduce && machine.independence === undefined) {
    throw new UsageError(`Cannot reduce ${machine.name}: it does not declare which commands are independent`);
  }
  if (options.reduce && machine.canonical !== undefined && options.symmetry) {
    throw new UsageError(`Cannot reduce ${machine.name} with symmetry: must have --no-symmetry`);
  }
  return {
    ...(maximumStates === undefined ? {} : { maximumStates }),
    ...(maximumDepth === undefined ? {} : { maximumDepth }),
    ...(maximumSeconds === undefined ? {} : { maximumMs: 1000 * maximumSeconds }),
    ...(maximumMebibytes === undefined ? {} : { maximumBytes: 2 ** 20 * maximumMebibytes }),
    ...(options.symmetry ? {} : { symmetry: false }),
    ...(options.reduce ? { reduction: true } : {}),
    ...(asked?.kind === "command" ? { why: [asked.command] } : {}),
    ...(options.itf === undefined ? {} : { witnesses: true }),
  };
}

async function run(protocol: Protocol, options: Options): Promise<number> {
  const mistake = options.mistake === undefined ? undefined : chooseMistake(protocol, options.mistake);
  const scopeName = options.scope ?? mistake?.howScope ?? mistake?.scope;
  const { name, scope } = chooseScope(protocol, scopeName);
  const machine = machineOf(protocol, name, scope, options);
  using interrupt = new Interrupt();
  const workers = options.workers === undefined ? 1 : wholeNumber("--workers", options.workers, 1, 64);
  const settings: ExploreOptions = {
    ...settingsOf(machine, options),
    signal: interrupt,
    onProgress: ({ states, depth, waiting }) =>
      progress(
        `${states.toLocaleString("en-US")} states, depth ${depth}, ${
          waiting.toLocaleString("en-US")
        } waiting`,
      ),
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
  if (workers > 1 && result.workers === 1) {
    complain(
      "one thread did all: the search was too small for more, or --reduce needs every step in order",
    );
  }
  const reports = reportsOf(protocol, name, scope, machine, result, mistake?.name);
  if (options.json) printJson(result);
  else print(explorationText(reports, result));
  if (options.html !== undefined) {
    for (const path of writePages(options.html, reports)) complain(`wrote ${path}`);
    if (reports.length === 0) complain(`nothing written to ${options.html}: there is no violation to show`);
  }
  if (options.itf !== undefined) {
    const paths = writeTraces(options.itf, result);
    for (const path of paths) complain(`wrote ${path}`);
    if (paths.length === 0) complain(`nothing written to ${options.itf}: there is no trace to show`);
  }
  for (const path of await writeGraph(options, machine, settings)) complain(`wrote ${path}`);
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
      "threads that explore together; pays from about a million states on, where processors are free",
    )
    .option("--memory <mebibytes>", "stop before the tables take more than this")
    .option("--no-symmetry", "explore states rather than classes of states that differ only in names")
    .option("--reduce", "leave out orders of commands that the machine declares not to matter")
    .option(
      "--why <command>",
      "say which conditions refuse this command, and where: kind and values, as in the REPL",
    )
    .option("--html <file>", "write every violation as a page")
    .option("--itf <file>", "write a trace of every violation, or else to every situation that was reached")
    .option("--dot <file>", "write the state graph for Graphviz, by levels above 300 states")
    .option("--svg <file>", "draw the state graph, by levels above 300 states")
    .option("--json", "print one JSON document")
    .action(async (name: string, options: Options) =>
      end(await run(chooseProtocol(protocols, name), options))
    );
}
