/**
 * Waiting for another thread to change a shared word.
 *
 * @module
 */

/**
 * Looks before a thread is parked: waking one takes longer than many chunks of a search do. Where looking was in
 * vain, because the others have no processor, it is done less.
 */
const spins = { fewest: 100, most: 20_000 };

/** One thread's patience: how long it looks before it is parked. */
export class Patience {
  #spins = spins.most;

  /**
   * Returns when the word at `at` is not `seen`, or when the time is over.
   *
   * @param parkedAt The word that counts who is parked: whoever changes the word must notify when it is not 0.
   */
  wait(words: Int32Array, at: number, seen: number, parkedAt: number, timeoutMs: number = Infinity): void {
    for (let look = 0; look < this.#spins; look++) {
      if (Atomics.load(words, at) === seen) continue;
      this.#spins = Math.min(spins.most, this.#spins * 2);
      return;
    }
    this.#spins = Math.max(spins.fewest, this.#spins >> 1);
    Atomics.add(words, parkedAt, 1);
    Atomics.wait(words, at, seen, timeoutMs);
    Atomics.sub(words, parkedAt, 1);
  }
}
