/**
 * mimalloc 2 to this day: `free` no longer reads the flags of another thread's page, `usable_size` (and through it
 * `realloc`) still does.
 *
 * @see {@link https://github.com/microsoft/mimalloc/blob/dev2/include/mimalloc/internal.h} mi_page_has_aligned
 * @module
 */
import type { PageAlgorithm } from "../page_flags/algorithm.ts";
import { answer, load, usableUnits } from "../page_flags/algorithm.ts";
import { delayedListPage, delayedListPhases } from "../page_flags/delayed_list.ts";
import { FLAGS, HAS_ALIGNED } from "../page_flags/delayed_list_words.ts";

/** The size of a block reads the plain flags. */
export function racySize(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "racy size",
    phases: {
      ...delayedListPhases,
      sizeFlags: (_self, pointer) =>
        load(FLAGS, "plain", (flags) => answer((flags & HAS_ALIGNED) !== 0 ? usableUnits(pointer) : 2)),
    },
    usableSize: "sizeFlags",
  });
}
