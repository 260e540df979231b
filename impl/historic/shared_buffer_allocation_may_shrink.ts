/**
 * Shared memory whose length is not sealed: one side truncates, the other side's next access is SIGBUS.
 *
 * Planted.
 *
 * @module
 */
import { mapFlags } from "../../ffi/address_space.ts";
import { memfdCall, truncateCall } from "../../ffi/file_calls.ts";
import { closing, mapFile, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const allocationMayShrink: Partial<SharedBufferOperations> = {
  allocate(bytes, place) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    const sized = truncateCall(fd, bytes);
    if (sized < 0) return closing(fd, sized);
    if (bytes === 0) return { fd, address: 0 };
    const address = mapFile(fd, bytes, mapFlags.shared, place);
    return address < 0 ? closing(fd, address) : { fd, address };
  },
};
