/**
 * Certified minimality: the failure is found and shrunk again from other seeds, then the shorter cases are run one
 * after the other on fresh subjects, shortest first, until one fails or none is left.
 *
 * Certified is what no other sequence of commands undercuts, each of them run. Before that, sequences are told apart by
 * what they lead to, see {@link Distinction}: that finds shorter cases sooner, and is all that is known when there are
 * more sequences than may be run.
 *
 * @module
 */
import { counted } from "../counted.ts";
import type { AnyMachine } from "../machine.ts";
import { handleFields } from "../drive/handles.ts";
import type { Finding } from "../drive/lockstep.ts";
import { createdHandles, repair } from "../drive/repair.ts";
import { listed, type Run, runCase, type Sides } from "../drive/run_case.ts";
import { type Failure, failureSignature } from "../drive/verdict.ts";
import { repetitionsFor } from "../drive/repetitions.ts";
import { FoundAgain } from "./found_again.ts";
import { type Distinction, Enumeration, type Level, type OtherFailure } from "./enumeration.ts";

export type { Distinction, OtherFailure } from "./enumeration.ts";

/** How minimal a finding is. */
export type Minimality =
  | {
    /** No shorter case fails in the same way: every shorter sequence of the listed commands was run. */
    readonly kind: "certified";
    /** Shorter cases that were run. */
    readonly tried: number;
    /** Different commands that they are made of: those of the scope, and what else the finding has. */
    readonly commands: number;
  }
  | {
    /** Taking out any one command makes the failure go away; more is not known. */
    readonly kind: "1-minimal";
    readonly tried: number;
    /** Why no more is known. */
    readonly reason: string;
    /** Every length below this one was tried, up to what `distinction` tells apart. */
    readonly belowLength: number;
    /** A real side that remembers more than this tells may hide a shorter case; absent when nothing was enumerated. */
    readonly distinction?: Exclude<Distinction, "every sequence">;
  };

/** How much to try. */
export interface MinimalOptions {
  /** Most cases to run; 20,000 unless told otherwise. */
  readonly maximumRuns?: number;
  /** How often a shorter case is run again before it is believed. */
  readonly confirmations?: number;
  /** The enumeration ends soon after `aborted` becomes true, and the finding is then 1-minimal. */
  readonly signal?: { readonly aborted: boolean };
}

/** What {@link minimal} found out. */
export interface MinimalResult {
  /** The finding, or a shorter one. */
  readonly finding: Finding;
  /** Whether `finding` is not the one that was handed in. */
  readonly shorter: boolean;
  /** How sure it is that no shorter case fails in the same way. */
  readonly minimality: Minimality;
  /** Shorter cases that fail in another way, one for each way. */
  readonly others: readonly OtherFailure[];
  /** Cases that were run, confirmations included. */
  readonly runs: number;
}

/**
 * The words for a report: `minimal (certified: 4,213 shorter cases tried, every sequence of 25 listed
 * commands)`, or `1-minimal`. Values that no listed command has are not covered: shrinking may use any of the schema.
 */
export function minimalityWords(minimality: Minimality): string {
  switch (minimality.kind) {
    case "1-minimal": {
      const { distinction, tried } = minimality;
      if (distinction !== "states and answers") return "1-minimal";
      return `1-minimal (${
        counted(tried, "shorter case")
      } tried, one for each outcome in states and answers)`;
    }
    case "certified": {
      const tried = `${counted(minimality.tried, "shorter case")} tried`;
      return `minimal (certified: ${tried}, every sequence of ${
        counted(minimality.commands, "listed command")
      })`;
    }
  }
}

/** The part of the allowance that finding the failure again may use. */
const shareOfFinding = 0.5;
/** So many findings in a row that are no shorter end it, before enumerating and where that can not be finished. */
const triesInVain = 16;
const lastTriesInVain = 24;
/** Runs that trying to take out single commands may cost in the end. */
const leftForSingles = ({ commands }: Finding): number => 2 * commands.length;

async function oneShorter(enumeration: Enumeration, finding: Finding, repetitions: number): Promise<
  Run | undefined
> {
  const { sides } = enumeration;
  const machine = sides.walked as AnyMachine;
  const handles = handleFields(machine.schema.command);
  const remembered = finding.commands.map((command) => ({ command }));
  const created = createdHandles(remembered, handles);
  for (let gone = 0; gone < finding.commands.length; gone++) {
    for (const rebind of [false, true]) {
      const rest = remembered.filter((_, index) => index !== gone);
      const repaired = repair(
        machine,
        finding.start,
        rest,
        handles,
        created,
        sides.limits.maximumTicks,
        rebind,
      );
      const commands = repaired.commands.map(({ command }) => command);
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const { run } = await enumeration.run(finding.start, commands, "every sequence");
        if (enumeration.fails(run, finding.start)) return run;
      }
    }
  }
  return undefined;
}

async function replaced(
  sides: Sides,
  finding: Finding,
  run: Run,
  start: unknown,
  confirmations: number,
): Promise<Finding> {
  const verdict = run.verdict as Failure<unknown, unknown>;
  let failed = 0;
  for (let repetition = 0; repetition < confirmations; repetition++) {
    const again = await runCase(sides, start, () => listed(run.executed));
    if (again.verdict.kind !== "agreed" && failureSignature(again.verdict) === failureSignature(verdict)) {
      failed++;
    }
  }
  return {
    ...finding,
    start,
    commands: run.executed,
    answers: run.answers,
    verdict,
    confirmed: { failed, runs: confirmations },
  };
}

/**
 * Looks for `finding` anew where its length leaves too many shorter sequences to run all, then runs the cases that are
 * shorter, over all starts, shortest first, and says how minimal it is. What of the runs can not finish that is spent
 * on looking for it anew.
 *
 * The first shorter case that fails in the same way replaces the finding: it is the first of its length in the order
 * of starts and commands. Every case runs from its start on a fresh subject.
 */
export async function minimal(
  sides: Sides,
  finding: Finding,
  options: MinimalOptions = {},
): Promise<MinimalResult> {
  const { maximumRuns = 20_000, signal } = options;
  const enumeration = new Enumeration(sides, finding, { maximumRuns, signal });
  const confirmations = options.confirmations ?? 2;
  const { failed, runs } = finding.confirmed;
  const flaky = failed < runs;
  let best = finding;
  const result = (minimality: Minimality): MinimalResult => ({
    finding: best,
    shorter: best !== finding,
    minimality,
    others: [...enumeration.others.values()],
    runs: enumeration.runs,
  });
  /** Only one that was run to its end says more than that no single command can go. */
  let weak: (Level & { readonly distinction: Exclude<Distinction, "every sequence"> }) | undefined;
  const again = new FoundAgain(enumeration, confirmations);
  const unproven = async (reason: string, belowLength: number, tried: number): Promise<MinimalResult> => {
    if (!flaky) {
      const before = best;
      best = await again.shortest(best, leftForSingles(best), lastTriesInVain);
      if (best !== before) weak = undefined;
    }
    const repetitions = flaky ? repetitionsFor(failed / Math.max(1, runs)) : 1;
    for (;;) {
      const run = await oneShorter(enumeration, best, repetitions);
      if (run === undefined) break;
      best = await replaced(sides, best, run, best.start, confirmations);
      weak = undefined;
    }
    return result({
      kind: "1-minimal",
      tried,
      reason,
      belowLength,
      ...(weak === undefined ? {} : { distinction: weak.distinction }),
    });
  };
  if (flaky) return await unproven(`the failure is flaky: ${failed} of ${runs}`, 0, 0);

  const forEnumeration = maximumRuns * (1 - shareOfFinding);
  if (enumeration.sequencesBelow(best.commands.length) > forEnumeration) {
    best = await again.shortest(best, forEnumeration, triesInVain);
  }
  /** Tries all that is shorter, and takes over what fails; what is known when it can not be finished, or the level. */
  const tryBelow = async (distinction: Distinction): Promise<MinimalResult | Level> => {
    const level = await enumeration.below(best.commands.length, distinction);
    if (level.shorter !== undefined) {
      best = await replaced(sides, best, level.shorter, level.shorter.start, confirmations);
      if (best.confirmed.failed === best.confirmed.runs) return level;
      weak = undefined;
      return await unproven("a shorter case is flaky", level.belowLength, level.tried);
    }
    if (level.kind === "exhausted") return level;
    const reason = signal?.aborted === true
      ? "stopped on request"
      : `the allowance of ${maximumRuns} runs does not suffice`;
    const { belowLength, tried } = weak ?? level;
    return await unproven(reason, belowLength, tried);
  };
  for (const distinction of ["states", "states and answers"] as const) {
    const level = await tryBelow(distinction);
    if ("minimality" in level) return level;
    weak = { ...level, distinction };
  }
  const level = await tryBelow("every sequence");
  if ("minimality" in level) return level;
  return result({ kind: "certified", tried: level.tried, commands: enumeration.commands.length });
}
