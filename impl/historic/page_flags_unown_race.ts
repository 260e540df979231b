/**
 * mimalloc 3 before December 2024: giving up a page clears the owned bit whatever has happened to the list since it was
 * looked at. A block that another thread has just pushed stays on the list of a page that nobody owns.
 *
 * @see {@link https://github.com/microsoft/mimalloc/commit/666c089f} repaired
 * @module
 */
import type { PageAlgorithm } from "../page_flags/algorithm.ts";
import { remembering } from "../page_flags/algorithm.ts";
import { afterPop, OWNED, ownedBitPage, ownedBitPhases, XTHREAD_FREE } from "../page_flags/owned_bit.ts";

/** Clears the owned bit without looking again. */
export function unownRace(blocks: number): PageAlgorithm {
  return ownedBitPage("unown race", blocks, {
    ...ownedBitPhases,
    unown: (_self, aligned, block) => ({
      access: { kind: "update", operation: "and", location: XTHREAD_FREE, operand: ~OWNED, order: "acq_rel" },
      then: () => remembering(0, afterPop(aligned, block)),
    }),
  });
}
