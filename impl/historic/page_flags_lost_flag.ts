/**
 * mimalloc 3 from January to September 2025: who reclaims or abandons a page loads its flags and stores them back with
 * the new owner. A flag that an allocation sets in between is lost; no access races, so no race detector sees it.
 *
 * @see {@link https://github.com/microsoft/mimalloc/commit/6137ae4a} introduced
 * @see {@link https://github.com/microsoft/mimalloc/commit/5f82b5c9} repaired
 * @module
 */
import type { PageAlgorithm } from "../page_flags/algorithm.ts";
import { store } from "../page_flags/algorithm.ts";
import {
  afterReclaim,
  FLAG_MASK,
  ownedBitPage,
  ownedBitPhases,
  threadId,
  XTHREAD_ID,
} from "../page_flags/owned_bit.ts";
import { halfRepairPhases } from "./page_flags_half_repair.ts";

/** Load, then store, in reclaim and in abandon. */
export function lostFlag(blocks: number): PageAlgorithm {
  return ownedBitPage("lost flag", blocks, {
    ...ownedBitPhases,
    ...halfRepairPhases,
    reclaimPublish: (self, aligned, block, id) =>
      store(XTHREAD_ID, threadId(self) | (id & FLAG_MASK), "release", () => afterReclaim(aligned, block)),
  });
}
