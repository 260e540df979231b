/**
 * The enumeration behind certified minimality: cases run shortest first, each on a fresh subject, those that can not
 * be told apart once.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import type { Finding } from "../drive/lockstep.ts";
import { copy, keyOf } from "../drive/plain.ts";
import { type CommandSource, type Run, runCase, type Sides } from "../drive/run_case.ts";
import { type Answered, type Failure, failureSignature } from "../drive/verdict.ts";
import { Possible } from "./possible.ts";

/**
 * Which sequences count as different. Those that do not are tried once, on the first path in the machine's order.
 *
 * - `every sequence`: nothing is left out. No shorter case of these commands fails.
 * - `states and answers`: sequences that leave all machines in the same states, after the same answers, are one.
 * - `states`: sequences that leave the walked machine in the same states are one.
 *
 * A real side that remembers more than the machines do hides shorter cases behind the last two, so they certify
 * nothing; they only find them sooner.
 */
export type Distinction = "every sequence" | "states and answers" | "states";

/** The part of all runs that telling cases apart may cost before it is known whether they suffice. */
const shareOfTrying = 0.2;

/** Limits of an enumeration. */
export interface EnumerationLimits {
  readonly maximumRuns: number;
  readonly signal: { readonly aborted: boolean } | undefined;
}

/** A case that fails in another way than the finding. */
export interface OtherFailure {
  /** Where the shorter case begins. */
  readonly start: unknown;
  /** Its commands, all of them possible. */
  readonly commands: readonly AnyCommand[];
  /** How it fails: in another way than the finding. */
  readonly verdict: Failure<unknown, unknown>;
  /** What was answered, the epilogue included. */
  readonly answers: readonly Answered[];
}

interface Node {
  readonly start: unknown;
  readonly commands: readonly AnyCommand[];
  readonly state: unknown;
}

/** How far an enumeration came. */
export interface Level {
  readonly kind: "exhausted" | "stopped";
  readonly tried: number;
  /** Lengths below this one were tried completely. */
  readonly belowLength: number;
  readonly shorter?: Run & { readonly start: unknown };
}

/** Runs the cases that are shorter than a finding. */
export class Enumeration {
  readonly sides: Sides;
  readonly signature: string;
  readonly commands: readonly AnyCommand[];
  readonly others: Map<string, OtherFailure> = new Map();
  readonly limits: EnumerationLimits;
  readonly #possible: Possible;
  runs = 0;

  constructor(sides: Sides, finding: Finding, limits: EnumerationLimits) {
    this.sides = sides;
    this.signature = failureSignature(finding.verdict);
    this.limits = limits;
    this.#possible = new Possible(sides.walked, sides.limits.maximumTicks);
    const inList = sides.walked.commands as readonly AnyCommand[];
    const known = new Set(inList.map(keyOf));
    this.commands = [...inList, ...finding.commands.filter((command) => !known.has(keyOf(command)))];
  }

  get stopped(): boolean {
    return this.runs >= this.limits.maximumRuns || this.limits.signal?.aborted === true;
  }

  /** How many sequences of commands, possible or not, are shorter than `length`, over all starts. */
  sequencesBelow(length: number): number {
    let sequences = 0;
    let longest = this.sides.walked.starts.length;
    for (let commands = 0; commands < length; commands++, longest *= this.commands.length) {
      sequences += longest;
    }
    return sequences;
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
      this.others.set(signature, {
        start,
        commands: run.executed,
        verdict: run.verdict,
        answers: run.answers,
      });
    }
    return false;
  }

  /** Tries all cases of fewer than `length` commands, shortest first. */
  async below(length: number, distinction: Distinction): Promise<Level> {
    // Nothing is shorter than a case without commands.
    if (length === 0) return { kind: "exhausted", tried: 0, belowLength: 0 };
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
    const begun = this.runs;
    let before = 0;
    for (let reached = 1; reached < length; reached++) {
      const growth = distinction === "every sequence" ? Infinity : frontier.length / Math.max(1, before);
      before = frontier.length;
      if (!this.#isAffordable(frontier, length - reached, growth, this.runs - begun)) {
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

  /**
   * Whether the runs that are left are likely to suffice for `lengths` more lengths, where what can be told apart grows
   * by `growth` with each of them. Since that slows down once most of it is known, a share of the runs is for trying.
   */
  #isAffordable(frontier: readonly Node[], lengths: number, growth: number, spent: number): boolean {
    const sample = frontier.slice(0, 20);
    let possible = 0;
    for (const { state } of sample) {
      for (const command of this.commands) if (this.#possible.isPossible(state, command)) possible++;
    }
    const branching = Math.max(1, possible / Math.max(1, sample.length));
    const next = frontier.length * branching;
    const { maximumRuns } = this.limits;
    if (growth < Infinity && spent + next <= shareOfTrying * maximumRuns) return true;
    return next * Math.min(growth, branching) ** (lengths - 1) <= 2 * (maximumRuns - this.runs);
  }
}
