/**
 * F_SEAL_FUTURE_WRITE taken where F_SEAL_WRITE answers EBUSY: the mapping that was the reason goes on writing.
 *
 * Source: `F_GET_SEALS(2const)`: writable mappings that exist are left alone.
 *
 * @module
 */
import { addSealsCall, seal } from "../../ffi/file_calls.ts";
import { final, fixedLength, type SharedBufferOperations } from "../shared_buffer/operations.ts";

const EBUSY = 16;

/** The operations with this one changed. */
export const futureWriteIsNotFrozen: Partial<SharedBufferOperations> = {
  freeze(fd) {
    const answer = addSealsCall(fd, final);
    return answer === -EBUSY ? addSealsCall(fd, fixedLength | seal.futureWrite | seal.seal) : answer;
  },
};
