/**
 * All houses of the zoo.
 *
 * @module
 */
import { completionQueueHouse } from "./completion_queue.ts";
import { creditsHouse } from "./credits.ts";
import { extentsHouse } from "./extents.ts";
import { gapBufferHouse } from "./gap_buffer.ts";
import { hashTableHouse } from "./hash_table.ts";
import { lruCacheHouse } from "./lru_cache.ts";
import { ringHouse } from "./ring.ts";
import { sequenceWindowHouse } from "./sequence_window.ts";
import { slabHouse } from "./slab.ts";
import { timerWheelHouse } from "./timer_wheel.ts";
import { undoLogHouse } from "./undo_log.ts";
import { cowPagesHouse } from "./cow_pages_house.ts";
import { jobHeapHouse } from "./job_heap_house.ts";
import { rangeLocksHouse } from "./range_locks_house.ts";
import { streamReassemblyHouse } from "./stream_reassembly_house.ts";
import { tokenBucketHouse } from "./token_bucket.ts";
import { rwLockHouse } from "./rw_lock_house.ts";
import { memtableHouse } from "./memtable_house.ts";
import { directoryTreeHouse } from "./directory_tree_house.ts";
import { idCursorHouse } from "./id_cursor_house.ts";
import { weakHandlesHouse } from "./weak_handles_house.ts";
import { buddyAllocatorHouse } from "./buddy_allocator_house.ts";
import { leafTreeHouse } from "./leaf_tree_house.ts";
import { snapshotsHouse } from "./snapshots_house.ts";
import { checkpointLogHouse } from "./checkpoint_log_house.ts";
import { coherenceHouse } from "./coherence_house.ts";
import { retransmissionHouse } from "./retransmission_house.ts";
import { lockTableHouse } from "./lock_table_house.ts";
import { epochReclamationHouse } from "./epoch_reclamation_house.ts";
import { intervalMapHouse } from "./interval_map_house.ts";
import type { ZooHouse } from "./zoo.ts";

/**
 * The commit since which neither the shrinker nor the drawing of cases was changed. Houses that were built after
 * earlier freezes count as seen: what they showed has been mended since.
 */
export const shrinkerFrozenAt = "095f7bc";

/** Houses that whoever wrote the shrinker had seen, built anew. */
export function seenHouses(): readonly ZooHouse[] {
  return [
    ringHouse(),
    completionQueueHouse(),
    slabHouse(),
    lruCacheHouse(),
    extentsHouse(),
    sequenceWindowHouse(),
    hashTableHouse(),
    gapBufferHouse(),
    timerWheelHouse(),
    undoLogHouse(),
    creditsHouse(),
    cowPagesHouse(),
    jobHeapHouse(),
    rangeLocksHouse(),
    streamReassemblyHouse(),
    tokenBucketHouse(),
    rwLockHouse(),
    memtableHouse(),
    directoryTreeHouse(),
    idCursorHouse(),
  ];
}

/** Houses that were built after that commit or apart from it, by somebody who had not looked at the shrinker. */
export function freshHouses(): readonly ZooHouse[] {
  return [
    weakHandlesHouse(),
    buddyAllocatorHouse(),
    leafTreeHouse(),
    snapshotsHouse(),
    checkpointLogHouse(),
    coherenceHouse(),
    retransmissionHouse(),
    lockTableHouse(),
    epochReclamationHouse(),
    intervalMapHouse(),
  ];
}

/** Every house, built anew. */
export function houses(): readonly ZooHouse[] {
  return [...seenHouses(), ...freshHouses()];
}
