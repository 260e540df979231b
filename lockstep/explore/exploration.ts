/**
 * What a search finds, as plain data: nothing here prints, renderers and `--json` read it.
 *
 * @module
 */
import type { Permutation, Plain } from "../machine.ts";

/** One step of a trace. Exactly one of `command` and `move` is there. */
export interface TraceStep<State, Command, Reply> {
  /** Who acts: a lane of the report. */
  readonly actor: string;
  /** The command that was carried out; absent for an internal move. */
  readonly command?: Command;
  /** The name of an internal move. */
  readonly move?: string;
  /** What the step answered; absent for internal moves and for steps that never answer. */
  readonly reply?: Reply;
  /** What the internal move said about itself. */
  readonly note?: string;
  /** What `choose` returned, in order. */
  readonly choices: readonly number[];
  /** The state afterwards; absent when the step did not come to an end. */
  readonly state?: State;
  /** With symmetry: how the searched state is made from this one, part `i` being this one's part `permutation[i]`. */
  readonly permutation?: Permutation;
}

/** A path from a start. Its start and commands are a replayable case. */
export interface Trace<State, Command, Reply, Start> {
  /** The start of the machine from which the trace goes. */
  readonly start: Start;
  /** What `choose` returned while the initial state was made. */
  readonly choices: readonly number[];
  /** The state there, without its normal form; absent when making it failed. */
  readonly initial?: State;
  /** The steps in order; empty when the start itself is at fault. */
  readonly steps: readonly TraceStep<State, Command, Reply>[];
  /** A lasso: after the last step, the state is again the one after this many steps. A stutter has no steps after it. */
  readonly loopsTo?: number;
}

/** What a trace shows to be wrong. */
export type ViolationKind =
  | "always"
  | "everyStep"
  | "leadsTo"
  | "deadlock"
  | "outside schema"
  | "hung"
  | "crashed"
  | "refusal"
  | "impure"
  | "symmetry"
  | "independence"
  | "refines";

/** An answer that a specification allows. */
export interface AllowedAnswer {
  /** The reply; absent where only the view was at fault. */
  readonly reply?: unknown;
  /** The view; absent where the reply was at fault. */
  readonly view?: unknown;
}

/** A property that does not hold, with a shortest trace that shows it. */
export interface Violation<State, Command, Reply, Start> {
  /** What was promised, or how the machine failed to be one. */
  readonly kind: ViolationKind;
  /** The name of the property, or of the command for what has no property. */
  readonly property: string;
  /** A sentence on what is wrong in the last state or step. */
  readonly detail: string;
  /** Refinement: what the specification would have allowed in place of the last answer. */
  readonly allowed?: readonly AllowedAnswer[];
  /** A shortest one; for progress, a lasso with a shortest stem and cycle. */
  readonly trace: Trace<State, Command, Reply, Start>;
}

/** A situation that a machine names with `sometimes` or `someStep`, and how one gets there. */
export interface Witness<State, Command, Reply, Start> {
  /** Which promise names it. */
  readonly kind: "sometimes" | "someStep";
  /** Its name there. */
  readonly property: string;
  /** A shortest one. */
  readonly trace: Trace<State, Command, Reply, Start>;
}

/** Why a command was not possible, counted over the states that a search has stored. */
export interface Refusals<State, Command, Reply, Start> {
  /** One of the machine's. */
  readonly command: Command;
  /** States in which it was tried: all of them, or the first ones. */
  readonly tried: number;
  /** States in which it was not refused. */
  readonly possible: number;
  /** What refused it, the most frequent first. */
  readonly conditions: readonly {
    /** What `world.refuse` was told; absent where the step gave no reason. */
    readonly condition?: string;
    readonly states: number;
    /** A shortest way to a state in which this refuses it. */
    readonly trace: Trace<State, Command, Reply, Start>;
  }[];
}

/** How far a search has come. */
export interface Progress {
  /** States stored so far. */
  readonly states: number;
  /** Steps taken so far, those to known states included. */
  readonly transitions: number;
  /** The level that is being expanded; the starts are level 1. */
  readonly depth: number;
  /** States that are known but not yet expanded. */
  readonly waiting: number;
  /** Bytes of all tables, spare capacity included. */
  readonly bytes: number;
  /** Time since the search began. */
  readonly milliseconds: number;
  /** Violations noted so far. */
  readonly violations: number;
}

/** Limits and wishes of a search. Everything is optional; without limits it runs until it is done. */
export interface ExploreOptions {
  /** The search stops when this many states are stored. */
  readonly maximumStates?: number;
  /** States of this level are stored and checked but not expanded; the starts are level 1. */
  readonly maximumDepth?: number;
  /** The search stops when it has run so long, between two states. */
  readonly maximumMs?: number;
  /** The search stops before its tables would grow beyond this; the first ones, some 50 kB, are always made. */
  readonly maximumBytes?: number;
  /** Units of work that one step may take before it counts as hung. */
  readonly tickBudget?: number;
  /** Whether the search ends with the first violation. Default `false`. */
  readonly stopAtFirst?: boolean;
  /** Whether a state without moves that is not `done` is a violation. Default `true`. */
  readonly deadlock?: boolean;
  /** Whether `leadsTo` is decided. Default `true`. */
  readonly liveness?: boolean;
  /** Whether `canonical` is applied. Default `true`. */
  readonly symmetry?: boolean;
  /**
   * Whether orders of commands that the machine's `independence` declares not to matter are left out. Default
   * `false`. Violated `always` promises, deadlocks and outcomes are all still found, but traces need not be the
   * shortest ones, and promises about steps and about progress are not decided. With `"check"` the search is not
   * reduced, and proves in every state that the declaration is true.
   */
  readonly reduction?: boolean | "check";
  /**
   * Whether steps are learnt from watched runs and then looked up instead of run, once a search shows that it pays:
   * with the same few effects again and again, it is up to several times faster. Default `true`. The results are
   * the same. `"at once"` does not wait for that.
   */
  readonly learn?: boolean | "at once";
  /** Commands about which `refusals` is to say why they are not possible. */
  readonly why?: readonly unknown[];
  /** Whether `witnesses` is filled. Default `false`. */
  readonly witnesses?: boolean;
  /** Called a few times per second. */
  readonly onProgress?: (progress: Progress) => void;
  /** The search stops soon after `aborted` becomes true. */
  readonly signal?: { readonly aborted: boolean };
}

/** What a search has found. */
export interface Exploration<State, Command, Reply, Start> {
  /** Name of the machine that was explored. */
  readonly machine: string;
  /** Distinct states. */
  readonly states: number;
  /** Successful steps, one for each command, internal move and choice, those to known states included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable state was seen: no limit was met and no path was cut. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** Bounds of the scope that ended paths, each with how often. */
  readonly cuts: readonly { readonly reason: string; readonly count: number }[];
  /** The first, and so shortest, one of each property. */
  readonly violations: readonly Violation<State, Command, Reply, Start>[];
  /** What was never reached, or not yet when not exhausted, so that what holds may hold for nothing. Sentences. */
  readonly vacuous: readonly string[];
  /**
   * Of the commands in `options.why`, and after an exhaustive search of those that were never possible (up to 64 of
   * them): which conditions refused them.
   */
  readonly refusals: readonly Refusals<State, Command, Reply, Start>[];
  /** With `options.witnesses`: the situations that were reached, in the order in which they were. */
  readonly witnesses: readonly Witness<State, Command, Reply, Start>[];
  /** Properties over which nothing is said, and why. Sentences. */
  readonly undecided: readonly string[];
  /** What ended programs computed. */
  readonly outcomes: readonly Plain[];
  /** What the stored states took. */
  readonly memory: {
    /** Words of 32 bits that one state takes. */
    readonly wordsPerState: number;
    /** Bits of them that carry information. */
    readonly bitsPerState: number;
    /** Of everything that is kept for states, spare capacity included. */
    readonly totalBytes: number;
    readonly bytesPerState: number;
    /** How full the table is, from 0 to 1. */
    readonly load: number;
  };
  /** Whether `canonical` was applied: then `states` counts classes of states, and traces are of real states. */
  readonly symmetry: boolean;
  /** With symmetry, where the machine tells the size of a class: how many states the stored classes stand for. */
  readonly representedStates?: number;
  /** Whether orders that do not matter were left out: then states, transitions and depth are those of the rest. */
  readonly reduction: boolean;
  /** With reduction: in how many states some possible command was left out; 0 = the search was a full one. */
  readonly reducedStates?: number;
  /** Threads among which states were divided; 1 where this one had no use for others. */
  readonly workers: number;
  /** Time of the search itself. */
  readonly milliseconds: number;
}
