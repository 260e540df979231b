/**
 * `check`: everything with every protocol, on one screen.
 *
 * @module
 */
import type { Command } from "commander";
import { bold, dim, green, red, yellow } from "@std/colors";
import { counted } from "../lockstep/counted.ts";
import type { LockstepSummary, ProtocolCheck } from "../lockstep/check/protocol_check.ts";
import { checkProtocol } from "../lockstep/check/check_protocol.ts";
import { isLost } from "../lockstep/check/races.ts";
import type { BugSummary } from "../lockstep/check/find_mistakes.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import type { Counterexample } from "../lockstep/report/counterexample.ts";
import { terminalReport } from "../lockstep/report/terminal.ts";
import { type CheckedProtocol, type CiOptions, prepareCi, writeCi } from "./ci.ts";
import { chooseProtocol, wholeNumber } from "./choose.ts";
import { exitCode } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { keepDivergences, replayStored, type StoredOutcome } from "./stored_failures.ts";
import { clearProgress, print, printJson, reportColumns, stage } from "./output.ts";

interface Options extends CiOptions {
  readonly require?: true;
  readonly cases: string;
  readonly commands: string;
  readonly seed?: string;
  readonly seconds: string;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function mark(good: boolean): string {
  return good ? green("✓") : red("✗");
}

function bugLine(bug: BugSummary, widths: { readonly title: number; readonly upstream: number }): string {
  const found = bug.foundBy.map((engine) => `${engine} ${bug.lengths[engine]}`).join(", ");
  const missed = bug.missedBy.length === 0 ? "" : red(
    `  missed by ${bug.missedBy.join(", ")}${
      bug.baseDiverges ? ": the correct implementation diverges, too" : ""
    }`,
  );
  const stopped = bug.unfinished.length === 0
    ? ""
    : yellow(`  ${bug.unfinished.join(", ")} stopped before the end`);
  const sign = bug.missedBy.length > 0 ? red("✗") : bug.foundBy.length > 0 ? green("✓") : yellow("-");
  const minimality = bug.foundBy.length === 0
    ? "not found"
    : bug.minimalityWords ?? "minimal (shortest by breadth-first search)";
  return `    ${sign} ${bug.title.padEnd(widths.title)}  ${
    dim(bug.upstream.padEnd(widths.upstream))
  }  ${found}${missed}${stopped}  ${dim(minimality)}`;
}

/** What a run of the driver performed, reached and shrank: one line each. */
function statistics({ performed, commands, refusedDraws, labels, shrinking }: LockstepSummary): string[] {
  const kinds = Object.entries(performed).map(([kind, number]) => `${kind} ${count(number)}`);
  const refused = Math.round(100 * refusedDraws / Math.max(1, commands + refusedDraws));
  const lines = [`${kinds.join(", ")}; ${refused} % of the draws were not possible`];
  const reached = Object.entries(labels).filter(([, cases]) => cases > 0);
  if (reached.length > 0) {
    lines.push(`reached: ${reached.map(([label, cases]) => `${label} (${count(cases)} cases)`).join(", ")}`);
  }
  if (shrinking !== undefined) {
    const { runs, stopped, repairedAway, repetitions } = shrinking;
    lines.push(
      `shrunk in ${count(runs)} runs${stopped ? ", all that were allowed" : ""}, ` +
        `${count(repairedAway)} commands left out by repair` +
        (repetitions > 1 ? `, each case up to ${repetitions} times` : ""),
    );
  }
  return lines;
}

/** The result of one protocol as text. */
export function checkText(result: ProtocolCheck): string {
  const lines = [bold(result.name)];
  for (const summary of result.explorations) {
    const doubts = [...summary.vacuous.map((sentence) => `vacuous: ${sentence}`), ...summary.undecided];
    const good = summary.violations.length === 0 && (doubts.length === 0 || !summary.exhausted);
    const extent = summary.exhausted ? "complete" : yellow(summary.stoppedBy ?? "not exhausted");
    lines.push(
      `  ${mark(good)} explored ${summary.machine} (${summary.scope}): ${counted(summary.states, "state")}, ${
        counted(summary.transitions, "transition")
      }, depth ${summary.depth}, ${counted(summary.properties, "property", "properties")}, ${extent}, ${
        seconds(summary.milliseconds)
      }`,
    );
    for (const { kind, property, commands } of summary.violations) {
      lines.push(red(`      ${kind}: ${property}, after ${counted(commands, "step")}`));
    }
    const alarm = summary.exhausted ? red : yellow;
    for (const sentence of doubts) lines.push(alarm(`      ${sentence}`));
  }
  for (const refinement of result.refinements) {
    const { how, what, scope, states, transitions, exhausted, stoppedBy, violations, milliseconds } =
      refinement;
    const extent = exhausted ? "complete" : yellow(stoppedBy ?? "not exhausted");
    lines.push(
      `  ${mark(violations.length === 0)} ${how} refines ${what} (${scope}): ${counted(states, "state")}, ${
        counted(transitions, "transition")
      }, ${extent}, ${seconds(milliseconds)}`,
    );
    for (const { property, detail, commands } of violations) {
      lines.push(red(`      ${property}: ${detail}, after ${counted(commands, "step")}`));
    }
  }
  for (const driven of result.scopes) {
    const labels = Object.values(driven.labels);
    // Not those that are missed: whoever was stopped misses none.
    const reached = labels.filter((cases) => cases > 0).length;
    lines.push(
      `  ${
        mark(driven.divergences.length === 0 && driven.unreached.length === 0 && driven.problems.length === 0)
      } lockstep with ${driven.target} (${driven.scope}): ${counted(driven.cases, "case")}, ${
        counted(driven.commands, "command")
      }, ${reached} of ${counted(labels.length, "label")} reached, ${seconds(driven.milliseconds)}`,
    );
    lines.push(...statistics(driven).map((text) => dim(`      ${text}`)));
    for (const label of driven.unreached) lines.push(red(`      never reached: ${label}`));
    for (const problem of driven.problems) lines.push(red(`      problem: ${problem}`));
    for (const divergence of driven.divergences) {
      lines.push(...reportLines(divergence));
    }
  }
  for (const tour of result.tours) {
    const { covered, total, unreached, commands, divergences, problems, unseenAnswers, stoppedBy } = tour;
    const { target, scope, milliseconds, fewestCommands } = tour;
    const extent = stoppedBy === undefined ? "" : `, ${yellow(stoppedBy)}`;
    const rest = unreached === 0 ? "" : ` (${count(unreached)} in states to which the target never led)`;
    const least = fewestCommands === undefined ? "" : ` (${count(fewestCommands)} at least)`;
    lines.push(
      `  ${mark(divergences.length + problems.length === 0)} tour of ${target} (${scope}): ${
        count(covered)
      } of ${count(total)} state-command pairs${rest}, ${counted(commands, "command")}${least}${extent}, ${
        seconds(milliseconds)
      }`,
    );
    for (const problem of problems) lines.push(red(`      problem: ${problem}`));
    for (const answer of unseenAnswers) lines.push(dim(`      allowed and never answered: ${answer}`));
    for (const divergence of divergences) {
      lines.push(...reportLines(divergence));
    }
  }
  for (const race of result.races ?? []) {
    const found = race.mistake === undefined || race.problems.length === 0
      ? ""
      : `, ${yellow("the known mistake shows")}`;
    lines.push(
      `  ${mark(!isLost(race))} raced ${race.description}: ${counted(race.runs, "run")}, ${
        counted(race.outcomes, "outcome")
      }${found}, ${seconds(race.milliseconds)}`,
    );
    for (const problem of race.problems) {
      const color = isLost(race) ? red : dim;
      lines.push(...problem.split("\n").map((line) => color(`      ${line}`)));
    }
    if (race.inconclusive !== undefined) lines.push(yellow(`      inconclusive: ${race.inconclusive}`));
  }
  for (const { what, why } of result.skipped) lines.push(`  ${yellow("-")} skipped ${what}: ${why}`);
  if (result.bugs.length > 0) {
    lines.push(`  known mistakes, found by which engine in how many commands:`);
    const widths = {
      title: Math.max(...result.bugs.map(({ title }) => title.length)),
      upstream: Math.max(...result.bugs.map(({ upstream }) => upstream.length)),
    };
    for (const bug of result.bugs) lines.push(bugLine(bug, widths));
  }
  return lines.join("\n");
}

/** A report within the result of a protocol. */
function reportLines(report: Counterexample): string[] {
  const lines = terminalReport(report, reportColumns() - 4).split("\n");
  return ["", ...lines.map((line) => line === "" ? "" : `    ${line}`), ""];
}

function storedLines(stored: readonly StoredOutcome[], kept: readonly string[]): string[] {
  const lines: string[] = [];
  for (const { path, outcome, reason, counterexample } of stored) {
    const told = reason === undefined ? "" : `: ${reason}`;
    lines.push(
      `  ${outcome === "still fails" ? red("✗") : yellow("-")} stored failure ${path}: ${outcome}${told}`,
    );
    // What was found again is explained above already.
    if (counterexample !== undefined && !kept.includes(path)) {
      lines.push(...reportLines(counterexample));
    }
  }
  for (const path of kept) lines.push(`  kept in ${path}`);
  return lines;
}

function total<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** What was done altogether, in one line. */
export function totalsText(results: readonly ProtocolCheck[]): string {
  const searched = results.flatMap(({ explorations, refinements }) => [...explorations, ...refinements]);
  const performed = results.flatMap(({ scopes, tours }) => [...scopes, ...tours]);
  const bugs = results.flatMap((result) => result.bugs);
  const skips = total(results, ({ skipped }) => skipped.length);
  const skipped = skips === 0 ? "" : `; ${counted(skips, "part")} skipped on this machine`;
  return `${counted(total(searched, ({ states }) => states), "state")} explored, ${
    counted(total(performed, ({ commands }) => commands), "command")
  } against the real side, ${bugs.filter(({ foundBy }) => foundBy.length > 0).length} of ${
    counted(bugs.length, "known mistake")
  } found${skipped}`;
}

async function check(protocols: readonly Protocol[], options: Options): Promise<number> {
  using interrupt = new Interrupt();
  const budget = {
    cases: wholeNumber("--cases", options.cases, 1, 1_000_000_000),
    commandsPerCase: wholeNumber("--commands", options.commands, 1, 10_000),
    maximumMs: 1000 * wholeNumber("--seconds", options.seconds, 1, 86_400),
    ...(options.seed === undefined ? {} : { seed: wholeNumber("--seed", options.seed, 0, 0x7fff_ffff) }),
    signal: interrupt,
    onStage: stage,
  };
  prepareCi(options);
  const results: CheckedProtocol[] = [];
  for (const protocol of protocols) {
    if (interrupt.aborted) break;
    const stored = await replayStored(protocol);
    const checked = await checkProtocol(protocol, budget);
    clearProgress();
    const { result: told, kept } = await keepDivergences(checked);
    const stillFails = stored.some(({ outcome }) => outcome === "still fails");
    const result = { ...told, stored, kept, ok: told.ok && !stillFails };
    results.push(result);
    if (!options.json) print([checkText(told), ...storedLines(stored, kept)].join("\n"));
  }
  const skips = results.flatMap(({ skipped }) => skipped).length;
  const ok = results.every((result) => result.ok) && !interrupt.aborted;
  if (options.json) printJson({ protocols: results, ok, ...(interrupt.aborted ? { stopped: true } : {}) });
  else {
    const end = interrupt.aborted
      ? yellow("stopped on request, not everything was checked")
      : ok
      ? green("ok")
      : red("not ok");
    print(`\n${end}: ${totalsText(results)}`);
  }
  writeCi(results, options);
  if (interrupt.aborted) return exitCode.interrupted;
  if (!ok) return exitCode.diverged;
  return options.require && skips > 0 ? exitCode.environment : exitCode.ok;
}

/** Adds the verb. */
export function addCheck(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("check").argument("[protocol]", "only this one")
    .description("explore, refine and drive every protocol against this kernel, and find its known mistakes")
    .option("--cases <number>", "cases driven in each scope", "2000")
    .option("--commands <number>", "commands of a case", "60")
    .option("--seconds <number>", "limit of each exploration", "60")
    .option("--seed <number>", "drive the same cases again")
    .option("--require", "exit with 3 when something had to be skipped")
    .option("--github", "append a step summary and print annotations")
    .option("--junit <file.xml>", "write the results as JUnit XML")
    .option("--json", "print one JSON document")
    .action(async (name: string | undefined, options: Options) => {
      end(await check(name === undefined ? protocols : [chooseProtocol(protocols, name)], options));
    });
}
