/**
 * The copy is made with write and the fd is passed on as it is: its offset is at the end, and the consumer's first
 * read finds nothing. The offset belongs to the open file, so that `dup` and SCM_RIGHTS pass it on.
 *
 * @module
 */
import { addSealsCall, memfdCall, writeFromCall } from "../../ffi/file_calls.ts";
import { closing, final, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const offsetLeftAtEnd: Partial<SharedBufferOperations> = {
  copyToFd(address, bytes) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    let written = 0;
    while (written < bytes) {
      const count = writeFromCall(fd, address + written, bytes - written);
      if (count <= 0) return closing(fd, count);
      written += count;
    }
    const failed = addSealsCall(fd, final);
    return failed < 0 ? closing(fd, failed) : fd;
  },
};
