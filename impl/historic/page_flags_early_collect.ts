/**
 * The order that mimalloc's source warns of: the owner collects the page's list before it sets the state back, so that a
 * block pushed in between waits on a list to which nothing will lead the owner.
 *
 * @see {@link https://github.com/microsoft/mimalloc/blob/v2.1.7/src/alloc.c} _mi_free_delayed_block
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { compareExchange, go, load } from "../page_flags/algorithm.ts";
import { delayedListPage, delayedListPhases } from "../page_flags/delayed_list.ts";
import { NO_DELAYED, USE_DELAYED, XTHREAD_FREE } from "../page_flags/delayed_list_words.ts";

const phases: Readonly<Record<string, Phase>> = {
  // The look at the state comes first as before, so that a free that is under way is still waited for.
  useLoad: (self, aligned, block, rest) => {
    const right = delayedListPhases.useLoad!(self, aligned, block, rest, 0);
    return {
      access: right.access,
      then: (list) => (list & 3) === NO_DELAYED ? go("collectLoad", aligned, block, rest) : right.then(list),
    };
  },
  freeDelayedLoad: (_self, aligned, block, rest) =>
    load(XTHREAD_FREE, "relaxed", (list) => go("lateUse", aligned, block, rest, list)),
  lateUse: (_self, aligned, block, rest, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      list & ~3 | USE_DELAYED,
      "release",
      () => go("freeAfterUse", aligned, block, rest),
      (found) => go("lateUse", aligned, block, rest, found),
    ),
  freeAfterUse: delayedListPhases.freeDelayedLoad!,
};

/** Collects first, sets the state back afterwards. */
export function earlyCollect(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, { name: "early collect", phases: { ...delayedListPhases, ...phases } });
}
