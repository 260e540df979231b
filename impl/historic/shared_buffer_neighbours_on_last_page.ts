/**
 * A buffer shared in place although it ends within a page: the rest of the page, which belongs to somebody else, is
 * replaced as well.
 *
 * Source: `mmap(2)`: the length is rounded up to whole pages.
 *
 * @module
 */
import { pageBytes } from "../../ffi/memory.ts";
import {
  mapOver,
  type SharedBufferOperations,
  tryMapping,
  withSnapshot,
  writeAll,
} from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const neighboursOnLastPage: Partial<SharedBufferOperations> = {
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0) return "not whole pages";
    return withSnapshot(address, bytes, (snapshot) => {
      const refused = tryMapping(fd, bytes);
      if (refused < 0) return refused;
      const failed = writeAll(fd, snapshot, bytes);
      return failed < 0 ? failed : mapOver(fd, address, bytes);
    });
  },
};
