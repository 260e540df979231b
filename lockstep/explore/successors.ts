/**
 * What the workers of a search find in one round, in memory that all of them see.
 *
 * @module
 */

/** Successors that one worker may find in one round. */
export const successorCapacity: number = 1 << 15;

/**
 * Columns over all successors of a round. A successor's number is that of its worker times the capacity, plus its
 * place in the order in which that worker has found it.
 */
export class Successors {
  readonly words: number;
  readonly workers: number;
  readonly capacity: number;
  /** `words` each. */
  readonly states: Int32Array;
  readonly hashes: Int32Array;
  /** Numbers of the states they come from. */
  readonly parents: Int32Array;
  readonly moves: Int32Array;
  /** Where a new state is in the table; -1 for a state that is not new. */
  readonly slots: Int32Array;
  /** The state that each leads to; for a new one, and another one like it, the new one's successor plus the count. */
  readonly targets: Int32Array;
  /** The numbers that new states are given. */
  readonly numbers: Int32Array;
  /** Per worker and owner of a part of the table: successors for that part, in order. */
  readonly lists: Int32Array;

  /** @param memory Zeros, shared by all; see {@link Successors.bytes}. */
  constructor(
    memory: SharedArrayBuffer,
    words: number,
    workers: number,
    capacity: number = successorCapacity,
  ) {
    this.words = words;
    this.workers = workers;
    this.capacity = capacity;
    const all = workers * capacity;
    let at = 0;
    const column = (length: number): Int32Array => {
      const taken = new Int32Array(memory, at * 4, length);
      at += length;
      return taken;
    };
    this.states = column(all * words);
    this.hashes = column(all);
    this.parents = column(all);
    this.moves = column(all);
    this.slots = column(all);
    this.targets = column(all);
    this.numbers = column(all);
    this.lists = column(all * workers);
  }

  /** The memory that the columns take. */
  static bytes(words: number, workers: number, capacity: number = successorCapacity): number {
    return workers * capacity * (words + 6 + workers) * 4;
  }

  /** Where a worker's list for an owner begins. */
  listAt(worker: number, owner: number): number {
    return (worker * this.workers + owner) * this.capacity;
  }
}

/** Where one worker puts what it finds. */
export class Sink {
  readonly states: Int32Array;
  readonly parents: Int32Array;
  readonly moves: Int32Array;
  readonly capacity: number;
  /** Whether successors that are known already are wanted, too. */
  readonly keepsKnown: boolean;
  readonly #words: number;
  /** Successors so far. */
  count = 0;
  /** There was one more than fits: the round has to be done in another way. */
  isOverfull = false;

  constructor(
    { words, capacity, states, parents, moves }: Successors,
    worker: number,
    keepsKnown: boolean = false,
  ) {
    this.keepsKnown = keepsKnown;
    const first = worker * capacity;
    this.#words = words;
    this.capacity = capacity;
    this.states = states.subarray(first * words, (first + capacity) * words);
    this.parents = parents.subarray(first, first + capacity);
    this.moves = moves.subarray(first, first + capacity);
  }

  /** Forgets the last round. */
  clear(): void {
    this.count = 0;
    this.isOverfull = false;
  }

  /** Puts one successor behind the others. */
  add(source: Int32Array, parent: number, move: number): void {
    if (this.count === this.capacity) {
      this.isOverfull = true;
      return;
    }
    const at = this.count * this.#words;
    for (let k = 0; k < this.#words; k++) this.states[at + k] = source[k]!;
    this.parents[this.count] = parent;
    this.moves[this.count++] = move;
  }
}
