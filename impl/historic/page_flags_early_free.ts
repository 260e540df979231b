/**
 * Planted: the owner frees a block from its delayed list without waiting until the thread that put it there has finished
 * handing it over. That thread then says that a block is on the delayed list when none is any more: later frees go to
 * the page's own list, and nothing leads the owner of a full page there.
 *
 * @see {@link https://github.com/microsoft/mimalloc/blob/v2.1.7/src/page.c} _mi_page_try_use_delayed_free, which waits
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { go } from "../page_flags/algorithm.ts";
import { delayedListPage, delayedListPhases } from "../page_flags/delayed_list.ts";
import { DELAYED_FREEING, stateOf } from "../page_flags/delayed_list_words.ts";

const phases: Readonly<Record<string, Phase>> = {
  useLoad: (self, aligned, block, rest) => {
    const { access, then } = delayedListPhases.useLoad!(self, aligned, block, rest, 0);
    return {
      access,
      then: (list) =>
        stateOf(list) === DELAYED_FREEING ? go("collectLoad", aligned, block, rest) : then(list),
    };
  },
};

/** Does not wait for a hand-over that is under way. */
export function earlyFree(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, { name: "early free", phases: { ...delayedListPhases, ...phases } });
}
