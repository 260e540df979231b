/**
 * Handing successors to the owners of their parts of the table, and taking them in there.
 *
 * The table is divided by the topmost bits of hashes, so parts stay parts when it grows. An owner alone reads and
 * writes its part, so nothing is locked. A probe that would run into the next part is left to one thread that does
 * such probes while all others wait. Until it has its number, a new state is named in its slot by its successor's,
 * counted from the number of states before the round.
 *
 * @module
 */
import type { StateStore } from "./state_store.ts";
import type { Successors } from "./successors.ts";

/** Generated for one number of words per state. */
export interface Exchange {
  /** Hashes the first `n` successors of `worker` and puts each into the list of its owner; fills `counts`. */
  route(successors: Successors, worker: number, n: number, counts: Int32Array): void;
  /**
   * Takes in the first `n` successors of a list, whose part of the table ends before slot `end`.
   *
   * Leaves those for which that is too early in the list, from its beginning.
   *
   * @returns how many are new; `left` is how many are left in the list.
   */
  takeIn(store: StateStore, successors: Successors, listAt: number, n: number, end: number): number;
  left: number;
}

/** Successors whose slots are read before the first one is needed. */
const block = 128;

/** The first slot behind the part of `owner`. The table has at least 65,536 slots. */
export function partEnd(owner: number, workers: number, shift: number): number {
  return Math.ceil((owner + 1) * 65_536 / workers) * 2 ** (16 - shift);
}

/** Makes the functions for a number of words per state. */
export function compileExchange(words: number): Exchange {
  const each = (text: (k: number) => string, between = " "): string =>
    Array.from({ length: words }, (_, k) => text(k)).join(between);
  const same = (array: string): string => each((k) => `${array}[base + ${k}] === d${k}`, " && ");
  const source = `"use strict";
const read = new Int32Array(${block});
const exchange = { left: 0, route, takeIn };
function route({ states, hashes, lists, workers, capacity }, worker, n, counts) {
  const first = worker * capacity;
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    const at = (first + i) * ${words};
    let hash = 0x9e3779b9 | 0;
    ${each((k) => `hash = Math.imul(hash ^ states[at + ${k}], 0x85ebca6b); hash ^= hash >>> 15;`)}
    hash = Math.imul(hash, 0xc2b2ae35); hash ^= hash >>> 16;
    hashes[first + i] = hash;
    const owner = ((hash >>> 16) * workers) >>> 16;
    lists[(worker * workers + owner) * capacity + counts[owner]++] = first + i;
  }
}
function takeIn({ arena, table, mask, shift, count }, { states, hashes, slots, targets, lists }, listAt, n, end) {
  const bits = 32 - shift;
  let fresh = 0, left = 0;
  for (let begin = 0; begin < n; begin += ${block}) {
    const stop = Math.min(${block}, n - begin);
    for (let i = 0; i < stop; i++) read[i] = table[hashes[lists[listAt + begin + i]] >>> shift];
    for (let i = 0; i < stop; i++) read[i] = arena[(read[i] & mask) * ${words}];
    for (let i = 0; i < stop; i++) {
      const successor = lists[listAt + begin + i];
      const at = successor * ${words};
      ${each((k) => `const d${k} = states[at + ${k}];`)}
      const hash = hashes[successor];
      const tag = hash << bits;
      let found = -1, target = count + successor;
      for (let slot = hash >>> shift;; slot++) {
        if (slot >= end) { lists[listAt + left++] = successor; break; }
        const entry = table[slot];
        if (entry === 0) { table[slot] = tag | (count + successor + 1); found = slot; fresh++; break; }
        if (((entry ^ tag) & ~mask) !== 0) continue;
        const number = (entry & mask) - 1;
        if (number < count) {
          const base = number * ${words};
          if (${same("arena")}) { target = number; break; }
        } else {
          const base = (number - count) * ${words};
          if (${same("states")}) { target = number; break; }
        }
      }
      slots[successor] = found;
      targets[successor] = target;
    }
  }
  exchange.left = left;
  return fresh;
}
return exchange;`;
  return new Function(source)() as Exchange;
}

/** Takes in one successor that an owner had to leave, past the end of its part. @returns whether it is new. */
export function takeInLeft(store: StateStore, successors: Successors, successor: number): boolean {
  const { arena, table, mask, shift, count, words } = store;
  const { states, hashes, slots, targets } = successors;
  const hash = hashes[successor]!;
  const tag = hash << (32 - shift);
  for (let slot = hash >>> shift;; slot = (slot + 1) & mask) {
    const entry = table[slot]!;
    if (entry === 0) {
      table[slot] = tag | (count + successor + 1);
      slots[successor] = slot;
      targets[successor] = count + successor;
      return true;
    }
    if (((entry ^ tag) & ~mask) !== 0) continue;
    const number = (entry & mask) - 1;
    const [there, base] = number < count ? [arena, number] : [states, number - count];
    let same = true;
    for (let k = 0; k < words && same; k++) {
      same = there[base * words + k] === states[successor * words + k];
    }
    if (!same) continue;
    targets[successor] = number;
    return false;
  }
}

/**
 * Gives the new ones among the first `n` successors of `worker` the numbers from `first` on, and their places.
 *
 * @param onNew Called with each number, when the state is there.
 */
export function numberFresh(
  { arena, table, mask, parents, moves, words }: StateStore,
  successors: Successors,
  worker: number,
  n: number,
  first: number,
  onNew: (number: number) => void,
): void {
  const { states, slots, numbers, capacity } = successors;
  let number = first;
  for (let successor = worker * capacity; successor < worker * capacity + n; successor++) {
    const slot = slots[successor]!;
    if (slot < 0) continue;
    for (let k = 0; k < words; k++) arena[number * words + k] = states[successor * words + k]!;
    parents[number] = successors.parents[successor]!;
    moves[number] = successors.moves[successor]!;
    table[slot] = (table[slot]! & ~mask) | (number + 1);
    numbers[successor] = number;
    onNew(number++);
  }
}
