/**
 * A shared-memory object created without O_EXCL: whoever comes second empties the first one's object, and the first
 * one's next access is SIGBUS.
 *
 * Source: articles that create under a fixed name; `shm_open(3)`.
 *
 * @module
 */
import { accessMode, openFlags, shmOpenCall } from "../../ffi/file_calls.ts";
import type { SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const noExclusiveCreate: Partial<SharedBufferOperations> = {
  createNamed: (name) => shmOpenCall(name, accessMode.readWrite | openFlags.create | openFlags.truncate),
};
