/**
 * Planted: `in_full` and `has_aligned` share a byte, and a thread that frees into a full page clears `in_full` itself.
 * Two writers of one plain byte: the owner's `has_aligned` can be lost.
 *
 * @module
 */
import type { PageAlgorithm, Phase } from "../page_flags/algorithm.ts";
import { go, load, store } from "../page_flags/algorithm.ts";
import { delayedListPage, delayedListPhases } from "../page_flags/delayed_list.ts";
import { FLAGS, IN_FULL } from "../page_flags/delayed_list_words.ts";
import { unalignedRemote } from "../page_flags/delayed_list_remote.ts";

const phases: Readonly<Record<string, Phase>> = {
  remoteUnfull: (_self, pointer) => load(FLAGS, "plain", (flags) => go("remoteUnfullStore", pointer, flags)),
  remoteUnfullStore: (_self, pointer, flags) =>
    store(FLAGS, flags & ~IN_FULL, "plain", () => unalignedRemote(pointer)),
};

/** A second writer of the flags. */
export function sharedByte(blocks: number): PageAlgorithm {
  return delayedListPage(blocks, {
    name: "shared byte",
    phases: { ...delayedListPhases, ...phases },
    remoteFree: "remoteUnfull",
  });
}
