/**
 * A buffer "wrapped" in an fd by mapping the fd over it: the buffer's bytes are gone, and the file never had them.
 *
 * The advice comes from articles that take MAP_FIXED for a way to attach memory to a file. Source: `mmap(2)`: the
 * overlapped part of the existing mapping is discarded.
 *
 * @module
 */
import { pageBytes } from "../../ffi/memory.ts";
import {
  mapOver,
  type SharedBufferOperations,
  tryMapping,
  withSnapshot,
} from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const mapFixedOverBuffer: Partial<SharedBufferOperations> = {
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0 || bytes % pageBytes() !== 0) return "not whole pages";
    return withSnapshot(address, bytes, () => {
      const refused = tryMapping(fd, bytes);
      return refused < 0 ? refused : mapOver(fd, address, bytes);
    });
  },
};
