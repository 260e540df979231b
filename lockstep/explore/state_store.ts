/**
 * Every state that a search has seen, once: packed words in one growing array, found again through an
 * open-addressing table, each with the state it was first reached from and the move that led there.
 *
 * @module
 */

/** What a store holds of memory. */
export interface StoreBytes {
  readonly words: number;
  readonly parents: number;
  readonly moves: number;
  readonly table: number;
}

/** What there is to see of a store; can be sent to another thread when the memory is shared. */
export type StoreView = Pick<
  StateStore,
  "arena" | "parents" | "moves" | "table" | "mask" | "shift" | "count"
>;

/** Gives memory for a store. */
export type Allocate = (bytes: number) => ArrayBufferLike;

const initialStates = 1 << 10;
const maximumLoad = 0.75;

/**
 * An exact set of packed states, numbered in the order of their first sight.
 *
 * A table slot holds the number of a state in its low bits and, in the bits that are left, a piece of the hash:
 * most slots of other states are passed without looking at their words.
 */
export class StateStore {
  readonly words: number;
  /** Number of states. */
  count = 0;
  /** `words` per state. */
  arena: Int32Array;
  /** The state that each one was first reached from; itself for a start. */
  parents: Uint32Array;
  /** The move that led there; for a start, which one. */
  moves: Uint16Array;
  /** Slots: 0 = empty, otherwise number plus one, and above it the hash bits that do not name the slot. */
  table: Int32Array;
  /** Slots less one: the bits of a slot that hold the number. */
  mask: number;
  /** What a hash is shifted right by to name its slot. A larger table has the same hashes in the same order. */
  shift: number;

  readonly #allocate: Allocate;

  /** @param words 32-bit words per state. */
  constructor(words: number, allocate: Allocate = (bytes) => new ArrayBuffer(bytes)) {
    this.words = words;
    this.#allocate = allocate;
    this.arena = new Int32Array(allocate(initialStates * words * 4));
    this.parents = new Uint32Array(allocate(initialStates * 4));
    this.moves = new Uint16Array(allocate(initialStates * 2));
    this.table = new Int32Array(allocate(initialStates * 8));
    this.mask = this.table.length - 1;
    this.shift = shiftOf(this.table.length);
    this.fullAt = Math.min(this.parents.length, this.#slotsFullAt);
  }

  /** Looks for a state; its number, or -1. */
  find(source: Int32Array, at: number): number {
    const { words, arena, table, mask, shift } = this;
    const hash = hashOf(source, at, words);
    const tag = hash << (32 - shift);
    for (let slot = hash >>> shift;; slot = (slot + 1) & mask) {
      const entry = table[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ tag) & ~mask) !== 0) continue;
      const index = (entry & mask) - 1;
      if (sameWords(arena, index * words, source, at, words)) return index;
    }
  }

  /**
   * Adds a state unless it is there already. There must be room: see {@link fullAt}.
   *
   * @returns its number when it is new, and `-1 - number` when it was there.
   */
  add(source: Int32Array, at: number, parent: number, move: number): number {
    const { words, arena, table, mask, shift } = this;
    const hash = hashOf(source, at, words);
    const tag = hash << (32 - shift);
    let slot = hash >>> shift;
    for (;; slot = (slot + 1) & mask) {
      const entry = table[slot]!;
      if (entry === 0) break;
      if (((entry ^ tag) & ~mask) !== 0) continue;
      const index = (entry & mask) - 1;
      if (sameWords(arena, index * words, source, at, words)) return -1 - index;
    }
    const index = this.count;
    if (index >= this.fullAt) throw new Error("Cannot add a state: the store was not grown");
    const base = index * words;
    for (let k = 0; k < words; k++) arena[base + k] = source[at + k]!;
    this.parents[index] = parent;
    this.moves[index] = move;
    table[slot] = tag | (index + 1);
    this.count = index + 1;
    return index;
  }

  /** Shows the states of another store, which is where they are added. */
  mirror({ arena, parents, moves, table, mask, shift, count }: StoreView): void {
    this.arena = arena;
    this.parents = parents;
    this.moves = moves;
    this.table = table;
    this.mask = mask;
    this.shift = shift;
    this.count = count;
  }

  /** With this many states, {@link grow} must be called before the next one. */
  fullAt: number;

  /**
   * Makes room for `needed` states, at least one more. Arrays taken from this store before are stale afterwards.
   *
   * @throws {RangeError} when memory is exhausted.
   */
  grow(needed: number = this.count + 1): void {
    if (needed > this.parents.length) {
      const capacity = this.#grownTo(needed);
      const arena = new Int32Array(this.#allocate(capacity * this.words * 4));
      arena.set(this.arena);
      this.arena = arena;
      const parents = new Uint32Array(this.#allocate(capacity * 4));
      parents.set(this.parents);
      this.parents = parents;
      const moves = new Uint16Array(this.#allocate(capacity * 2));
      moves.set(this.moves);
      this.moves = moves;
    }
    if (needed > this.#slotsFullAt) this.#rehash(this.#slotsFor(needed));
    this.fullAt = Math.min(this.parents.length, this.#slotsFullAt);
  }

  #grownTo(needed: number): number {
    return Math.max(needed, Math.ceil(this.parents.length * 1.5));
  }

  #slotsFor(needed: number): number {
    let slots = this.table.length;
    while (Math.floor((slots - 1) * maximumLoad) < needed) slots *= 2;
    return slots;
  }

  get #slotsFullAt(): number {
    return Math.floor(this.mask * maximumLoad);
  }

  #rehash(slots: number): void {
    if (slots > 2 ** 31) throw new RangeError("Cannot store states: more than 1,610,612,735 of them");
    this.table = new Int32Array(this.#allocate(slots * 4));
    this.mask = slots - 1;
    this.shift = shiftOf(slots);
    const { words, arena, table, mask, shift, count } = this;
    for (let index = 0; index < count; index++) {
      const hash = hashOf(arena, index * words, words);
      let slot = hash >>> shift;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = (hash << (32 - shift)) | (index + 1);
    }
  }

  /** Memory in bytes, capacity included. */
  get bytes(): StoreBytes {
    return {
      words: this.arena.byteLength,
      parents: this.parents.byteLength,
      moves: this.moves.byteLength,
      table: this.table.byteLength,
    };
  }

  /** Memory in bytes, all parts together. */
  get totalBytes(): number {
    const { words, parents, moves, table } = this.bytes;
    return words + parents + moves + table;
  }

  /** The memory that growing would need at once, the old arrays that are still held meanwhile included. */
  bytesToGrow(needed: number = this.count + 1): number {
    const columns = needed > this.parents.length ? this.#grownTo(needed) * (this.words * 4 + 6) : 0;
    const slots = this.#slotsFor(needed);
    return this.totalBytes + columns + (slots > this.table.length ? slots * 4 : 0);
  }
}

/** How far down the topmost bits of a hash are that name one of `slots` slots, a power of two. */
function shiftOf(slots: number): number {
  return Math.clz32(slots) + 1;
}

/** Mixes the words of a state into 32 bits. */
export function hashOf(source: Int32Array, at: number, words: number): number {
  let hash = 0x9e3779b9 | 0;
  for (let k = 0; k < words; k++) {
    hash = Math.imul(hash ^ source[at + k]!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function sameWords(
  one: Int32Array,
  oneAt: number,
  other: Int32Array,
  otherAt: number,
  words: number,
): boolean {
  for (let k = 0; k < words; k++) {
    if (one[oneAt + k] !== other[otherAt + k]) return false;
  }
  return true;
}
