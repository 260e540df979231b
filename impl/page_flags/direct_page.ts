/**
 * The owned-bit page once more, written by hand with Atomics for real threads at full speed: no phases, no generators,
 * nothing between one access and the next.
 *
 * @see {@link file://./owned_bit.ts} for what the words mean and why
 * @module
 */
import { unaligned } from "./algorithm.ts";
import {
  FLAG_MASK,
  FREE,
  HAS_INTERIOR,
  linkWord,
  OWNED,
  threadId,
  XTHREAD_FREE,
  XTHREAD_ID,
} from "./owned_bit.ts";
import { wordStride } from "./real_page.ts";

/**
 * The repaired page, or one with the mistake that `impl/historic/` has under this name: the owner is changed by a load and
 * a store (lost flag: always; half repair: when a page is abandoned), or a page is given up whatever its list holds.
 */
export type DirectVersion = "repaired" | "lost flag" | "half repair" | "unown race";

/** The page as one thread sees it. */
export class DirectPage {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #id: number;
  readonly #version: DirectVersion;
  #owns: boolean;

  /** The page's words begin at index `base`. Thread 0 has a fresh page. */
  constructor(words: Int32Array, base: number, thread: number, version: DirectVersion) {
    this.#words = words;
    this.#base = base;
    this.#id = threadId({ thread, local: 0 });
    this.#version = version;
    this.#owns = thread === 0;
  }

  /** Whether this thread allocates from the page. */
  get owns(): boolean {
    return this.#owns;
  }

  /** A pointer to the start of a block, or 0. */
  malloc(): number {
    return this.#pop();
  }

  /** A pointer into a block, or 0. */
  mallocAligned(): number {
    const block = this.#pop();
    if (block === 0) return 0;
    Atomics.or(this.#words, this.#at(XTHREAD_ID), HAS_INTERIOR);
    return block + 1;
  }

  /** Gives back what an allocation of any thread answered. */
  free(pointer: number): void {
    const words = this.#words;
    const id = Atomics.load(words, this.#at(XTHREAD_ID));
    const block = (id & HAS_INTERIOR) !== 0 ? unaligned(pointer) : pointer;
    if ((id & ~FLAG_MASK) === this.#id) {
      words[this.#at(linkWord(block))] = words[this.#at(FREE)]!;
      words[this.#at(FREE)] = block;
      return;
    }
    let list = Atomics.load(words, this.#at(XTHREAD_FREE));
    for (;;) {
      words[this.#at(linkWord(block))] = list >> 1;
      const found = Atomics.compareExchange(words, this.#at(XTHREAD_FREE), list, block << 1 | OWNED);
      if (found === list) break;
      list = found;
    }
    if ((list & OWNED) === 0) this.#takeOver();
  }

  #at(word: number): number {
    return this.#base + word * wordStride;
  }

  #pop(): number {
    if (!this.#owns) return 0;
    const words = this.#words;
    const block = words[this.#at(FREE)]!;
    if (block === 0) return 0;
    const next = words[this.#at(linkWord(block))]!;
    words[this.#at(FREE)] = next;
    if (next === 0) this.#abandon();
    return block;
  }

  #setOwner(owner: number): void {
    const at = this.#at(XTHREAD_ID);
    let id = Atomics.load(this.#words, at);
    if (this.#version === "lost flag" || (this.#version === "half repair" && owner === 0)) {
      Atomics.store(this.#words, at, owner | id & FLAG_MASK);
      return;
    }
    for (;;) {
      const found = Atomics.compareExchange(this.#words, at, id, owner | id & FLAG_MASK);
      if (found === id) return;
      id = found;
    }
  }

  #abandon(): void {
    this.#setOwner(0);
    const at = this.#at(XTHREAD_FREE);
    while (Atomics.load(this.#words, at) >> 1 === 0) {
      if (this.#version === "unown race") Atomics.and(this.#words, at, ~OWNED);
      else if (Atomics.compareExchange(this.#words, at, OWNED, 0) !== OWNED) continue;
      this.#owns = false;
      return;
    }
    this.#takeOver();
  }

  #takeOver(): void {
    const list = Atomics.and(this.#words, this.#at(XTHREAD_FREE), OWNED) >> 1;
    this.#words[this.#at(FREE)] = list;
    this.#setOwner(this.#id);
    this.#owns = true;
  }
}
