/**
 * A meeting point of threads: nobody goes on before all have come.
 *
 * @module
 */

/**
 * Looks before a thread is parked: waking one takes longer than many phases of a search do. Where looking was in
 * vain, because the others have no processor, it is done less.
 */
const spins = { fewest: 100, most: 20_000 };

/** A barrier over two shared words, which begin as zeros. What was written before it is seen by all after it. */
export class Barrier {
  readonly #words: Int32Array;
  readonly #threads: number;
  #spins = spins.most;

  /** @param words At least two: how often the barrier was passed, and how many have come. */
  constructor(words: Int32Array, threads: number) {
    this.#words = words;
    this.#threads = threads;
  }

  /** Waits for the others. */
  wait(): void {
    const words = this.#words;
    const passed = Atomics.load(words, 0);
    if (Atomics.add(words, 1, 1) === this.#threads - 1) {
      Atomics.store(words, 1, 0);
      Atomics.add(words, 0, 1);
      Atomics.notify(words, 0);
      return;
    }
    for (let at = 0; at < this.#spins; at++) {
      if (Atomics.load(words, 0) === passed) continue;
      this.#spins = Math.min(spins.most, this.#spins * 2);
      return;
    }
    this.#spins = Math.max(spins.fewest, this.#spins >> 1);
    while (Atomics.load(words, 0) === passed) Atomics.wait(words, 0, passed);
  }
}
