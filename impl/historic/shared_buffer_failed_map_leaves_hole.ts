/**
 * A buffer saved, mapped over and written back, without trying elsewhere whether the file can be mapped at all: a
 * failing MAP_FIXED is believed to leave things as they were, and leaves a hole.
 *
 * Seen with files whose own `mmap` refuses, for example sockets.
 *
 * @module
 */
import { closeCall, preadCall, pwriteFromCall } from "../../ffi/file_calls.ts";
import { pageBytes } from "../../ffi/memory.ts";
import { mapOver, operations, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const failedMapLeavesHole: Partial<SharedBufferOperations> = {
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0 || bytes % pageBytes() !== 0) return "not whole pages";
    const saved = operations.copyToFd(address, bytes);
    if (saved < 0) return saved;
    const copy = new Uint8Array(bytes);
    preadCall(saved, copy, bytes, 0);
    closeCall(saved);
    const failed = mapOver(fd, address, bytes);
    if (failed < 0) return failed;
    const source = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(copy)));
    return Math.min(0, pwriteFromCall(fd, source, bytes, 0));
  },
};
