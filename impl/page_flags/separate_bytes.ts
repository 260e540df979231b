/**
 * The page with a delayed list as it was built for ThreadSanitizer: every flag has a word of its own. Repaired, a thread
 * that does not own the page reads neither.
 *
 * @see {@link https://github.com/microsoft/mimalloc/issues/130}
 * @module
 */
import type { PageAlgorithm, PageHealth, Phase } from "./algorithm.ts";
import { answer, go, load, store, unaligned } from "./algorithm.ts";
import { delayedListHealth, delayedListPage, delayedListPhases } from "./delayed_list.ts";
import { HAS_ALIGNED_WORD } from "./delayed_list_words.ts";
import { flagIsSet } from "./fresh_page.ts";

/** The phases: `flags` keeps `in_full` only. */
export const separateBytesPhases: Readonly<Record<string, Phase>> = {
  ...delayedListPhases,
  flagLoad: (_self, block) => store(HAS_ALIGNED_WORD, 1, "plain", () => answer(block + 1)),
  ownFree: (_self, pointer) =>
    load(HAS_ALIGNED_WORD, "plain", (has) => go("localLoad", 0, has !== 0 ? unaligned(pointer) : pointer, 0)),
};

/** What the words of such a page tell about its health. */
export const separateBytesHealth: PageHealth = {
  ...delayedListHealth,
  cause: { ...delayedListHealth.cause, ...flagIsSet((page) => page.read(HAS_ALIGNED_WORD) !== 0) },
};

/** The repaired version. */
export function separateBytes(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "separate bytes",
    phases: separateBytesPhases,
    health: separateBytesHealth,
  });
}
