/**
 * Words of memory that another thread of this process has mapped, and a meeting point for threads that spin.
 *
 * @module
 */
import { yieldThread } from "./thread.ts";

/**
 * The memory at `address` as 32-bit words. It must stay mapped as long as they are touched, or the process ends by
 * SIGSEGV.
 *
 * @throws {RangeError} when `address` is 0 or not a multiple of 4
 */
export function sharedWords(address: bigint, bytes: number): Int32Array<ArrayBuffer> {
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null || address % 4n !== 0n) {
    throw new RangeError(`Cannot share words at ${address}: the address must be a multiple of 4 and not 0`);
  }
  return new Int32Array(Deno.UnsafePointerView.getArrayBuffer(pointer, bytes));
}

/** Words that a {@link Rendezvous} of `threads` threads takes. */
export function rendezvousWords(threads: number): number {
  return threads * lineWords;
}

/** Words of a cache line. */
export const lineWords = 16;
const spinsBeforeYield = 2_000;
const mostYields = 200_000;

/** Lets threads begin together, again and again: each counts up its own word and waits for the others. */
export class Rendezvous {
  readonly #words: Int32Array;
  readonly #own: number;
  readonly #threads: number;
  #round = 0;

  /** `words` begins with {@link rendezvousWords} words of 0 that are used for nothing else. */
  constructor(words: Int32Array, own: number, threads: number) {
    this.#words = words;
    this.#own = own;
    this.#threads = threads;
  }

  /** Waits until all threads have come as often as this one; false when one does not come for a long time. */
  meet(): boolean {
    const round = ++this.#round;
    Atomics.store(this.#words, this.#own * lineWords, round);
    let [spins, yields] = [0, 0];
    for (let other = 0; other < this.#threads; other++) {
      while (Atomics.load(this.#words, other * lineWords) < round) {
        if (++spins < spinsBeforeYield) continue;
        spins = 0;
        if (++yields > mostYields) return false;
        yieldThread();
      }
    }
    // Whoever comes last starts first: a pause of changing length makes the threads overlap in every way.
    for (let pause = Math.imul(round, 0x9e37_79b1 + 2 * this.#own) >>> 24; pause > 0; pause--) {
      Atomics.load(this.#words, this.#own * lineWords);
    }
    return true;
  }
}
