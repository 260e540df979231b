/**
 * The copy is handed out without seals: the consumer can not tell whether it will change, and it can.
 *
 * Planted.
 *
 * @module
 */
import { memfdCall } from "../../ffi/file_calls.ts";
import { closing, type SharedBufferOperations, writeAll } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const copyLeftUnsealed: Partial<SharedBufferOperations> = {
  copyToFd(address, bytes) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    const failed = writeAll(fd, address, bytes);
    return failed < 0 ? closing(fd, failed) : fd;
  },
};
