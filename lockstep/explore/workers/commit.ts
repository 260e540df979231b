/**
 * Taking the candidates of a chunk into the store: where it is decided which of them are new.
 *
 * @module
 */
import { type Chunk, chunkLimits } from "./chunks.ts";
import type { StateStore } from "../state_store.ts";
import { eachWord, probeCode } from "../learn/word_code.ts";

/**
 * Takes the first `n` candidates of a chunk into the store, in order; there must be room for all of them.
 *
 * The number of each, new or not, is in `numbers` then.
 */
export type Commit = (store: StateStore, chunk: Chunk, n: number, numbers: Int32Array) => void;

/** Makes the function for a number of words per state. */
export function compileCommit(words: number): Commit {
  const source = `"use strict";
const read = new Int32Array(${chunkLimits.candidates});
return function commit(store, chunk, n, numbers) {
  const { arena, parents, moves, table, mask, shift } = store;
  const { states, hashes } = chunk;
  const from = chunk.parents, by = chunk.moves;
  const bits = 32 - shift;
  let { count } = store;
  // Most are new: of the states that the slots name, only those are read ahead that may be the same.
  for (let i = 0; i < n; i++) read[i] = table[hashes[i] >>> shift];
  for (let i = 0; i < n; i++) {
    const entry = read[i];
    if (entry !== 0 && ((entry ^ hashes[i] << bits) & ~mask) === 0) read[i] = arena[(entry & mask) * ${words}];
  }
  for (let i = 0; i < n; i++) {
    ${eachWord(words, (k) => `const d${k} = states[i * ${words} + ${k}];`)}
    const hash = hashes[i];
    ${probeCode(words)}
    if (target < 0) {
      target = count;
      const base = count * ${words};
      ${eachWord(words, (k) => `arena[base + ${k}] = d${k};`)}
      parents[count] = from[i];
      moves[count] = by[i];
      // Last: who reads the table at the same time looks only at states that were there before.
      table[slot] = tag | ++count;
    }
    numbers[i] = target;
  }
  store.count = count;
};`;
  return new Function(source)() as Commit;
}
