/**
 * One worker's share of a breadth-first level: expands pieces of it and keeps what no earlier level has.
 *
 * A piece is searched in a small store of its own. What it finds comes out in the order in which a search alone
 * would have found it, so pieces that are taken in one after the other give the same numbers as one worker does.
 * A piece in which anything but plain steps happened is handed back, to be searched again by the one who reports.
 *
 * @module
 */
import type { AnyMachine } from "../machine.ts";
import type { ExploreOptions } from "./exploration.ts";
import { Search } from "./search.ts";
import { StateStore } from "./state_store.ts";

/** The fewest states of one piece, unless it is the last. */
export const pieceStates = 2048;
const largestPiece = 32_768;

/** States between which the search looks whether it has learnt enough to make code. */
const batch = 256;

/** States of each piece of a level: large ones find fewer states twice, enough of them keep everyone busy. */
export function pieceSize(states: number, workers: number): number {
  return Math.max(pieceStates, Math.min(largestPiece, Math.ceil(states / (4 * workers))));
}

/** A level, and all states up to its end, in memory that several workers read. */
export interface SharedLevel {
  readonly arena: Int32Array;
  readonly table: Int32Array;
  readonly mask: number;
  readonly shift: number;
  readonly from: number;
  readonly to: number;
  /** States of each piece but the last. */
  readonly piece: number;
  /** The next piece that nobody has taken. */
  readonly next: Int32Array;
}

/** What a piece leads to. */
export interface Piece {
  readonly number: number;
  /** Absent where the piece must be searched again. */
  readonly found?: {
    /** The words of the states that are new, each once. */
    readonly states: Int32Array<ArrayBuffer>;
    readonly parents: Uint32Array<ArrayBuffer>;
    readonly moves: Uint16Array<ArrayBuffer>;
    readonly transitions: number;
    /** How often each move was carried out. */
    readonly taken: Uint32Array<ArrayBuffer>;
  };
}

/** Expands pieces of levels. */
export class Share {
  readonly #search: Search<unknown, { readonly kind: string }, unknown, unknown, unknown>;
  readonly #known: StateStore;

  constructor(machine: AnyMachine, { symmetry, learn, tickBudget }: ExploreOptions) {
    const { outcome: _outcome, leadsTo: _leadsTo, ...rest } = machine;
    const options = {
      ...(symmetry === undefined ? {} : { symmetry }),
      ...(learn === undefined ? {} : { learn }),
      ...(tickBudget === undefined ? {} : { tickBudget }),
    };
    this.#search = new Search({ ...rest, starts: [], always: {}, sometimes: {} } as AnyMachine, options);
    this.#search.begin();
    this.#known = new StateStore(this.#search.store.words);
  }

  /** Takes pieces of a level until there are no more. */
  expand(level: SharedLevel): Piece[] {
    const known = this.#known;
    known.arena = level.arena;
    known.table = level.table;
    known.mask = level.mask;
    known.shift = level.shift;
    const pieces: Piece[] = [];
    for (;;) {
      const number = Atomics.add(level.next, 0, 1);
      const from = level.from + number * level.piece;
      if (from >= level.to) return pieces;
      pieces.push(this.#piece(number, from, Math.min(level.to, from + level.piece)));
    }
  }

  #piece(number: number, from: number, to: number): Piece {
    const search = this.#search;
    const { store } = search;
    const { words, arena } = this.#known;
    store.clear();
    search.restart();
    for (let index = from; index < to; index++) {
      store.add(arena, index * words, store.count, 0);
      search.room();
    }
    const count = to - from;
    const before = search.transitions;
    for (let index = 0; index < count && search.isPlain;) {
      index = search.expandRange(index, Math.min(count, index + batch));
    }
    if (!search.isPlain) return { number };
    const fresh: number[] = [];
    for (let index = count; index < store.count; index++) {
      if (this.#known.find(store.arena, index * words) < 0) fresh.push(index);
    }
    const states = new Int32Array(fresh.length * words);
    const parents = new Uint32Array(fresh.length);
    const moves = new Uint16Array(fresh.length);
    fresh.forEach((index, at) => {
      for (let k = 0; k < words; k++) states[at * words + k] = store.arena[index * words + k]!;
      parents[at] = from + store.parents[index]!;
      moves[at] = store.moves[index]!;
    });
    const taken = search.taken.slice();
    return { number, found: { states, parents, moves, transitions: search.transitions - before, taken } };
  }
}
