/**
 * A buffer shared in place although it ends within a page: the rest of the page, which belongs to somebody else, is
 * replaced as well.
 *
 * Source: `mmap(2)`: the length is rounded up to whole pages.
 *
 * @module
 */
import { mapFlags, munmapAt } from "../../ffi/address_space.ts";
import { pageBytes } from "../../ffi/memory.ts";
import { mapFile, mapOver, type SharedBufferOperations, writeAll } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const neighboursOnLastPage: Partial<SharedBufferOperations> = {
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0) return "not whole pages";
    const trial = mapFile(fd, bytes, mapFlags.shared, undefined);
    if (trial < 0) return trial;
    munmapAt(trial, bytes);
    const failed = writeAll(fd, address, bytes);
    return failed < 0 ? failed : mapOver(fd, address, bytes);
  },
};
