/**
 * One write and no loop: what a short write left out is missing in the copy, and nobody is told.
 *
 * Writes are short past 0x7ffff000 bytes, at RLIMIT_FSIZE, on a full file system, and where the source faults.
 *
 * @module
 */
import { addSealsCall, memfdCall, pwriteFromCall } from "../../ffi/file_calls.ts";
import { closing, final, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const singleWrite: Partial<SharedBufferOperations> = {
  copyToFd(address, bytes) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    const written = pwriteFromCall(fd, address, bytes, 0);
    const failed = written < 0 ? written : addSealsCall(fd, final);
    return failed < 0 ? closing(fd, failed) : fd;
  },
};
