/**
 * Expanding states without running their steps: decisions learnt from watched runs, as generated code.
 *
 * It does exactly what running every step does, in the same order, so that numbers, traces and verdicts are the
 * same. Moves whose behaviour can not be learnt are run. Now and then a state is expanded in both ways, so
 * that a machine whose steps depend on more than the state is found out.
 *
 * @module
 */
import type { AnyCommand, World } from "../machine.ts";
import { DecisionTree, firstEffect, plain, refused, unknown } from "./decision_tree.ts";
import { Recorder } from "./recorder.ts";
import type { Search } from "./search.ts";

/** What the generated loop and the rest of the search tell each other. */
interface Shared {
  nodes: Int32Array;
  effects: Int32Array;
  roots: Int32Array;
  /** Generated from the trees: writes successors into `found`, returns how many, sets `stop`. */
  generate: (s: Int32Array, at: number, found: Int32Array, by: Int32Array) => number;
  /** The first move that `generate` or the walk has not dealt with. */
  stop: number;
  transitions: number;
}

/** Every how many states one is expanded in both ways. */
const verifiedEvery = 256;

/** Nodes above which trees are walked rather than turned into code. */
const maximumCodeNodes = 4_000;

/** Watching a run costs about as much as this many lookups save. */
const missCost = 50;
/** Misses that every move has for free. */
const freeMisses = 256;

/** Expands states of one search. */
export class FastExpander<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #recorder: Recorder<State>;
  readonly #tree: DecisionTree;
  readonly #shared: Shared;
  readonly #loop: (from: number, to: number) => number;
  readonly #misses: Uint32Array;
  #givenUp = 0;
  /** States that were expanded before those that are numbered now. */
  passed = 0;
  #learntAt = 0;
  #generatedFor = -1;
  /** Transitions before which no code is made again. */
  #generatedAt = 10_000;

  constructor(search: Search<State, Command, Reply, Start, View>) {
    this.#search = search;
    this.#recorder = new Recorder(search.codec, search.choices);
    this.#tree = new DecisionTree(search.codec.words, search.moves.count);
    this.#misses = new Uint32Array(search.moves.count);
    const { nodes, effects, roots } = this.#tree;
    this.#shared = { nodes, effects, roots, generate: () => 0, stop: 0, transitions: 0 };
    this.#loop = compileLoop(search.codec.words, search.moves.count, {
      shared: this.#shared,
      search,
      store: search.store,
      taken: search.taken,
      edges: search.edges,
      slow: (index: number, move: number) => this.#slow(index, move),
      verify: (index: number) => this.#verify(index),
    });
  }

  /** Whether a search can be expanded in this way: nothing needs to see the steps themselves. */
  static suits(search: Search<never, never, never, never, never>): boolean {
    const root = search.codec.placement.root.kind;
    return search.observer === undefined && search.canonical === undefined && search.codec.words <= 32 &&
      (root === "object" || root === "list");
  }

  /** Expands states up to `to`, or fewer; returns the first one that is not expanded. */
  expand(from: number, to: number): number {
    this.#regenerate();
    return this.#loop(from, to);
  }

  /** Transitions since the last call. */
  takeTransitions(): number {
    const { transitions } = this.#shared;
    this.#shared.transitions = 0;
    return transitions;
  }

  /** Code is made from the trees once they have stopped growing for a while. */
  #regenerate(): void {
    const size = this.#tree.size;
    const transitions = this.#search.transitions;
    const grew = size !== this.#learntAt;
    this.#learntAt = size;
    if (grew || this.#generatedFor === size || transitions < this.#generatedAt) return;
    this.#generatedFor = size;
    this.#generatedAt = transitions * 2;
    const generate = compileTrees(this.#tree, this.#search.moves.count, this.#shared);
    if (generate !== undefined) this.#shared.generate = generate;
  }

  /** Deals with a move that the trees do not know in this state. */
  #slow(index: number, move: number): boolean {
    this.#teach(index, move);
    return this.#search.expandMove(index, move);
  }

  #giveUp(move: number): void {
    this.#tree.giveUp(move);
    this.#givenUp++;
  }

  /** Whether looking up pays: most moves could be learnt. */
  get isWorthwhile(): boolean {
    return this.#givenUp * 2 <= this.#search.moves.count;
  }

  #teach(index: number, move: number): void {
    const search = this.#search;
    const tree = this.#tree;
    if (tree.roots[move] === plain) return;
    // Every move was looked up once in every state so far.
    const misses = ++this.#misses[move]!;
    if ((misses - freeMisses) * missCost > this.passed + index) {
      this.#giveUp(move);
      return;
    }
    const { machine, moves, choices, store } = search;
    const command = moves.command(move);
    const run = (state: State, world: World<never>): unknown =>
      command === undefined
        ? machine.internal![moves.internalName(move)!]!.move(state, world)
        : machine.step(state, command, world as World<Reply>);
    choices.reset();
    do {
      const recording = this.#recorder.record(store.arena, index * store.words, run);
      if (!tree.learn(move, recording)) {
        this.#giveUp(move);
        search.impure(index, move);
        break;
      }
    } while (choices.advance());
    this.#shared.nodes = tree.nodes;
    this.#shared.effects = tree.effects;
  }

  /** Runs the steps of a state and compares them with what the trees say. */
  #verify(index: number): void {
    const search = this.#search;
    const { store, codec, moves, choices, machine } = search;
    const { nodes, effects, roots } = this.#tree;
    const { words, arena } = store;
    const at = index * words;
    const after = new Int32Array(words);
    for (let move = 0; move < moves.count; move++) {
      let place = roots[move]!;
      while (place > 0 && nodes[place]! >= 0) {
        place = nodes[place + 3 + ((arena[at + nodes[place]!]! >>> nodes[place + 1]!) & nodes[place + 2]!)]!;
      }
      if (place >= unknown || place === plain) continue;
      choices.reset();
      choices.rewind();
      const state = codec.unpack(arena, at);
      const command = moves.command(move);
      let answer: unknown;
      try {
        answer = command === undefined
          ? machine.internal![moves.internalName(move)!]!.move(state, choices)
          : machine.step(state, command, choices as World<Reply>);
      } catch {
        return search.impure(index, move);
      }
      if ((answer === undefined) !== (place === refused)) return search.impure(index, move);
      if (answer === undefined) continue;
      codec.pack(state, after, 0);
      const effect = (firstEffect - place) * 2 * words;
      for (let k = 0; k < words; k++) {
        const expected = (arena[at + k]! & effects[effect + 2 * k]!) | effects[effect + 2 * k + 1]!;
        if (after[k] !== expected) return search.impure(index, move);
      }
    }
  }
}

interface LoopEnvironment {
  readonly shared: Shared;
  readonly search: unknown;
  readonly store: unknown;
  readonly taken: Uint32Array;
  readonly edges: unknown;
  slow(index: number, move: number): boolean;
  verify(index: number): void;
}

/** The loop over states, for one number of words, with type feedback of its own. */
function compileLoop(
  words: number,
  moves: number,
  environment: LoopEnvironment,
): (from: number, to: number) => number {
  const each = (text: (k: number) => string, between = " "): string =>
    Array.from({ length: words }, (_, k) => text(k)).join(between);
  const source = `"use strict";
const { shared, search, store, taken, edges, slow, verify } = E;
const found = new Int32Array(${moves * words});
const by = new Int32Array(${moves});
let arena, table, mask, limit, parents, reached;
function reload() {
  arena = store.arena; table = store.table; mask = store.mask;
  parents = store.parents; reached = store.moves;
  limit = store.fullAt;
}
/** Takes in the first \`n\` successors; false = the search ends. */
function take(index, n) {
  let count = store.count;
  for (let i = 0; i < n; i++) {
    const at = i * ${words};
    ${each((k) => `const d${k} = found[at + ${k}];`)}
    let hash = 0x9e3779b9 | 0;
    ${each((k) => `hash = Math.imul(hash ^ d${k}, 0x85ebca6b); hash ^= hash >>> 15;`)}
    hash = Math.imul(hash, 0xc2b2ae35); hash ^= hash >>> 16;
    const tag = hash & ~mask;
    let slot = hash & mask;
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
    if (target < 0) {
      if (count >= search.maximumStates) { search.tooMany(); shared.transitions++; taken[move]++; return false; }
      target = count;
      const base = count * ${words};
      ${each((k) => `arena[base + ${k}] = d${k};`)}
      parents[count] = index;
      reached[count] = move;
      table[slot] = (tag | (count + 1)) >>> 0;
      store.count = ++count;
      search.discovered(target);
      if (count >= limit) search.room();
      if (search.stoppedBy !== undefined) { shared.transitions++; taken[move]++; return false; }
      if (count >= limit) reload();
    }
    shared.transitions++;
    taken[move]++;
    if (edges !== undefined) edges.add(target, move);
  }
  return true;
}
return function expand(from, to) {
  reload();
  const roots = shared.roots;
  for (let index = from; index < to; index++) {
    if (index % ${verifiedEvery} === ${verifiedEvery - 1}) verify(index);
    if (edges !== undefined) edges.begin();
    const s = index * ${words};
    let moved = false;
    shared.stop = 0;
    let n = shared.generate(arena, s, found, by);
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
    each((k) =>
      `found[at + ${k}] = (arena[s + ${k}] & effects[effect + ${2 * k}]) | effects[effect + ${2 * k + 1}];`
    )
  }
        by[n++] = move;
        continue;
      }
      if (n > 0) {
        moved = true;
        if (!take(index, n)) { edges?.markIncomplete(index); return index + 1; }
        n = 0;
      }
      if (slow(index, move)) moved = true;
      if (search.stoppedBy !== undefined) { edges?.markIncomplete(index); return index + 1; }
      reload();
    }
    if (n > 0) {
      moved = true;
      if (!take(index, n)) { edges?.markIncomplete(index); return index + 1; }
    }
    if (!moved) search.ended(index);
    if (search.stoppedBy !== undefined) return index + 1;
  }
  return to;
};`;
  return new Function("E", source)(environment) as (from: number, to: number) => number;
}

/** The trees as nested tests over words in local variables, or `undefined` when they are too large for that. */
function compileTrees(tree: DecisionTree, moves: number, shared: Shared): Shared["generate"] | undefined {
  const { nodes, roots, effects, words } = tree;
  let count = 0;
  const effectCode = (end: number): string => {
    const at = (firstEffect - end) * 2 * words;
    const parts = Array.from({ length: words }, (_, k) => {
      const keep = effects[at + 2 * k]!;
      const set = effects[at + 2 * k + 1]!;
      const kept = keep === -1 ? `s${k}` : `(s${k} & ${keep})`;
      return `d${k} = ${set === 0 ? kept : `${kept} | ${set}`};`;
    });
    return parts.join(" ");
  };
  const branch = (place: number, move: number): string => {
    if (place === refused) return `break m${move};`;
    if (place <= firstEffect) return effectCode(place);
    if (place <= unknown || nodes[place]! < 0) return `{ S.stop = ${move}; return n; }`;
    if (++count > maximumCodeNodes) return "";
    const [word, shift, mask] = [nodes[place]!, nodes[place + 1]!, nodes[place + 2]!];
    const value = `((s${word} >>> ${shift}) & ${mask})`;
    const byCode = new Map<string, number[]>();
    for (let code = 0; code <= mask; code++) {
      const text = branch(nodes[place + 3 + code]!, move);
      byCode.set(text, [...(byCode.get(text) ?? []), code]);
    }
    const groups = [...byCode].sort((one, other) => one[1].length - other[1].length);
    const last = groups.pop()!;
    if (groups.length === 0) return last[0];
    if (groups.length === 1 && groups[0]![1].length === 1) {
      return `if (${value} === ${groups[0]![1][0]}) { ${groups[0]![0]} } else { ${last[0]} }`;
    }
    const cases = groups.map(([text, codes]) =>
      `${codes.map((code) => `case ${code}:`).join(" ")} { ${text} break; }`
    );
    return `switch (${value}) { ${cases.join("\n")} default: { ${last[0]} } }`;
  };
  const body: string[] = [];
  for (let move = 0; move < moves; move++) {
    const code = branch(roots[move]!, move);
    if (count > maximumCodeNodes) return undefined;
    const write = Array.from({ length: words }, (_, k) => `f[n * ${words} + ${k}] = d${k};`).join(" ");
    body.push(`m${move}: { ${code} ${write} by[n++] = ${move}; }`);
  }
  const each = (text: (k: number) => string): string =>
    Array.from({ length: words }, (_, k) => text(k)).join(" ");
  const source = `"use strict"; return function generate(arena, at, f, by) {
    ${each((k) => `const s${k} = arena[at + ${k}];`)}
    ${each((k) => `let d${k} = 0;`)}
    let n = 0;
    ${body.join("\n")}
    S.stop = ${moves};
    return n;
  };`;
  return new Function("S", source)(shared) as Shared["generate"];
}
