/**
 * How often something flaky has to be tried before its silence means something.
 *
 * @module
 */

/** The chance that a failure is missed by that many repetitions. */
const missed = 0.01;
const mostRepetitions = 100;

/**
 * How many runs find a failure of probability `probability` at least once, 99 times of 100.
 *
 * 1 for a failure that always shows, at most 100.
 *
 * @throws {RangeError} when `probability` is not from 0 to 1.
 *
 * @example A coin and a rare failure
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { repetitionsFor } from "./repetitions.ts";
 *
 * assertEquals([1, 0.5, 0.01].map(repetitionsFor), [1, 7, 100]);
 * ```
 */
export function repetitionsFor(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`Cannot count repetitions: probability is ${probability}, must be from 0 to 1`);
  }
  if (probability === 1) return 1;
  if (probability === 0) return mostRepetitions;
  return Math.min(mostRepetitions, Math.ceil(Math.log(missed) / Math.log(1 - probability)));
}
