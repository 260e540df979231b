/**
 * What a run of the driver, or a tour, hands back when the two sides disagree.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import type { Answered, Failure } from "./verdict.ts";

/** One failure, shrunk. */
export interface Finding {
  /** One of the machine's starts. */
  readonly start: unknown;
  /** All of them possible and performed, the last one where it failed; the epilogue left out. */
  readonly commands: readonly AnyCommand[];
  /** What was answered when the shrunk case failed, its epilogue included: a flaky failure can be told from nothing else. */
  readonly answers: readonly Answered[];
  /** Of the shrunk case; of the same kind as when it was found. */
  readonly verdict: Failure<unknown, unknown>;
  /** Commands of the case in which it was found first. */
  readonly foundAfter: number;
  /** Cases run to shrink it. */
  readonly shrinkRuns: number;
  /** Whether the shrinker ran out of its allowance before it ran out of candidates. */
  readonly shrinkStopped: boolean;
  /** Commands that repair had to leave out of smaller cases, in all of them together. */
  readonly repairedAway: number;
  /** How often each smaller case was run at most: more than once when the failure is flaky. */
  readonly repetitions: number;
  /** `failed` of `runs` repetitions of the shrunk case failed in the same way; fewer than all means flaky. */
  readonly confirmed: { readonly failed: number; readonly runs: number };
}

/** How a failure is shrunk and confirmed. */
export interface ShrinkOptions {
  /** Most cases run to shrink one failure; 5,000 if absent. */
  readonly shrinkRuns?: number;
  /** How often a new failure is run again on a fresh subject before anyone is blamed; 2 if absent. */
  readonly confirmations?: number;
  /** Ends the work early when `aborted` becomes true; what was found stays. */
  readonly signal?: { readonly aborted: boolean };
}
