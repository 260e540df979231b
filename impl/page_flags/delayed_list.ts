/**
 * A page as mimalloc 1 and 2 share it: plain flags of the owner, and a thread-free list with delayed states.
 *
 * - `flags` = in_full | has_aligned << 1, plain, for the owner only.
 * - `xthread_free` = list << 2 | state. The first free from another thread goes to the heap's delayed list, which the
 *   owner reads also when the page is in its full queue (state USE_DELAYED, DELAYED_FREEING while that happens); later
 *   ones go to the page's own list (NO_DELAYED), because the owner will come because of the first.
 * - `heap_delayed` = the heap's list of such blocks.
 *
 * Thread 0 owns the page for ever. Refuses to know: heaps that end, abandonment, retirement, more than one page.
 *
 * @see {@link https://github.com/microsoft/mimalloc/commit/18ebeb8a}
 * @module
 */
import type { PageAlgorithm, PageHealth, PageWords, Phase } from "./algorithm.ts";
import { answer, go, isInterior, listed, startPointer, usableUnits } from "./algorithm.ts";
import { ownerPhases } from "./delayed_list_owner.ts";
import { remotePhases, unalignedRemote } from "./delayed_list_remote.ts";
import {
  FLAGS,
  FREE,
  HAS_ALIGNED,
  HEAP_DELAYED,
  linkWord,
  listOf,
  NO_DELAYED,
  stateOf,
  USE_DELAYED,
  XTHREAD_FREE,
} from "./delayed_list_words.ts";
import { flagIsSet, freshBlocks } from "./fresh_page.ts";

/** The phases of the repaired version (March 2024): a thread that does not own the page never reads its flags. */
export const delayedListPhases: Readonly<Record<string, Phase>> = {
  ...ownerPhases,
  ...remotePhases,
};

function lists(page: PageWords): readonly (readonly number[])[] {
  const link = (pointer: number) => page.read(linkWord(pointer));
  return [FREE, HEAP_DELAYED].map((word) => listed(page.read(word), link))
    .concat([listed(listOf(page.read(XTHREAD_FREE)), link)]);
}

/** What the words of a page tell about its health. */
export const delayedListHealth: PageHealth = {
  cause: {
    ...flagIsSet((page) => (page.read(FLAGS) & HAS_ALIGNED) !== 0),
    "the state says that a block is delayed only if one is": (page) =>
      !page.quiet || stateOf(page.read(XTHREAD_FREE)) !== NO_DELAYED || page.read(HEAP_DELAYED) !== 0,
  },
  structure: {
    "free lists hold starts of blocks": (page) => lists(page).flat().every((pointer) => !isInterior(pointer)),
    "blocks wait on the page's list only if the owner will come": (page) =>
      !page.quiet || listOf(page.read(XTHREAD_FREE)) === 0 || page.read(HEAP_DELAYED) !== 0,
  },
};

/** How a version differs from the repaired one. */
export interface DelayedListVersion {
  readonly name: string;
  readonly phases: Readonly<Record<string, Phase>>;
  /** First phase of a free by another thread; `remoteLoad` with the pointer moved to the start of its block otherwise. */
  readonly remoteFree?: string;
  /** First phase of `usableSize`, which needs no shared memory otherwise. */
  readonly usableSize?: string;
  readonly health?: PageHealth;
}

/** A fresh page of `blocks` blocks. @throws {RangeError} */
export function delayedListPage(blocks: number, version: DelayedListVersion): PageAlgorithm {
  const { linkNames, links } = freshBlocks(blocks);
  const names = [
    "flags",
    "xthread_free",
    "free",
    "heap_delayed",
    "has_aligned",
    ...linkNames,
  ];
  return {
    name: version.name,
    blocks,
    words: names,
    plain: names.flatMap((_, word) => word === XTHREAD_FREE || word === HEAP_DELAYED ? [] : [word]),
    continued: [XTHREAD_FREE],
    initial: [0, USE_DELAYED, startPointer(0), 0, 0, ...links],
    initialLocal: () => 0,
    phases: version.phases,
    start(operation, { thread }, argument) {
      switch (operation) {
        case "malloc":
        case "mallocAligned":
          return thread === 0 ? go("popLoad", operation === "mallocAligned" ? 1 : 0) : answer(0);
        case "free":
          if (thread === 0) return go("ownFree", argument);
          return version.remoteFree === undefined
            ? unalignedRemote(argument)
            : go(version.remoteFree, argument);
        case "usableSize":
          return version.usableSize === undefined
            ? answer(usableUnits(argument))
            : go(version.usableSize, argument);
      }
    },
    health: version.health ?? delayedListHealth,
  };
}

/** The repaired version. */
export function delayedList(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, { name: "delayed list", phases: delayedListPhases });
}
