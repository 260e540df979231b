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
import type { Next, PageAlgorithm, PageHealth, PageWords, Phase } from "./algorithm.ts";
import {
  answer,
  compareExchange,
  go,
  isInterior,
  listed,
  load,
  startPointer,
  store,
  unaligned,
  usableUnits,
} from "./algorithm.ts";

/** Word of the page: the owner's plain flags. */
export const FLAGS = 0;
/** Word of the page: list << 2 | state. */
export const XTHREAD_FREE = 1;
/** Word of the page: the owner's list. */
export const FREE = 2;
/** Word of the heap: the delayed list. */
export const HEAP_DELAYED = 3;
/** Word of the page that only one historic version uses: the flag apart from the others. */
export const HAS_ALIGNED_WORD = 4;
const FIRST_LINK = 5;
/** Bit of `flags`: the page is in the owner's full queue. */
export const IN_FULL = 1;
/** Bit of `flags`: a caller may hold a pointer into the middle of a block. */
export const HAS_ALIGNED = 2;
/** State of `xthread_free`: the next free by another thread goes to the heap's delayed list. */
export const USE_DELAYED = 0;
/** State of `xthread_free`: such a free is under way. */
export const DELAYED_FREEING = 1;
/** State of `xthread_free`: one is on the delayed list, the next go to the page's own list. */
export const NO_DELAYED = 2;

/** The word in which the pointer after `pointer` is kept. */
export function linkWord(pointer: number): number {
  return FIRST_LINK + pointer - 2;
}

const listOf = (xthreadFree: number) => xthreadFree >> 2;
const stateOf = (xthreadFree: number) => xthreadFree & 3;

const allocate: Readonly<Record<string, Phase>> = {
  popLoad: (_self, aligned) =>
    load(FREE, "plain", (block) => block === 0 ? go("takeDelayed", aligned) : go("popLink", aligned, block)),
  popLink: (_self, aligned, block) =>
    load(linkWord(block), "plain", (next) => go("popStore", aligned, block, next)),
  popStore: (_self, aligned, block, next) =>
    store(FREE, next, "plain", () => aligned === 1 ? go("flagLoad", block) : answer(block)),
  flagLoad: (_self, block) => load(FLAGS, "plain", (flags) => go("flagStore", block, flags)),
  flagStore: (_self, block, flags) => store(FLAGS, flags | HAS_ALIGNED, "plain", () => answer(block + 1)),
  toFullLoad: () => load(FLAGS, "plain", (flags) => go("toFullStore", flags)),
  toFullStore: (_self, flags) => store(FLAGS, flags | IN_FULL, "plain", () => answer(0)),
};

/** The owner takes the delayed blocks of its heap, one after another: first the state, then the list, then the block. */
const delayed: Readonly<Record<string, Phase>> = {
  takeDelayed: (_self, aligned) => ({
    access: { kind: "update", operation: "exchange", location: HEAP_DELAYED, operand: 0, order: "acq_rel" },
    then: (block) => block === 0 ? go("fullCheck", aligned) : go("delayedNext", aligned, block),
  }),
  delayedNext: (_self, aligned, block) =>
    load(linkWord(block), "plain", (rest) => go("useLoad", aligned, block, rest)),
  useLoad: (_self, aligned, block, rest) =>
    load(XTHREAD_FREE, "relaxed", (list) => afterUseLoad(aligned, block, rest, list)),
  usePublish: (_self, aligned, block, rest, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      listOf(list) << 2 | USE_DELAYED,
      "release",
      () => go("collectLoad", aligned, block, rest),
      (found) => afterUseLoad(aligned, block, rest, found),
    ),
  requeueLoad: (_self, aligned, block, rest) =>
    load(HEAP_DELAYED, "relaxed", (head) => go("requeueLink", aligned, block, rest, head)),
  requeueLink: (_self, aligned, block, rest, head) =>
    store(linkWord(block), head, "plain", () => go("requeuePublish", aligned, block, rest, head)),
  requeuePublish: (_self, aligned, block, rest, head) =>
    compareExchange(
      HEAP_DELAYED,
      head,
      block,
      "release",
      () => rest === 0 ? go("fullCheck", aligned) : go("delayedNext", aligned, rest),
      (found) => go("requeueLink", aligned, block, rest, found),
    ),
  // A full page is not in the queue that allocations look through: only a delayed block leads back to it.
  fullCheck: (_self, aligned) =>
    load(FLAGS, "plain", (flags) => (flags & IN_FULL) !== 0 ? answer(0) : go("collectLoad", aligned, 0, 0)),
};

function afterUseLoad(aligned: number, block: number, rest: number, list: number): Next {
  switch (stateOf(list)) {
    case DELAYED_FREEING:
      return go("requeueLoad", aligned, block, rest);
    case NO_DELAYED:
      return go("usePublish", aligned, block, rest, list);
  }
  return go("collectLoad", aligned, block, rest);
}

/** What follows collecting: the next delayed block is freed, or the allocation goes on, or the page is full. */
export function afterCollect(
  aligned: number,
  block: number,
  rest: number,
  collected: boolean,
): Next {
  if (block !== 0) return go("freeDelayedLoad", aligned, block, rest);
  return collected ? go("popLoad", aligned) : go("toFullLoad");
}

/** The page's own thread-free list is moved to the owner's list; `block` is the delayed block that follows, or 0. */
const collect: Readonly<Record<string, Phase>> = {
  collectLoad: (_self, aligned, block, rest) =>
    load(
      XTHREAD_FREE,
      "relaxed",
      (list) =>
        listOf(list) === 0
          ? afterCollect(aligned, block, rest, false)
          : go("collectTake", aligned, block, rest, list),
    ),
  collectTake: (_self, aligned, block, rest, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      stateOf(list),
      "acquire",
      () => go("tailLoad", aligned << 3 | block, rest, listOf(list), listOf(list)),
      (found) => go("collectTake", aligned, block, rest, found),
    ),
  tailLoad: (_self, aligned, rest, head, at) =>
    load(
      linkWord(at),
      "plain",
      (next) => go(next === 0 ? "tailFree" : "tailLoad", aligned, rest, head, next === 0 ? at : next),
    ),
  tailFree: (_self, aligned, rest, head, tail) =>
    load(
      FREE,
      "plain",
      (first) =>
        first === 0
          ? go("tailStore", aligned, rest, head)
          : go("tailLink", aligned, rest, head << 3 | tail, first),
    ),
  tailLink: (_self, aligned, rest, both, first) =>
    store(linkWord(both & 7), first, "plain", () => go("tailStore", aligned, rest, both >> 3)),
  tailStore: (_self, aligned, rest, head) =>
    store(FREE, head, "plain", () => afterCollect(aligned >> 3, aligned & 7, rest, true)),
};

/** A local free; in the drain of the delayed list it goes on with `rest`. */
function localFree(
  load1: string,
  link: string,
  publish: string,
  drains: boolean,
): Readonly<Record<string, Phase>> {
  return {
    [load1]: (_self, aligned, block, rest) =>
      load(FREE, "plain", (first) => go(link, aligned, block, rest, first)),
    [link]: (_self, aligned, block, rest, first) =>
      store(linkWord(block), first, "plain", () => go(publish, aligned, block, rest)),
    [publish]: (_self, aligned, block, rest) =>
      store(FREE, block, "plain", () => go(drains ? "unfullLoad" : "unfullCheck", aligned, rest)),
  };
}

const release: Readonly<Record<string, Phase>> = {
  ...localFree("freeDelayedLoad", "freeDelayedLink", "freeDelayedStore", true),
  ...localFree("localLoad", "localLink", "localStore", false),
  unfullLoad: (_self, aligned, rest) =>
    load(FLAGS, "plain", (flags) => go("unfullStore", aligned, rest, flags)),
  unfullStore: (_self, aligned, rest, flags) =>
    store(
      FLAGS,
      flags & ~IN_FULL,
      "plain",
      () => rest === 0 ? go("popLoad", aligned) : go("delayedNext", aligned, rest),
    ),
  unfullCheck: () =>
    load(FLAGS, "plain", (flags) => (flags & IN_FULL) === 0 ? answer(0) : go("leaveFull", flags)),
  leaveFull: (_self, flags) => store(FLAGS, flags & ~IN_FULL, "plain", () => answer(0)),
  ownFree: (_self, pointer) =>
    load(
      FLAGS,
      "plain",
      (flags) => go("localLoad", 0, (flags & HAS_ALIGNED) !== 0 ? unaligned(pointer) : pointer, 0),
    ),
};

/** A free by another thread than the owner. */
const remote: Readonly<Record<string, Phase>> = {
  remoteLoad: (_self, block) => load(XTHREAD_FREE, "relaxed", (list) => afterRemoteLoad(block, list)),
  remoteLink: (_self, block, list) =>
    store(linkWord(block), listOf(list), "plain", () => go("remotePublish", block, list)),
  remotePublish: (_self, block, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      block << 2 | stateOf(list),
      "release",
      () => answer(0),
      (found) => afterRemoteLoad(block, found),
    ),
  announce: (_self, block, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      listOf(list) << 2 | DELAYED_FREEING,
      "release",
      () => go("delayLoad", block),
      (found) => afterRemoteLoad(block, found),
    ),
  delayLoad: (_self, block) => load(HEAP_DELAYED, "relaxed", (head) => go("delayLink", block, head)),
  delayLink: (_self, block, head) =>
    store(linkWord(block), head, "plain", () => go("delayPublish", block, head)),
  delayPublish: (_self, block, head) =>
    compareExchange(
      HEAP_DELAYED,
      head,
      block,
      "release",
      () => go("handOffLoad"),
      (found) => go("delayLink", block, found),
    ),
  handOffLoad: () => load(XTHREAD_FREE, "relaxed", (list) => go("handOff", list)),
  handOff: (_self, list) =>
    compareExchange(
      XTHREAD_FREE,
      list,
      listOf(list) << 2 | NO_DELAYED,
      "release",
      () => answer(0),
      (found) => go("handOff", found),
    ),
};

function afterRemoteLoad(block: number, list: number): Next {
  return go(stateOf(list) === USE_DELAYED ? "announce" : "remoteLink", block, list);
}

/** The phases of the repaired version (March 2024): a thread that does not own the page never reads its flags. */
export const delayedListPhases: Readonly<Record<string, Phase>> = {
  ...allocate,
  ...delayed,
  ...collect,
  ...release,
  ...remote,
};

function lists(page: PageWords): readonly (readonly number[])[] {
  const link = (pointer: number) => page.read(linkWord(pointer));
  return [FREE, HEAP_DELAYED].map((word) => listed(page.read(word), link))
    .concat([listed(listOf(page.read(XTHREAD_FREE)), link)]);
}

/** A free by another thread, once the pointer has been moved to the start of its block. */
export function unalignedRemote(pointer: number): Next {
  return go("remoteLoad", unaligned(pointer));
}

/** What the words of a page tell about its health. */
export const delayedListHealth: PageHealth = {
  cause: {
    "the flag is set while a caller holds an interior pointer": (page) =>
      !page.held.some(isInterior) || (page.read(FLAGS) & HAS_ALIGNED) !== 0,
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
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > 3) {
    throw new RangeError(`Cannot make a page: blocks is ${blocks}, must be 1 to 3`);
  }
  const pointers = Array.from({ length: 2 * blocks }, (_, index) => index + 2);
  const links = pointers.map((pointer) =>
    isInterior(pointer) || pointer + 2 > startPointer(blocks - 1) ? 0 : pointer + 2
  );
  const names = [
    "flags",
    "xthread_free",
    "free",
    "heap_delayed",
    "has_aligned",
    ...pointers.map((pointer) => `link[${pointer}]`),
  ];
  return {
    name: version.name,
    blocks,
    words: names,
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
