/**
 * What threads that do not own the page do: free its blocks, through the heap's delayed list or the page's own.
 *
 * @see {@link file://./delayed_list.ts}
 * @module
 */
import type { Next, Phase } from "./algorithm.ts";
import { answer, compareExchange, go, load, store, unaligned } from "./algorithm.ts";
import {
  DELAYED_FREEING,
  HEAP_DELAYED,
  linkWord,
  listOf,
  NO_DELAYED,
  stateOf,
  USE_DELAYED,
  XTHREAD_FREE,
} from "./delayed_list_words.ts";

/** A free by another thread than the owner. */
export const remotePhases: Readonly<Record<string, Phase>> = {
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

/** A free by another thread, once the pointer has been moved to the start of its block. */
export function unalignedRemote(pointer: number): Next {
  return go("remoteLoad", unaligned(pointer));
}
