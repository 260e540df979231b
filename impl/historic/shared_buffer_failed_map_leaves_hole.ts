/**
 * A buffer mapped over first and written back afterwards, without trying elsewhere whether the file can be mapped: a
 * failing MAP_FIXED is believed to leave things as they were, and leaves a hole.
 *
 * Seen with files whose own `mmap` refuses, for example sockets.
 *
 * @module
 */
import { pageBytes } from "../../ffi/memory.ts";
import { mapOver, type SharedBufferOperations, withSnapshot, writeAll } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const failedMapLeavesHole: Partial<SharedBufferOperations> = {
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0 || bytes % pageBytes() !== 0) return "not whole pages";
    return withSnapshot(address, bytes, (snapshot) => {
      const failed = mapOver(fd, address, bytes);
      return failed < 0 ? failed : writeAll(fd, snapshot, bytes);
    });
  },
};
