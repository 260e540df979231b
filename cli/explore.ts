/**
 * `explore`: every state of one scope.
 *
 * @module
 */
import type { Command } from "commander";
import { bold, dim, green, red, yellow } from "@std/colors";
import { exploreAsync, exploreWorkers } from "../lockstep/explore/mod.ts";
import type { Exploration, ExploreOptions, Trace } from "../lockstep/explore/mod.ts";
import type { AnyCommand, AnyMachine, DeepReadonly } from "../lockstep/machine.ts";
import type { Protocol, Scope } from "../lockstep/protocol.ts";
import { phrase } from "../lockstep/report/phrase.ts";
import { chooseMistake, chooseMistakeIn, chooseProtocol, chooseScope, wholeNumber } from "./choose.ts";
import { exitCode, UsageError } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { clearProgress, print, printJson, progress } from "./output.ts";
import { scopeRecipe } from "./scope_machine.ts";

interface Options {
  readonly scope?: string;
  readonly machine?: string;
  readonly mistake?: string;
  readonly states?: string;
  readonly depth?: string;
  readonly seconds?: string;
  readonly workers?: string;
  readonly json?: true;
}

function machineOf(protocol: Protocol, name: string, scope: Scope, options: Options): AnyMachine {
  if (options.mistake !== undefined) {
    if (options.machine === "what") {
      throw new UsageError("Cannot explore the specification with a mistake: mistakes are in the mechanism");
    }
    const how = chooseMistakeIn(protocol, options.mistake, name).how?.();
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

function traceLines(machine: AnyMachine, trace: Trace<unknown, AnyCommand, unknown, unknown>): string[] {
  const show = (state: unknown): string => machine.show?.(state as DeepReadonly<unknown>) ?? phrase(state);
  const lines = [`    start ${phrase(trace.start)}`];
  trace.steps.forEach((step, index) => {
    const loop = trace.loopsTo === index ? yellow("  ↻ from here") : "";
    const what = step.command === undefined
      ? `${step.move}${step.note === undefined ? "" : `: ${step.note}`}`
      : phrase(step.command);
    const reply = step.reply === undefined ? "" : ` → ${phrase(step.reply)}`;
    lines.push(`  ${String(index + 1).padStart(3)}  ${step.actor}: ${what}${reply}${loop}`);
    if (step.state !== undefined) lines.push(dim(`         ${show(step.state)}`));
  });
  return lines;
}

/** An exploration as text, with the shortest trace of every violation. */
export function explorationText(
  machine: AnyMachine,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): string {
  const lines = [
    `${bold(result.machine)}: ${result.states.toLocaleString("en-US")} states, ${
      result.transitions.toLocaleString("en-US")
    } transitions, depth ${result.depth}, ${(result.milliseconds / 1000).toFixed(1)} s, ${
      result.memory.bytesPerState.toFixed(1)
    } bytes a state`,
    result.exhausted
      ? green("exhausted: every reachable state was seen")
      : yellow(result.stoppedBy ?? "not exhausted"),
  ];
  for (const { reason, count } of result.cuts) lines.push(yellow(`bounded: ${reason} (${count} times)`));
  for (const sentence of [...result.vacuous, ...result.undecided]) lines.push(yellow(sentence));
  for (const violation of result.violations) {
    lines.push("", red(`${violation.kind}: ${violation.property}`), `  ${violation.detail}`);
    lines.push(...traceLines(machine, violation.trace));
  }
  if (result.violations.length === 0) lines.push(green("no violation"));
  return lines.join("\n");
}

async function run(protocol: Protocol, options: Options): Promise<number> {
  const scopeName = options.mistake === undefined
    ? options.scope
    : options.scope ?? chooseMistake(protocol, options.mistake).scope;
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
  if (options.json) printJson(result);
  else print(explorationText(machine, result));
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
    .option("--json", "print one JSON document")
    .action(async (name: string, options: Options) =>
      end(await run(chooseProtocol(protocols, name), options))
    );
}
