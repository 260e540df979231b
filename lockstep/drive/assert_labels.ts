/**
 * A suite that never reached the interesting cases proves nothing.
 *
 * @module
 */

/**
 * Fails when a declared label was never hit, and names those labels; a run that was stopped early fails as well.
 *
 * @throws {Error} with one sentence.
 *
 * @example A label that was never reached
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { assertLabelsHit } from "./assert_labels.ts";
 *
 * const result = { cases: 100, labels: { "queue full": 12, "index wrapped": 0 } };
 * assertThrows(() => assertLabelsHit(result), Error, '100 cases never reached "index wrapped"');
 * ```
 */
export function assertLabelsHit(
  result: {
    readonly cases: number;
    readonly labels: Readonly<Record<string, number>>;
    readonly stoppedBy?: string;
  },
): void {
  const missed = Object.entries(result.labels).filter(([, hits]) => hits === 0).map(([label]) =>
    `"${label}"`
  );
  if (missed.length === 0) return;
  const early = result.stoppedBy === undefined ? "" : ` (${result.stoppedBy})`;
  throw new Error(`${result.cases} cases never reached ${missed.join(", ")}${early}`);
}
