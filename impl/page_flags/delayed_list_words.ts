/**
 * The words of a page with a delayed list.
 *
 * @see {@link file://./delayed_list.ts} for what they are for
 * @module
 */

/** Word of the page: the owner's plain flags. */
export const FLAGS = 0;
/** Word of the page: list << 2 | state. */
export const XTHREAD_FREE = 1;
/** Word of the page: the owner's list. */
export const FREE = 2;
/** Word of the heap: the delayed list. */
export const HEAP_DELAYED = 3;
/** Word of the page that only one historic version uses: the flag apart from the others. */
export const HAS_ALIGNED_WORD = 4;
const FIRST_LINK = 5;
/** Bit of `flags`: the page is in the owner's full queue. */
export const IN_FULL = 1;
/** Bit of `flags`: a caller may hold a pointer into the middle of a block. */
export const HAS_ALIGNED = 2;
/** State of `xthread_free`: the next free by another thread goes to the heap's delayed list. */
export const USE_DELAYED = 0;
/** State of `xthread_free`: such a free is under way. */
export const DELAYED_FREEING = 1;
/** State of `xthread_free`: one is on the delayed list, the next go to the page's own list. */
export const NO_DELAYED = 2;

/** The word in which the pointer after `pointer` is kept. */
export function linkWord(pointer: number): number {
  return FIRST_LINK + pointer - 2;
}

/** The list in `xthread_free`. */
export function listOf(xthreadFree: number): number {
  return xthreadFree >> 2;
}

/** The state in `xthread_free`. */
export function stateOf(xthreadFree: number): number {
  return xthreadFree & 3;
}
