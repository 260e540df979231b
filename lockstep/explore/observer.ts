/**
 * What watches a search from outside: a second state in product with the machine's.
 *
 * @module
 */
import type { AllowedAnswer } from "./exploration.ts";

/** What an observer objects to. */
export interface Problem {
  readonly property: string;
  readonly detail: string;
  readonly allowed?: readonly AllowedAnswer[];
}

/**
 * A deterministic monitor that is explored in product with a machine: its state is a number from 0 to 2^31 - 1
 * that it hands out. It answers -1 for a violation, then `problem` says what is wrong, and -2 to end the path
 * without a verdict, then `cut` says why. The search goes on elsewhere.
 */
export interface Observer<State, Reply> {
  readonly problem: Problem;
  readonly cut: string;
  start(startIndex: number, state: State): number;
  /** The machine has carried out `move`; an internal move has no reply. */
  step(before: number, move: number, reply: Reply | undefined, after: State): number;
  /** The machine has refused every alternative of `move` in a state: 0, or a negative number as above. */
  refused(before: number, move: number): number;
}
