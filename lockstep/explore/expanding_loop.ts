/**
 * The inner loop of a search whose steps are looked up: generated for one number of words, so that it has type
 * feedback of its own.
 *
 * Successors of many states are gathered before any is looked for in the table. Then all their slots are read,
 * and all the states these name, before the first answer is needed: the processor waits for many of them at once.
 *
 * @module
 */
import { firstEffect, refused } from "./decision_tree.ts";
import type { EdgeStore } from "./edge_store.ts";
import type { StateStore } from "./state_store.ts";
import type { Sink } from "./successors.ts";
import type { Generate, TreeShared } from "./tree_code.ts";

/** What the loop and the rest of the search tell each other. */
export interface LoopShared extends TreeShared {
  /** Generated from the trees; at first it leaves all moves to the loop. */
  generate: Generate;
  transitions: number;
}

/** What the loop asks of its search. */
export interface LoopSearch {
  readonly maximumStates: number;
  readonly stoppedBy: string | undefined;
  tooMany(): void;
  discovered(index: number): void;
  room(): boolean;
  ended(index: number): void;
}

/** Everything that the loop reaches. */
export interface LoopEnvironment {
  readonly shared: LoopShared;
  readonly search: LoopSearch;
  readonly store: StateStore;
  readonly taken: Uint32Array;
  readonly edges: EdgeStore | undefined;
  /** Where all successors go instead of the store. */
  readonly sink: Sink | undefined;
  /** Deals with a move that the trees do not know in this state; returns whether it was possible. */
  slow(index: number, move: number): boolean;
  /** Compares what the trees say of a state with what its steps do. */
  verify(index: number): void;
}

/** Every how many states one is expanded in both ways. */
const verifiedEvery = 256;

/** Successors that are gathered. */
const gathered = 256;

/** Expands states up to `to`, or fewer; returns the first one that is not expanded. */
export type ExpandingLoop = (from: number, to: number) => number;

/** Loops are kept: the next search of the same shape, such as that of a variant, finds machine code. */
const loops: Map<string, (environment: LoopEnvironment) => ExpandingLoop> = new Map();
const maximumLoops = 64;

/** Makes the loop for a number of words per state and of moves. */
export function compileLoop(words: number, moves: number, environment: LoopEnvironment): ExpandingLoop {
  const { sink, shared } = environment;
  shared.room = sink === undefined ? 2 * gathered : sink.capacity - moves;
  const source = sink === undefined ? storing(words, moves) : sinking(words, moves);
  let make = loops.get(source);
  if (make === undefined) {
    make = new Function("E", `"use strict";\n${source}`) as (environment: LoopEnvironment) => ExpandingLoop;
    if (loops.size < maximumLoops) loops.set(source, make);
  }
  return make(environment);
}

function eachWord(words: number, text: (k: number) => string, between = " "): string {
  return Array.from({ length: words }, (_, k) => text(k)).join(between);
}

/**
 * What both loops do with one state: its successors are put behind the first `n`, and `unknown` is done for a move
 * that the trees do not know.
 */
function successors(words: number, moves: number, unknown: string): string {
  return `
    const s = index * ${words};
    shared.stop = 0;
    n = shared.generate(arena, s, found, by, n);
    for (let move = shared.stop; move < ${moves}; move++) {
      const nodes = shared.nodes;
      let place = roots[move];
      while (place > 0) {
        const word = nodes[place];
        if (word < 0) break;
        place = nodes[place + 3 + ((arena[s + word] >>> nodes[place + 1]) & nodes[place + 2])];
      }
      if (place === ${refused}) continue;
      if (place <= ${firstEffect}) {
        const effects = shared.effects;
        const effect = (${firstEffect} - place) * ${2 * words};
        const at = n * ${words};
        ${
    eachWord(
      words,
      (k) =>
        `found[at + ${k}] = (arena[s + ${k}] & effects[effect + ${2 * k}]) | effects[effect + ${2 * k + 1}];`,
    )
  }
        by[n++] = move;
        continue;
      }
      if (place > 0) {
        const more = shared.branch(place, arena, s, found, by, n, move);
        if (more >= 0) { n = more; continue; }
      }
      ${unknown}
    }`;
}

/** The loop that looks for each successor in the store, and adds it there. */
function storing(words: number, moves: number): string {
  const each = (text: (k: number) => string, between = " "): string => eachWord(words, text, between);
  const capacity = 2 * gathered + moves;
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
    let hash = 0x9e3779b9 | 0;
    ${each((k) => `hash = Math.imul(hash ^ found[at + ${k}], 0x85ebca6b); hash ^= hash >>> 15;`)}
    hash = Math.imul(hash, 0xc2b2ae35); hash ^= hash >>> 16;
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
    ${each((k) => `const d${k} = found[at + ${k}];`)}
    const hash = hashes[i];
    const tag = hash << bits;
    let slot = hash >>> shift;
    let target = -1;
    for (;;) {
      const entry = table[slot];
      if (entry === 0) break;
      if (((entry ^ tag) & ~mask) === 0) {
        const base = ((entry & mask) - 1) * ${words};
        if (${each((k) => `arena[base + ${k}] === d${k}`, " && ")}) { target = (entry & mask) - 1; break; }
      }
      slot = (slot + 1) & mask;
    }
    const move = by[i];
    taken[move]++;
    if (target < 0) {
      const index = from[i];
      if (count >= search.maximumStates) { search.tooMany(); shared.transitions += i + 1; return index; }
      target = count;
      const base = count * ${words};
      ${each((k) => `arena[base + ${k}] = d${k};`)}
      parents[count] = index;
      reached[count] = move;
      table[slot] = tag | (count + 1);
      store.count = ++count;
      search.discovered(target);
      if (count >= limit) search.room();
      if (search.stoppedBy !== undefined) { shared.transitions += i + 1; return index; }
      if (count >= limit) reload();
    }
    if (edges !== undefined) edges.add(target, move);
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
    successors(
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

/** The loop that leaves all successors to others. */
function sinking(words: number, moves: number): string {
  return `
const { shared, search, store, taken, sink, slow, verify } = E;
const found = sink.states, by = sink.moves, from = sink.parents;
return function expand(first, to) {
  const arena = store.arena;
  const roots = shared.roots;
  let n = sink.count;
  for (let index = first; index < to; index++) {
    if (index % ${verifiedEvery} === ${verifiedEvery - 1}) verify(index);
    if (n + ${moves} > sink.capacity) sink.isOverfull = true;
    if (sink.isOverfull) break;
    let moved = false;
    let begun = n;
    ${
    successors(
      words,
      moves,
      `
      if (n > begun) moved = true;
      while (begun < n) { shared.transitions++; taken[by[begun]]++; from[begun++] = index; }
      sink.count = n;
      if (slow(index, move)) moved = true;
      n = begun = sink.count;`,
    )
  }
    if (n > begun) moved = true;
    while (begun < n) { shared.transitions++; taken[by[begun]]++; from[begun++] = index; }
    if (!moved) search.ended(index);
    if (n > sink.capacity) {
      sink.isOverfull = true;
      n = sink.capacity;
    }
  }
  sink.count = n;
  return to;
};`;
}
