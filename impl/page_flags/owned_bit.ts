/**
 * A page as mimalloc 3 shares it: flags in the low bits of the owner's id, and the owned bit of the thread-free list.
 *
 * - `xthread_id` = owner << 2 | flags; owner 0 means abandoned. The flag is HAS_INTERIOR_POINTERS: a freed pointer has
 *   to be moved back to the start of its block.
 * - `xthread_free` = list of blocks freed by other threads << 1 | owned. Whoever turns owned from 0 to 1 has the page.
 * - `free` and the links are plain; only who has the page touches them.
 *
 * A page whose last block was handed out is abandoned at once. A free from another thread that finds the page unowned
 * takes it over. An aligned allocation sets the flag after its block was handed out, when the page may already belong
 * to another thread: all updates of `xthread_id` must keep what they did not write.
 *
 * The orders are mimalloc's: `xthread_id` is read, and the flag set, relaxed, because the pointer itself is handed over;
 * the list is read and taken with acquire and release.
 *
 * Refuses to know: more than one page, the search for abandoned pages, retirement of empty pages, block sizes, and that
 * a free which takes the page over may give it up again instead of keeping it.
 *
 * @see {@link https://github.com/microsoft/mimalloc/commit/5f82b5c9}
 * @module
 */
import type { Next, PageAlgorithm, PageHealth, PageWords, Phase, Self } from "./algorithm.ts";
import {
  answer,
  compareExchange,
  go,
  isInterior,
  listed,
  load,
  remembering,
  startPointer,
  store,
  unaligned,
  usableUnits,
} from "./algorithm.ts";
import { flagIsSet, freshBlocks } from "./fresh_page.ts";

/** Word of the page: owner << 2 | flags. */
export const XTHREAD_ID = 0;
/** Word of the page: list << 1 | owned. */
export const XTHREAD_FREE = 1;
/** Word of the page: the list of whoever has it. */
export const FREE = 2;
const FIRST_LINK = 3;
/** The flag inside `xthread_id`. */
export const HAS_INTERIOR = 2;
/** All flags inside `xthread_id`. */
export const FLAG_MASK = 3;
/** The bit inside `xthread_free`. */
export const OWNED = 1;

/** The word in which the pointer after `pointer` is kept: memory of the block itself. */
export function linkWord(pointer: number): number {
  return FIRST_LINK + pointer - 2;
}

/** The id of a thread as it stands in `xthread_id`. */
export function threadId({ thread }: Self): number {
  return (thread + 1) << 2;
}

const listOf = (xthreadFree: number) => xthreadFree >> 1;

/** What an allocation does once it has its block: answer it, or set the flag and answer the pointer into it. */
export function afterPop(aligned: number, block: number): Next {
  return aligned === 1 ? go("setFlag", block) : answer(block);
}

/** What follows taking over a page; `block` is 0 in a free, otherwise the block that an allocation will answer. */
export function afterReclaim(aligned: number, block: number): Next {
  return remembering(1, block === 0 ? answer(0) : afterPop(aligned, block));
}

const allocate: Readonly<Record<string, Phase>> = {
  popLoad: (_self, aligned) =>
    load(FREE, "plain", (block) => block === 0 ? answer(0) : go("popLink", aligned, block)),
  popLink: (_self, aligned, block) =>
    load(linkWord(block), "plain", (next) => go("popStore", aligned, block, next)),
  popStore: (_self, aligned, block, next) =>
    store(
      FREE,
      next,
      "plain",
      () => next === 0 ? go("abandonLoad", aligned, block) : afterPop(aligned, block),
    ),
  setFlag: (_self, block) => ({
    access: {
      kind: "update",
      operation: "or",
      location: XTHREAD_ID,
      operand: HAS_INTERIOR,
      order: "relaxed",
    },
    then: () => answer(block + 1),
  }),
};

const abandon: Readonly<Record<string, Phase>> = {
  abandonLoad: (_self, aligned, block) =>
    load(XTHREAD_ID, "relaxed", (id) => go("abandonPublish", aligned, block, id)),
  abandonPublish: (_self, aligned, block, id) =>
    compareExchange(
      XTHREAD_ID,
      id,
      id & FLAG_MASK,
      "release",
      () => go("unownLoad", aligned, block),
      (found) => go("abandonPublish", aligned, block, found),
    ),
  unownLoad: (_self, aligned, block) =>
    load(XTHREAD_FREE, "relaxed", (list) => go(listOf(list) === 0 ? "unown" : "collectTake", aligned, block)),
  unown: (_self, aligned, block) =>
    compareExchange(
      XTHREAD_FREE,
      OWNED,
      0,
      "acq_rel",
      () => remembering(0, afterPop(aligned, block)),
      () => go("unownLoad", aligned, block),
    ),
};

/** Entered by whoever has the page while its free list is empty. */
const collectAndReclaim: Readonly<Record<string, Phase>> = {
  collectTake: (_self, aligned, block) => ({
    access: { kind: "update", operation: "and", location: XTHREAD_FREE, operand: OWNED, order: "acq_rel" },
    then: (list) => go("collectStore", aligned, block, listOf(list)),
  }),
  collectStore: (_self, aligned, block, list) =>
    store(FREE, list, "plain", () => go("reclaimLoad", aligned, block)),
  reclaimLoad: (_self, aligned, block) =>
    load(XTHREAD_ID, "relaxed", (id) => go("reclaimPublish", aligned, block, id)),
  reclaimPublish: (self, aligned, block, id) =>
    compareExchange(
      XTHREAD_ID,
      id,
      threadId(self) | (id & FLAG_MASK),
      "release",
      () => afterReclaim(aligned, block),
      (found) => go("reclaimPublish", aligned, block, found),
    ),
};

const release: Readonly<Record<string, Phase>> = {
  freeLoad: (self, pointer) =>
    load(XTHREAD_ID, "relaxed", (id) => {
      const block = (id & HAS_INTERIOR) !== 0 ? unaligned(pointer) : pointer;
      return go((id & ~FLAG_MASK) === threadId(self) ? "localLoad" : "pushLoad", block);
    }),
  localLoad: (_self, block) => load(FREE, "plain", (first) => go("localLink", block, first)),
  localLink: (_self, block, first) => store(linkWord(block), first, "plain", () => go("localStore", block)),
  localStore: (_self, block) => store(FREE, block, "plain", () => answer(0)),
  pushLoad: (_self, block) => load(XTHREAD_FREE, "relaxed", (list) => go("pushLink", block, list)),
  pushLink: (_self, block, list) =>
    store(linkWord(block), listOf(list), "plain", () => go("pushPublish", block, list)),
  pushPublish: (_self, block, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      block << 1 | OWNED,
      "acq_rel",
      () => (list & OWNED) !== 0 ? answer(0) : go("collectTake", 0, 0),
      (found) => go("pushLink", block, found),
    ),
};

const size: Readonly<Record<string, Phase>> = {
  usableLoad: (_self, pointer) =>
    load(XTHREAD_ID, "relaxed", (id) => answer((id & HAS_INTERIOR) !== 0 ? usableUnits(pointer) : 2)),
};

/** The phases of the repaired version (upstream since September 2025). */
export const ownedBitPhases: Readonly<Record<string, Phase>> = {
  ...allocate,
  ...abandon,
  ...collectAndReclaim,
  ...release,
  ...size,
};

function lists(page: PageWords): readonly (readonly number[])[] {
  const link = (pointer: number) => page.read(linkWord(pointer));
  return [listed(page.read(FREE), link), listed(listOf(page.read(XTHREAD_FREE)), link)];
}

/** What the words of a page tell about its health. */
export const ownedBitHealth: PageHealth = {
  cause: flagIsSet((page) => (page.read(XTHREAD_ID) & HAS_INTERIOR) !== 0),
  structure: {
    "free lists hold starts of blocks": (page) => lists(page).flat().every((pointer) => !isInterior(pointer)),
    "whoever owns the page stands in its word": (page) =>
      !page.quiet ||
      ((page.read(XTHREAD_FREE) & OWNED) !== 0) === ((page.read(XTHREAD_ID) & ~FLAG_MASK) !== 0),
    "a page that nobody owns has no free block": (page) =>
      !page.quiet || (page.read(XTHREAD_FREE) & OWNED) !== 0 || lists(page).flat().length === 0,
  },
};

/** A fresh page of `blocks` blocks with the given phases. @throws {RangeError} */
export function ownedBitPage(
  name: string,
  blocks: number,
  phases: Readonly<Record<string, Phase>>,
): PageAlgorithm {
  const { linkNames, links } = freshBlocks(blocks);
  return {
    name,
    blocks,
    words: ["xthread_id", "xthread_free", "free", ...linkNames],
    plain: [FREE, ...links.map((_, index) => FIRST_LINK + index)],
    continued: [XTHREAD_ID],
    initial: [threadId({ thread: 0, local: 1 }), OWNED, startPointer(0), ...links],
    initialLocal: (thread) => thread === 0 ? 1 : 0,
    phases,
    start(operation, self, argument) {
      switch (operation) {
        case "malloc":
        case "mallocAligned":
          // A thread without the page has nothing here; a real allocator would take another page.
          return self.local === 1 ? go("popLoad", operation === "mallocAligned" ? 1 : 0) : answer(0);
        case "free":
          return go("freeLoad", argument);
        case "usableSize":
          return go("usableLoad", argument);
      }
    },
    health: ownedBitHealth,
  };
}

/** The repaired version. */
export function ownedBit(blocks: number): PageAlgorithm {
  return ownedBitPage("owned bit", blocks, ownedBitPhases);
}
