/**
 * A name removed without looking whose it is by now: somebody else's new object loses its name.
 *
 * Seen wherever the clean-up runs late and names are used again.
 *
 * @module
 */
import { shmUnlinkCall, statCall } from "../../ffi/file_calls.ts";
import type { SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const unlinkForeignObject: Partial<SharedBufferOperations> = {
  removeNamed(fd, name) {
    const ours = statCall(fd);
    return typeof ours === "number" ? ours : shmUnlinkCall(name);
  },
};
