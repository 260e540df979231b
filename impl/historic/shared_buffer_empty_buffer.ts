/**
 * The copy is filled through a mapping, and an empty file can not be mapped: an empty buffer is an error.
 *
 * Its cousin in Go panics already at the address of the first byte. Source: `mmap(2)`: EINVAL when length is 0.
 *
 * @module
 */
import { mapFlags, munmapAt } from "../../ffi/address_space.ts";
import { addSealsCall, memfdCall, truncateCall } from "../../ffi/file_calls.ts";
import {
  closing,
  final,
  mapFile,
  type SharedBufferOperations,
  writeAll,
} from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const emptyBuffer: Partial<SharedBufferOperations> = {
  copyToFd(address, bytes) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    const sized = truncateCall(fd, bytes);
    const mapped = sized < 0 ? sized : mapFile(fd, bytes, mapFlags.shared, undefined);
    if (mapped < 0) return closing(fd, mapped);
    const failed = writeAll(fd, address, bytes);
    munmapAt(mapped, bytes);
    const sealed = failed < 0 ? failed : addSealsCall(fd, final);
    return sealed < 0 ? closing(fd, sealed) : fd;
  },
};
