/**
 * A planted half of the repair of the lost flag: reclaiming a page keeps its flags with compare-and-exchange,
 * abandoning it still loads and stores.
 *
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { go, store } from "../page_flags/algorithm.ts";
import { FLAG_MASK, ownedBitPage, ownedBitPhases, XTHREAD_ID } from "../page_flags/owned_bit.ts";

/** Abandoning as it was before the repair. */
export const halfRepairPhases: Readonly<Record<string, Phase>> = {
  abandonPublish: (_self, aligned, block, id) =>
    store(XTHREAD_ID, id & FLAG_MASK, "release", () => go("unownLoad", aligned, block)),
};

/** Load, then store, in abandon only. */
export function halfRepair(blocks: number): PageAlgorithm {
  return ownedBitPage("half repair", blocks, { ...ownedBitPhases, ...halfRepairPhases });
}
