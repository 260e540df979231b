/**
 * What all pages have in common: how their blocks are linked when they are fresh, and what the flag is for.
 *
 * @module
 */
import type { PageHealth, PageWords } from "./algorithm.ts";
import { isInterior, startPointer } from "./algorithm.ts";

/** The link words of a page: their names, and what they hold when all blocks are free. */
export interface FreshBlocks {
  readonly linkNames: readonly string[];
  readonly links: readonly number[];
}

/** Links `blocks` blocks in order. A wrong pointer may lead into the middle of a block: there is a word for that as well. @throws {RangeError} */
export function freshBlocks(blocks: number): FreshBlocks {
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > 3) {
    throw new RangeError(`Cannot make a page: blocks is ${blocks}, must be 1 to 3`);
  }
  const pointers = Array.from({ length: 2 * blocks }, (_, index) => index + 2);
  return {
    linkNames: pointers.map((pointer) => `link[${pointer}]`),
    links: pointers.map((pointer) =>
      isInterior(pointer) || pointer + 2 > startPointer(blocks - 1) ? 0 : pointer + 2
    ),
  };
}

/** The cause that all pages share: a pointer into the middle of a block is freed as it stands unless the flag says so. */
export function flagIsSet(isSet: (page: PageWords) => boolean): PageHealth["cause"] {
  return {
    "the flag is set while a caller holds an interior pointer": (page) =>
      !page.held.some(isInterior) || isSet(page),
  };
}
