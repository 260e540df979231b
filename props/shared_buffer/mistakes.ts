/**
 * The known mistakes with buffers as file descriptors: those of published advice, those that the manual warns of, and
 * planted ones.
 *
 * @module
 */
import { allocationMayShrink } from "../../impl/historic/shared_buffer_allocation_may_shrink.ts";
import { copyLeftUnsealed } from "../../impl/historic/shared_buffer_copy_left_unsealed.ts";
import { emptyBuffer } from "../../impl/historic/shared_buffer_empty_buffer.ts";
import { failedMapLeavesHole } from "../../impl/historic/shared_buffer_failed_map_leaves_hole.ts";
import { futureWriteIsNotFrozen } from "../../impl/historic/shared_buffer_future_write_is_not_frozen.ts";
import { mapFixedOverBuffer } from "../../impl/historic/shared_buffer_map_fixed_over_buffer.ts";
import { neighboursOnLastPage } from "../../impl/historic/shared_buffer_neighbours_on_last_page.ts";
import { noExclusiveCreate } from "../../impl/historic/shared_buffer_no_exclusive_create.ts";
import { offsetLeftAtEnd } from "../../impl/historic/shared_buffer_offset_left_at_end.ts";
import { punchHolePastLengthSeals } from "../../impl/historic/shared_buffer_punch_hole_past_length_seals.ts";
import { singleWrite } from "../../impl/historic/shared_buffer_single_write.ts";
import { truncationNotExcluded } from "../../impl/historic/shared_buffer_truncation_not_excluded.ts";
import { unlinkForeignObject } from "../../impl/historic/shared_buffer_unlink_foreign_object.ts";
import type { SharedBufferOperations } from "../../impl/shared_buffer/operations.ts";
import type { Engine } from "../../lockstep/protocol.ts";
import type { SharedBufferMistake as MistakeName } from "../../model/shared_buffer/mistakes.ts";

/** A known mistake: the words about it, and the implementation that has it. Its twin bears the same name. */
export interface SharedBufferMistake {
  readonly name: MistakeName;
  readonly title: string;
  readonly upstream: string;
  /** The scope in which it shows. */
  readonly scope: "operations" | "names";
  readonly operations: Partial<SharedBufferOperations>;
  readonly foundBy: readonly Engine[];
}

const byAnswer: readonly Engine[] = ["refines", "lockstep"];
/** Those that break a promise about states and steps by themselves, without a specification beside them. */
const alsoByPromise: readonly Engine[] = ["explore", ...byAnswer];

/** All of them, the planted ones last. */
export const sharedBufferMistakes: readonly SharedBufferMistake[] = [
  {
    name: "map-fixed-over-buffer",
    title: "MAP_FIXED over the buffer: its bytes are gone and the fd never had them",
    upstream: "advice: MAP_FIXED wraps a buffer",
    scope: "operations",
    operations: mapFixedOverBuffer,
    foundBy: alsoByPromise,
  },
  {
    name: "neighbours-on-last-page",
    title: "the rest of the buffer's last page, somebody else's, is replaced as well",
    upstream: "advice: MAP_FIXED wraps a buffer",
    scope: "operations",
    operations: neighboursOnLastPage,
    foundBy: alsoByPromise,
  },
  {
    name: "failed-map-leaves-hole",
    title: "a MAP_FIXED that fails is believed to leave the buffer alone",
    upstream: "advice: a failing mmap harms nothing",
    scope: "operations",
    operations: failedMapLeavesHole,
    foundBy: alsoByPromise,
  },
  {
    name: "no-exclusive-create",
    title: "no O_EXCL: the second creator empties the first one's object",
    upstream: "advice: a fixed name, no O_EXCL",
    scope: "names",
    operations: noExclusiveCreate,
    foundBy: alsoByPromise,
  },
  {
    name: "unlink-foreign-object",
    title: "a late clean-up removes the name of somebody else's new object",
    upstream: "manual: shm_overview(7)",
    scope: "names",
    operations: unlinkForeignObject,
    foundBy: alsoByPromise,
  },
  {
    name: "single-write",
    title: "one write and no loop: the copy may be incomplete",
    upstream: "advice: one write copies a buffer",
    scope: "operations",
    operations: singleWrite,
    foundBy: byAnswer,
  },
  {
    name: "offset-left-at-end",
    title: "the offset stays at the end: the consumer's first read finds nothing",
    upstream: "advice: write, then pass the fd on",
    scope: "operations",
    operations: offsetLeftAtEnd,
    foundBy: byAnswer,
  },
  {
    name: "truncation-not-excluded",
    title: "a peer's file is mapped by a length that it can take back",
    upstream: "manual: memfd_create(2)",
    scope: "operations",
    operations: truncationNotExcluded,
    foundBy: byAnswer,
  },
  {
    name: "future-write-is-not-frozen",
    title: "FUTURE_WRITE taken for WRITE: an old mapping goes on writing",
    upstream: "manual: fcntl(2), file seals",
    scope: "operations",
    operations: futureWriteIsNotFrozen,
    foundBy: alsoByPromise,
  },
  {
    name: "punch-hole-past-length-seals",
    title: "SHRINK and GROW taken for final contents: holes can still be punched",
    upstream: "manual: fcntl(2), file seals",
    scope: "operations",
    operations: punchHolePastLengthSeals,
    foundBy: alsoByPromise,
  },
  {
    name: "empty-buffer",
    title: "an empty buffer is an error",
    upstream: "advice: the address of the first byte",
    scope: "operations",
    operations: emptyBuffer,
    foundBy: byAnswer,
  },
  {
    name: "copy-left-unsealed",
    title: "the copy is handed out without seals",
    upstream: "planted",
    scope: "operations",
    operations: copyLeftUnsealed,
    foundBy: byAnswer,
  },
  {
    name: "allocation-may-shrink",
    title: "shared memory whose length is not sealed",
    upstream: "planted",
    scope: "operations",
    operations: allocationMayShrink,
    foundBy: byAnswer,
  },
];
