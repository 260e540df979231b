/**
 * Successors on their way into the store: a thread looks for them among the states that all may look at, and keeps
 * those that it does not find, once each.
 *
 * Nothing is written to the store here, so any number of threads can do it while another one adds states. A state
 * that was added a moment ago may be overlooked: whether a candidate is new is decided when it is taken in.
 *
 * @module
 */
import type { Board } from "./board.ts";
import { type Chunk, chunkLimits } from "./chunks.ts";
import type { StateStore } from "../state_store.ts";
import { gatherRoom } from "../learn/successor_code.ts";
import { eachWord, hashCode, probeCode, sameCode } from "../learn/word_code.ts";

/** What a chunk of states has led to. */
export class Candidates {
  /** Successors that wait for being looked for: `words` each, moves, and the states they come from. */
  readonly found: Int32Array;
  readonly by: Int32Array;
  readonly from: Int32Array;
  /** Where candidates go. */
  chunk: Chunk;
  /** Candidates so far. */
  count = 0;
  /** Transitions so far, where all are kept. */
  edges = 0;
  /** There was more than fits: the chunk has to be done in another way. */
  isOverfull = false;
  readonly #board: Board;
  readonly #words: number;
  readonly #seek: (n: number) => void;
  #stamp = 0;
  readonly #own: Int32Array;

  /**
   * @param store Where successors are looked for.
   * @param moves Moves of the machine.
   */
  constructor(store: StateStore, board: Board, chunk: Chunk, moves: number) {
    const gathered = gatherRoom + moves;
    this.#board = board;
    this.#words = store.words;
    this.chunk = chunk;
    this.found = new Int32Array(gathered * store.words);
    this.by = new Int32Array(gathered);
    this.from = new Int32Array(gathered);
    this.#own = new Int32Array(ownSlots);
    this.#seek = compileSeek(store.words, {
      candidates: this,
      store,
      board,
      own: this.#own,
      hashes: new Int32Array(gathered),
      read: new Int32Array(gathered),
    });
  }

  /** Begins a chunk. */
  begin(chunk: Chunk): void {
    this.chunk = chunk;
    this.count = 0;
    this.edges = 0;
    this.isOverfull = false;
    if (++this.#stamp === stamps) {
      this.#stamp = 1;
      this.#own.fill(0);
    }
  }

  /** States that are in the store by now, also those that came after it was mirrored. */
  get known(): number {
    return this.#board.visible;
  }

  /** Tells this chunk's entries of the table of candidates from older ones. */
  get stamp(): number {
    return this.#stamp;
  }

  /** Looks for the first `n` of the successors that wait; none wait afterwards. */
  seek(n: number): void {
    this.#seek(n);
  }

  /** Looks for one successor. @returns whether it is a candidate that was not one before. */
  add(source: Int32Array, from: number, move: number): boolean {
    const before = this.count;
    for (let k = 0; k < this.#words; k++) this.found[k] = source[k]!;
    this.by[0] = move;
    this.from[0] = from;
    this.#seek(1);
    return this.count > before;
  }
}

/** An entry of the table of a chunk's own candidates is the chunk's stamp and, in the low bits, the candidate. */
const candidateBits = Math.log2(chunkLimits.candidates);
const stamps = 2 ** (31 - candidateBits);
const ownSlots = 2 * chunkLimits.candidates;

interface SeekEnvironment {
  readonly candidates: Candidates;
  readonly store: StateStore;
  readonly board: Board;
  readonly own: Int32Array;
  readonly hashes: Int32Array;
  readonly read: Int32Array;
}

/** The function behind {@link Candidates.seek}, for one number of words. */
function compileSeek(words: number, environment: SeekEnvironment): (n: number) => void {
  const { candidates, edges } = chunkLimits;
  const source = `"use strict";
const { candidates, store, board, own, hashes, read } = E;
const { found, by, from } = candidates;
return function seek(n) {
  // Read before the table: what is in the arena then can be looked at.
  // States behind the end of the arena are in the next one, which is not here yet.
  const visible = Math.min(board.visible, store.parents.length);
  const { arena, table, mask, shift } = store;
  const bits = 32 - shift;
  for (let i = 0; i < n; i++) {
    const at = i * ${words};
    ${hashCode(words, "found")}
    hashes[i] = hash;
    read[i] = table[hash >>> shift];
  }
  for (let i = 0; i < n; i++) {
    const number = (read[i] & mask) - 1;
    read[i] = number >= 0 && number < visible ? arena[number * ${words}] : 0;
  }
  const chunk = candidates.chunk;
  const { states, parents, moves, edgeTargets, edgeMoves, edgeParents } = chunk;
  const kept = chunk.hashes;
  const keepsEdges = edgeTargets.length > 0;
  const stamp = candidates.stamp;
  let { count, edges } = candidates;
  for (let i = 0; i < n; i++) {
    const at = i * ${words};
    ${eachWord(words, (k) => `const d${k} = found[at + ${k}];`)}
    const hash = hashes[i];
    ${probeCode(words, "number < visible")}
    if (target < 0) {
      for (let place = hash & ${ownSlots - 1};; place = (place + 1) & ${ownSlots - 1}) {
        const entry = own[place];
        if (entry >>> ${candidateBits} !== stamp) {
          if (count === ${candidates}) { candidates.isOverfull = true; break; }
          own[place] = stamp << ${candidateBits} | count;
          const base = count * ${words};
          ${eachWord(words, (k) => `states[base + ${k}] = d${k};`)}
          kept[count] = hash;
          parents[count] = from[i];
          moves[count] = by[i];
          target = -1 - count++;
          break;
        }
        const candidate = entry & ${candidates - 1};
        if (kept[candidate] !== hash) continue;
        const base = candidate * ${words};
        if (${sameCode(words, "states", "base")}) { target = -1 - candidate; break; }
      }
    }
    if (!keepsEdges) continue;
    if (edges === ${edges}) { candidates.isOverfull = true; break; }
    edgeTargets[edges] = target;
    edgeMoves[edges] = by[i];
    edgeParents[edges++] = from[i];
  }
  candidates.count = count;
  candidates.edges = edges;
};`;
  return new Function("E", source)(environment) as (n: number) => void;
}
