/**
 * The loop of a search alone, as text: looks for each successor in the store, and adds it there.
 *
 * Successors of many states are gathered before any is looked for in the table. Then all their slots are read,
 * and all the states these name, before the first answer is needed: the processor waits for many of them at once.
 *
 * @module
 */
import { gathered, gatherRoom, successorCode } from "./successor_code.ts";
import { eachWord, hashCode, probeCode } from "./word_code.ts";

/** Every how many states one is expanded in both ways. */
export const verifiedEvery = 256;

/** The loop for a number of words per state and of moves. */
export function storingLoop(words: number, moves: number): string {
  const capacity = gatherRoom + moves;
  return `
const { shared, search, store, taken, edges, slow, verify } = E;
const found = new Int32Array(${capacity * words});
const by = new Int32Array(${capacity});
const from = new Int32Array(${capacity});
const hashes = new Int32Array(${capacity});
const read = new Int32Array(${capacity});
let arena, table, mask, shift, bits, limit, parents, reached;
function reload() {
  arena = store.arena; table = store.table; mask = store.mask; shift = store.shift; bits = 32 - shift;
  parents = store.parents; reached = store.moves;
  limit = store.fullAt;
}
/** Reads ahead what taking in the first \`n\` successors will need. */
function readAhead(n) {
  for (let i = 0; i < n; i++) {
    const at = i * ${words};
    ${hashCode(words, "found")}
    hashes[i] = hash;
    read[i] = table[hash >>> shift];
  }
  for (let i = 0; i < n; i++) read[i] = arena[(read[i] & mask) * ${words}];
}
/** Takes in the first \`n\` successors; returns the state at which the search ends, or -1. */
function take(n) {
  readAhead(n);
  let count = store.count;
  for (let i = 0; i < n; i++) {
    const at = i * ${words};
    ${eachWord(words, (k) => `const d${k} = found[at + ${k}];`)}
    const hash = hashes[i];
    ${probeCode(words)}
    const move = by[i];
    taken[move]++;
    if (target < 0) {
      const index = from[i];
      if (count >= search.maximumStates) { search.tooMany(); shared.transitions += i + 1; return index; }
      target = count;
      const base = count * ${words};
      ${eachWord(words, (k) => `arena[base + ${k}] = d${k};`)}
      parents[count] = index;
      reached[count] = move;
      table[slot] = tag | (count + 1);
      store.count = ++count;
      search.discovered(target);
      if (count >= limit) search.room();
      if (search.stoppedBy !== undefined) { shared.transitions += i + 1; return index; }
      if (count >= limit) reload();
    }
    if (edges !== undefined) {
      edges.add(target, move);
      if (search.stoppedBy !== undefined) { shared.transitions += i + 1; return from[i]; }
    }
  }
  shared.transitions += n;
  return -1;
}
return function expand(first, to) {
  reload();
  const roots = shared.roots;
  let n = 0;
  for (let index = first; index < to; index++) {
    if (index % ${verifiedEvery} === ${verifiedEvery - 1}) verify(index);
    if (edges !== undefined) edges.begin();
    let moved = false;
    let begun = n;
    ${
    successorCode(
      words,
      moves,
      `
      if (n > begun) moved = true;
      while (begun < n) from[begun++] = index;
      if (n > 0) {
        const ended = take(n);
        n = begun = 0;
        if (ended >= 0) { edges?.markIncomplete(ended); return ended + 1; }
      }
      if (slow(index, move)) moved = true;
      if (search.stoppedBy !== undefined) { edges?.markIncomplete(index); return index + 1; }
      reload();`,
    )
  }
    if (n > begun) moved = true;
    while (begun < n) from[begun++] = index;
    if (n >= ${gathered} || !moved || edges !== undefined) {
      const ended = take(n);
      n = 0;
      if (ended >= 0) { edges?.markIncomplete(ended); return ended + 1; }
      if (!moved) search.ended(index);
      if (search.stoppedBy !== undefined) return index + 1;
    }
  }
  const ended = take(n);
  if (ended >= 0) { edges?.markIncomplete(ended); return ended + 1; }
  return to;
};`;
}
