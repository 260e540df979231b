/**
 * What a check of a protocol has shown, as data: the shape of `check --json`.
 *
 * @module
 */
import type { Counterexample } from "../report/counterexample.ts";
import type { BugSummary } from "./find_mistakes.ts";
import type { RaceSummary } from "./races.ts";

/** An exploration in short. */
export interface ExploreSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Machine.name} of what was explored. */
  readonly machine: string;
  /** Distinct ones, in the normal form of their symmetry class. */
  readonly states: number;
  /** Steps taken, those to known states included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable state was seen. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** How many promises were checked: over states, steps and progress. */
  readonly properties: number;
  /** One for each broken promise, with the length of its shortest trace. */
  readonly violations: readonly {
    readonly kind: string;
    readonly property: string;
    readonly commands: number;
  }[];
  /** Promises over progress that could not be decided although everything was seen, and why. Sentences. */
  readonly undecided: readonly string[];
  /** What was never reached, in sentences: the promises prove less than they seem. */
  readonly vacuous: readonly string[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A refinement in short. */
export interface RefineSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Machine.name} of the mechanism. */
  readonly how: string;
  /** {@link Machine.name} of the specification. */
  readonly what: string;
  /** Distinct pairs of a state of the mechanism and what the specification believes. */
  readonly states: number;
  /** Steps taken by both, those to known pairs included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable pair was seen. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** Answers of the mechanism that the specification forbids, with the length of a shortest trace. */
  readonly violations: readonly {
    readonly property: string;
    readonly detail: string;
    readonly commands: number;
  }[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A run of the driver in short. */
export interface LockstepSummary {
  /** A key of {@link Protocol.scopes}, or several, comma between. */
  readonly scope: string;
  /** {@link Target.name} of what was driven. */
  readonly target: string;
  /** Drives the same cases again, as long as the subject answers the same. */
  readonly seed: number;
  /** Cases that were run; fewer than asked for after a divergence or an interruption. */
  readonly cases: number;
  /** Commands performed in them, epilogues included. */
  readonly commands: number;
  /** Commands by kind, the epilogues left out. */
  readonly performed: Readonly<Record<string, number>>;
  /** Draws that were not possible, and were not performed. */
  readonly refusedDraws: number;
  /** What shrinking took; absent when nothing failed, and for several scopes together. */
  readonly shrinking?: {
    /** Cases that were run. */
    readonly runs: number;
    /** Whether the allowance ended before the candidates did. */
    readonly stopped: boolean;
    /** Commands that repair had to leave out of smaller cases, in all of them together. */
    readonly repairedAway: number;
    /** How often each smaller case was run at most: more than once when the failure is flaky. */
    readonly repetitions: number;
  };
  /** The first of each scope, shrunk; then shorter cases that fail in other ways, one for each way. */
  readonly divergences: readonly Counterexample[];
  /** What is wrong with the walk: the run went on, and proves less than it seems. One sentence each. */
  readonly problems: readonly string[];
  /** In how many cases each label was reached. */
  readonly labels: Readonly<Record<string, number>>;
  /** Labels that no case reached: the run proves less than it seems. */
  readonly unreached: readonly string[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A tour in short. */
export interface TourSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Target.name} of what was toured. */
  readonly target: string;
  /** Pairs of a state and a command that the real side carried out, of all that are possible. */
  readonly covered: number;
  /** All that are possible. */
  readonly total: number;
  /** The rest, where nothing else stopped the tour: pairs in states that the tour never knew to be in. */
  readonly unreached: number;
  /** Commands performed, those that only lead to the next pair included. */
  readonly commands: number;
  /** Commands without which no tour covers all pairs; absent where that is not known. */
  readonly fewestCommands?: number;
  /** Allowed answers that the real side never gave: perhaps the model is looser than it has to be. */
  readonly unseenAnswers: readonly string[];
  /** Why a case could not be run at all, in one sentence. */
  readonly problems: readonly string[];
  /** The first, shrunk; then shorter cases that fail in other ways, one for each way. */
  readonly divergences: readonly Counterexample[];
  /** Why not all pairs are covered, in one sentence; absent when they are. */
  readonly stoppedBy?: string;
  /** Wall clock. */
  readonly milliseconds: number;
}

/** Everything about one protocol. */
export interface ProtocolCheck {
  /** {@link Protocol.name}. */
  readonly name: string;
  /** Of the first scope that says "explore": the mechanism where there is one. Absent when none says so. */
  readonly explore?: ExploreSummary;
  /** Every exploration: the specifications of all scopes that say "explore", then their mechanisms. */
  readonly explorations: readonly ExploreSummary[];
  /** Of all scopes that say "refines" and have a mechanism. */
  readonly refinements: readonly RefineSummary[];
  /** Of all driven scopes together. */
  readonly lockstep?: LockstepSummary;
  /** Each of them alone. */
  readonly scopes: readonly LockstepSummary[];
  /** Of the first scope that says "tour", where the implementation can run. */
  readonly tour?: TourSummary;
  /** Of all scopes that say "tour", where the implementation can run. */
  readonly tours: readonly TourSummary[];
  /** Of real threads at full speed; absent where the protocol has none. */
  readonly races?: readonly RaceSummary[];
  /** The known mistakes, in the protocol's order. */
  readonly bugs: readonly BugSummary[];
  /** What could not run on this machine, and the sentence that says what is missing. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /**
   * No violation, no divergence, no problem, no lost race, nothing vacuous where all was explored, no label unreached, no mistake missed. What
   * was stopped by a limit is not held against it: see `exhausted`, `stoppedBy`, `unfinished` and `skipped`.
   */
  readonly ok: boolean;
}
