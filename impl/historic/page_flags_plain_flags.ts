/**
 * mimalloc before March 2024: a thread that frees a block of another thread's page reads the page's plain flags to find
 * out whether the pointer is an interior one. A data race; harmless in value as long as only the owner writes them.
 *
 * @see {@link https://github.com/microsoft/mimalloc/issues/865}
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { go, load, unaligned } from "../page_flags/algorithm.ts";
import { delayedListPage, delayedListPhases } from "../page_flags/delayed_list.ts";
import { FLAGS, HAS_ALIGNED } from "../page_flags/delayed_list_words.ts";

const remoteFlags: Phase = (_self, pointer) =>
  load(
    FLAGS,
    "plain",
    (flags) => go("remoteLoad", (flags & HAS_ALIGNED) !== 0 ? unaligned(pointer) : pointer),
  );

/** Flags are read by threads that do not own the page. */
export function plainFlags(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "plain flags",
    phases: { ...delayedListPhases, remoteFlags },
    remoteFree: "remoteFlags",
  });
}
