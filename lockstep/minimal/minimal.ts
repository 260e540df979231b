/**
 * Certified minimality: after shrinking, the shorter cases are run one after the other on fresh subjects, shortest
 * first, until one fails or none is left.
 *
 * There are more command sequences than anyone can run, so sequences are told apart only as far as the budget goes.
 * {@link Distinction} says how far it went, and that is exactly what "certified" then means.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { handleFields } from "../drive/handles.ts";
import type { Finding } from "../drive/lockstep.ts";
import { copy, keyOf } from "../drive/plain.ts";
import { createdHandles, repair } from "../drive/repair.ts";
import { type CommandSource, listed, type Run, runCase, type Sides } from "../drive/run_case.ts";
import { type Failure, failureSignature } from "../drive/verdict.ts";
import { repetitionsFor } from "../drive/repetitions.ts";
import { Possible } from "./possible.ts";

/**
 * Which sequences count as different. Those that do not are tried once, on the first path in the machine's order.
 *
 * - `every sequence`: nothing is left out. No shorter case of these commands fails.
 * - `states and answers`: sequences that leave all machines in the same states, after the same answers, are one.
 * - `states`: sequences that leave the walked machine in the same states are one. A real side that remembers more
 *   than the machine does hides shorter cases behind this, so it certifies nothing; it only finds them sooner.
 */
export type Distinction = "every sequence" | "states and answers" | "states";

/** How minimal a finding is. */
export type Minimality =
  | {
    /** No shorter case fails in the same way, among all that are told apart. */
    readonly kind: "certified";
    /** Shorter cases that were run. */
    readonly tried: number;
    readonly distinction: Exclude<Distinction, "states">;
  }
  | {
    /** Taking out any one command makes the failure go away; more is not known. */
    readonly kind: "1-minimal";
    readonly tried: number;
    /** Why no more is known. */
    readonly reason: string;
    /** Every length below this one was tried, sequences told apart by `states`. */
    readonly belowLength: number;
  };

/** How much to try. */
export interface MinimalOptions {
  /** Most cases to run; 20,000 unless told otherwise. */
  readonly maximumRuns?: number;
  /** How often a shorter case is run again before it is believed. */
  readonly confirmations?: number;
  readonly signal?: { readonly aborted: boolean };
}

/** What {@link minimal} found out. */
export interface MinimalResult {
  /** The finding, or a shorter one. */
  readonly finding: Finding;
  /** Whether `finding` is not the one that was handed in. */
  readonly shorter: boolean;
  readonly minimality: Minimality;
  /** Shorter cases that fail in another way, one for each way. */
  readonly others: readonly {
    readonly start: unknown;
    readonly commands: readonly AnyCommand[];
    readonly verdict: Failure<unknown, unknown>;
  }[];
  readonly runs: number;
}

interface Node {
  readonly start: unknown;
  readonly commands: readonly AnyCommand[];
  readonly state: unknown;
}

interface Level {
  readonly kind: "exhausted" | "stopped";
  readonly tried: number;
  /** Lengths below this one were tried completely. */
  readonly belowLength: number;
  readonly shorter?: Run & { readonly start: unknown };
}

/** The words for a report: `minimal (certified: 4,213 shorter cases tried)`, or `1-minimal`. */
export function minimalityWords(minimality: Minimality): string {
  switch (minimality.kind) {
    case "1-minimal":
      return "1-minimal";
    case "certified": {
      const tried = `${minimality.tried.toLocaleString("en-US")} shorter cases tried`;
      switch (minimality.distinction) {
        case "every sequence":
          return `minimal (certified: ${tried}, every sequence)`;
        case "states and answers":
          return `minimal (certified: ${tried}, up to equal states and answers)`;
      }
    }
  }
}

class Enumeration {
  readonly sides: Sides;
  readonly signature: string;
  readonly commands: readonly AnyCommand[];
  readonly others: Map<string, MinimalResult["others"][number]> = new Map();
  readonly maximumRuns: number;
  readonly signal: { readonly aborted: boolean } | undefined;
  readonly #possible: Possible;
  runs = 0;

  constructor(sides: Sides, finding: Finding, options: MinimalOptions) {
    this.sides = sides;
    this.signature = failureSignature(finding.verdict);
    this.maximumRuns = options.maximumRuns ?? 20_000;
    this.signal = options.signal;
    this.#possible = new Possible(sides.walked, sides.limits.maximumTicks);
    const inList = sides.walked.commands as readonly AnyCommand[];
    const known = new Set(inList.map(keyOf));
    this.commands = [...inList, ...finding.commands.filter((command) => !known.has(keyOf(command)))];
  }

  get stopped(): boolean {
    return this.runs >= this.maximumRuns || this.signal?.aborted === true;
  }

  /** Runs one case; `key` tells what was believed at its end. */
  async run(
    start: unknown,
    commands: readonly AnyCommand[],
    distinction: Distinction,
  ): Promise<{ run: Run; key: string; state: unknown }> {
    this.runs++;
    let key = "";
    let state: unknown;
    const source = (): CommandSource => {
      let index = 0;
      return {
        next: (_state, _executed, { judges, heard }) => {
          if (index < commands.length) return commands[index++];
          state = copy(judges[0]!.states[0]);
          switch (distinction) {
            case "every sequence":
              break;
            case "states and answers":
              key = keyOf([judges.map(({ states }) => states.map(keyOf).sort()), heard]);
              break;
            case "states":
              key = keyOf(judges[0]!.states.map(keyOf).sort());
              break;
          }
          return undefined;
        },
      };
    };
    const outcome = runCase(this.sides, start, source);
    return { run: outcome instanceof Promise ? await outcome : outcome, key, state };
  }

  /** Whether the run fails as the finding does; remembers other failures. */
  fails(run: Run, start: unknown): boolean {
    if (run.verdict.kind === "agreed") return false;
    const signature = failureSignature(run.verdict);
    if (signature === this.signature) return true;
    if (!this.others.has(signature)) {
      this.others.set(signature, { start, commands: run.executed, verdict: run.verdict });
    }
    return false;
  }

  /** Tries all cases of fewer than `length` commands, shortest first. */
  async below(length: number, distinction: Distinction): Promise<Level> {
    const seen = new Set<string>();
    let tried = 0;
    let frontier: Node[] = [];
    for (const start of this.sides.walked.starts as readonly unknown[]) {
      const { run, key, state } = await this.run(start, [], distinction);
      tried++;
      if (this.fails(run, start)) {
        return { kind: "stopped", tried, belowLength: 0, shorter: { ...run, start } };
      }
      if (run.verdict.kind === "agreed" && (distinction === "every sequence" || !seen.has(key))) {
        seen.add(key);
        frontier.push({ start, commands: [], state });
      }
    }
    for (let reached = 1; reached < length; reached++) {
      if (distinction !== "states" && !this.#affordable(frontier, length - reached)) {
        return { kind: "stopped", tried, belowLength: reached };
      }
      const next: Node[] = [];
      for (const node of frontier) {
        for (const command of this.commands) {
          if (!this.#possible.isPossible(node.state, command)) continue;
          if (this.stopped) return { kind: "stopped", tried, belowLength: reached };
          const commands = [...node.commands, command];
          const { run, key, state } = await this.run(node.start, commands, distinction);
          if (run.executed.length < commands.length && run.verdict.kind === "agreed") continue;
          tried++;
          if (this.fails(run, node.start)) {
            return { kind: "stopped", tried, belowLength: reached, shorter: { ...run, start: node.start } };
          }
          if (run.verdict.kind !== "agreed" || reached + 1 === length) continue;
          if (distinction !== "every sequence") {
            if (seen.has(key)) continue;
            seen.add(key);
          }
          next.push({ start: node.start, commands, state });
        }
      }
      frontier = next;
    }
    return { kind: "exhausted", tried, belowLength: length };
  }

  /** Whether the runs that are left are likely to suffice for `lengths` more lengths without any merging. */
  #affordable(frontier: readonly Node[], lengths: number): boolean {
    const sample = frontier.slice(0, 20);
    let possible = 0;
    for (const { state } of sample) {
      for (const command of this.commands) if (this.#possible.isPossible(state, command)) possible++;
    }
    const branching = Math.max(1, possible / Math.max(1, sample.length));
    return frontier.length * branching ** lengths <= 2 * (this.maximumRuns - this.runs);
  }
}

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
    verdict,
    confirmed: { failed, runs: confirmations },
  };
}

/**
 * Runs the cases that are shorter than `finding`, over all starts, shortest first, and says how minimal it is.
 *
 * The first shorter case that fails in the same way replaces the finding: it is the first of its length in the order
 * of starts and commands. Every case runs from its start on a fresh subject.
 */
export async function minimal(
  sides: Sides,
  finding: Finding,
  options: MinimalOptions = {},
): Promise<MinimalResult> {
  const enumeration = new Enumeration(sides, finding, options);
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
  const unproven = async (reason: string, belowLength: number, tried: number): Promise<MinimalResult> => {
    const repetitions = flaky ? repetitionsFor(failed / Math.max(1, runs)) : 1;
    for (;;) {
      const run = await oneShorter(enumeration, best, repetitions);
      if (run === undefined) break;
      best = await replaced(sides, best, run, best.start, confirmations);
    }
    return result({ kind: "1-minimal", tried, reason, belowLength });
  };
  if (flaky) return await unproven(`the failure is flaky: ${failed} of ${runs}`, 0, 0);

  let proven: Minimality | undefined;
  let weak: Level | undefined;
  for (const distinction of ["states", "states and answers", "every sequence"] as const) {
    const level = await enumeration.below(best.commands.length, distinction);
    if (level.shorter !== undefined) {
      best = await replaced(sides, best, level.shorter, level.shorter.start, confirmations);
      if (best.confirmed.failed < best.confirmed.runs) {
        return await unproven("a shorter case is flaky", level.belowLength, level.tried);
      }
    } else if (level.kind === "stopped") {
      const reason = options.signal?.aborted === true
        ? "stopped on request"
        : `the allowance of ${enumeration.maximumRuns} runs is used up`;
      if (proven !== undefined) return result(proven);
      const { belowLength, tried } = weak ?? level;
      return await unproven(reason, belowLength, tried);
    }
    if (distinction === "states") weak = level;
    else proven = { kind: "certified", tried: level.tried, distinction };
  }
  return result(proven!);
}
