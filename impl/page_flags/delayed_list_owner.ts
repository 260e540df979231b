/**
 * What the owner of a page with a delayed list does: allocates, frees, and takes back what others have freed.
 *
 * @see {@link file://./delayed_list.ts}
 * @module
 */
import type { Next, Phase } from "./algorithm.ts";
import { answer, compareExchange, go, load, store, unaligned } from "./algorithm.ts";
import {
  DELAYED_FREEING,
  FLAGS,
  FREE,
  HAS_ALIGNED,
  HEAP_DELAYED,
  IN_FULL,
  linkWord,
  listOf,
  NO_DELAYED,
  stateOf,
  USE_DELAYED,
  XTHREAD_FREE,
} from "./delayed_list_words.ts";

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
function afterCollect(
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

/** The phases of the page's owner. */
export const ownerPhases: Readonly<Record<string, Phase>> = {
  ...allocate,
  ...delayed,
  ...collect,
  ...release,
};
