/**
 * The loop of a thread that adds nothing to the store, as text: makes candidates of its successors.
 *
 * @module
 */
import { verifiedEvery } from "./storing_loop.ts";
import { gathered, successorCode } from "./successor_code.ts";

/** The loop for a number of words per state and of moves. */
export function seekingLoop(words: number, moves: number): string {
  return `
const { shared, search, store, taken, candidates, slow, verify } = E;
const { found, by, from } = candidates;
/** Looks for the first \`n\` successors. */
function seek(n) {
  for (let i = 0; i < n; i++) taken[by[i]]++;
  shared.transitions += n;
  let candidate = candidates.count;
  candidates.seek(n);
  for (const end = candidates.count; candidate < end; candidate++) search.found(candidate);
}
return function expand(first, to) {
  const arena = store.arena;
  const roots = shared.roots;
  let n = 0;
  for (let index = first; index < to; index++) {
    if (index % ${verifiedEvery} === ${verifiedEvery - 1}) verify(index);
    let moved = false;
    let begun = n;
    ${
    successorCode(
      words,
      moves,
      `
      if (n > begun) moved = true;
      while (begun < n) from[begun++] = index;
      if (n > 0) seek(n);
      n = begun = 0;
      if (slow(index, move)) moved = true;`,
    )
  }
    if (n > begun) moved = true;
    while (begun < n) from[begun++] = index;
    if (!moved) search.ended(index);
    if (n < ${gathered}) continue;
    seek(n);
    n = 0;
    if (candidates.isOverfull) return index + 1;
  }
  if (n > 0) seek(n);
  return to;
};`;
}
