/**
 * The same as {@link file://./page_flags_plain_flags.ts}, as mimalloc was built for ThreadSanitizer: every flag has its
 * own byte, which makes the race rarer for the tool and does not remove it.
 *
 * @see {@link https://github.com/microsoft/mimalloc/issues/130}
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { go, load, unaligned } from "../page_flags/algorithm.ts";
import { delayedListPage } from "../page_flags/delayed_list.ts";
import { HAS_ALIGNED_WORD } from "../page_flags/delayed_list_words.ts";
import { separateBytesHealth, separateBytesPhases } from "../page_flags/separate_bytes.ts";

const remoteFlags: Phase = (_self, pointer) =>
  load(HAS_ALIGNED_WORD, "plain", (has) => go("remoteLoad", has !== 0 ? unaligned(pointer) : pointer));

/** Flags in words of their own, still read by threads that do not own the page. */
export function separateFlags(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "separate flags",
    phases: { ...separateBytesPhases, remoteFlags },
    remoteFree: "remoteFlags",
    health: separateBytesHealth,
  });
}
