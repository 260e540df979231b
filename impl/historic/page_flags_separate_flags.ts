/**
 * The same as {@link file://./page_flags_plain_flags.ts}, as mimalloc was built for ThreadSanitizer: every flag has its
 * own byte, which makes the race rarer for the tool and does not remove it.
 *
 * @see {@link https://github.com/microsoft/mimalloc/issues/130}
 * @module
 */
import type { PageAlgorithm, PageHealth, Phase } from "../page_flags/algorithm.ts";
import { answer, go, isInterior, load, store, unaligned } from "../page_flags/algorithm.ts";
import {
  delayedListHealth,
  delayedListPage,
  delayedListPhases,
  HAS_ALIGNED_WORD,
} from "../page_flags/delayed_list.ts";

const phases: Readonly<Record<string, Phase>> = {
  flagLoad: (_self, block) => store(HAS_ALIGNED_WORD, 1, "plain", () => answer(block + 1)),
  remoteFlags: (_self, pointer) =>
    load(HAS_ALIGNED_WORD, "plain", (has) => go("remoteLoad", has !== 0 ? unaligned(pointer) : pointer)),
  ownFree: (_self, pointer) =>
    load(HAS_ALIGNED_WORD, "plain", (has) => go("localLoad", 0, has !== 0 ? unaligned(pointer) : pointer, 0)),
};

const health: PageHealth = {
  ...delayedListHealth,
  cause: {
    "the flag is set while a caller holds an interior pointer": (page) =>
      !page.held.some(isInterior) || page.read(HAS_ALIGNED_WORD) !== 0,
  },
};

/** Flags in words of their own, still read by threads that do not own the page. */
export function separateFlags(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "separate flags",
    phases: { ...delayedListPhases, ...phases },
    remoteFree: "remoteFlags",
    health,
  });
}
