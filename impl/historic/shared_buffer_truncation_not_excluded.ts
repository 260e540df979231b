/**
 * A file of somebody else mapped by the length that it has now: the peer makes it shorter, and the next access is
 * SIGBUS.
 *
 * Source: `memfd_create(2)`, NOTES on file sealing, which names this attack.
 *
 * @module
 */
import { mapFlags } from "../../ffi/address_space.ts";
import { getSealsCall, seal, statCall } from "../../ffi/file_calls.ts";
import { mapFile, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const truncationNotExcluded: Partial<SharedBufferOperations> = {
  open(fd, place) {
    const seals = getSealsCall(fd);
    if (seals < 0) return seals;
    const status = statCall(fd);
    if (typeof status === "number") return status;
    const stable = (seals & seal.write) !== 0;
    if (status.bytes === 0) return { address: 0, bytes: 0, stable };
    const address = mapFile(fd, status.bytes, mapFlags.private, place);
    return address < 0 ? address : { address, bytes: status.bytes, stable };
  },
};
