/**
 * Steps as decisions over packed bits: learnt from watched runs, walked instead of running the step again.
 *
 * @module
 */
import type { World } from "../../machine.ts";
import type { Look } from "./looks.ts";
import type { Recording } from "./recorder.ts";

/** What a walk ends with; other negative numbers name an effect. */
export const refused = -1;
/** The step must be run. */
export const plain = -2;
/** An effect is `firstEffect - n` for the n-th effect. */
export const firstEffect = -3;
/** A place in the tree that no run has reached yet. */
export const unknown = 0;

const maximumInts = 1 << 23;

/** All that trees know, in a form that can be sent to another thread. */
export interface TreeSnapshot {
  readonly nodes: Int32Array;
  readonly roots: Int32Array;
  readonly effects: Int32Array;
}

/**
 * One tree per move, all in one array.
 *
 * A node is `word, shift, mask, children...`: the child is picked by `(state[word] >>> shift) & mask`. A choice is
 * `-1, 0, count - 1, children...`. A child is the place of a node, or 0, or one of the ends above.
 */
export class DecisionTree {
  readonly words: number;
  nodes: Int32Array = new Int32Array(1 << 12);
  /** The first node of each move, or an end. */
  readonly roots: Int32Array;
  /** Per effect and word: the bits to keep, and the bits to set. */
  effects: Int32Array;
  #nodeCount = 1;
  #effectCount = 0;
  readonly #effectOf: Map<string, number> = new Map();

  constructor(words: number, moves: number) {
    this.words = words;
    this.roots = new Int32Array(moves);
    this.effects = new Int32Array(64 * words);
  }

  /** Integers in use. */
  get size(): number {
    return this.#nodeCount;
  }

  /** A copy of what is known now. */
  get snapshot(): TreeSnapshot {
    return {
      nodes: this.nodes.slice(0, this.#nodeCount),
      roots: this.roots.slice(),
      effects: this.effects.slice(0, this.#effectCount * 2 * this.words),
    };
  }

  /** Knows what other trees over the same states and moves have known, and nothing else. */
  restore({ nodes, roots, effects }: TreeSnapshot): void {
    this.nodes = nodes;
    this.#nodeCount = nodes.length;
    this.roots.set(roots);
    this.#effectCount = 0;
    this.#effectOf.clear();
    // Room for one more: it is doubled when it is full.
    this.effects = new Int32Array(effects.length + 64 * this.words);
    this.effects.set(effects);
    for (let at = 0; at < effects.length; at += 2 * this.words) {
      this.#effectOf.set(this.#effectKey(this.#effectCount), this.#effectCount++);
    }
  }

  /** Adds what a watched run of `move` has shown. @returns `false` when the step does not behave like a function. */
  learn(move: number, { looks, result, written, after }: Recording): boolean {
    let parent = -1;
    let place = move;
    for (const look of looks) {
      let node = parent < 0 ? this.roots[move]! : this.nodes[place]!;
      if (node === unknown) {
        node = this.#allocate(look);
        if (node < 0) {
          this.#set(parent, place, plain);
          return true;
        }
        this.#set(parent, place, node);
      } else if (node < 0) {
        // What ended here before looks further now.
        return node === plain;
      } else if (!this.#isAlike(node, look)) {
        return false;
      }
      parent = node;
      place = node + 3 + look.code;
    }
    const end = result === "refused" ? refused : result === "plain" ? plain : this.#effect(written, after);
    const known = parent < 0 ? this.roots[move]! : this.nodes[place]!;
    if (known !== unknown && known !== end) {
      if (end !== plain) return false;
    }
    if (known <= 0) this.#set(parent, place, end);
    return true;
  }

  /**
   * Goes on from a place, taking every alternative of each choice in turn, and puts the successors of the state at
   * `at` behind the first `n` of `found`, up to `room` of them.
   *
   * @returns how many there are then; -1 when the tree does not know all of them, or there is no room.
   */
  successors(
    place: number,
    arena: Int32Array,
    at: number,
    found: Int32Array,
    n: number,
    room: number,
  ): number {
    const { nodes, effects, words } = this;
    while (place > 0 && nodes[place]! >= 0) {
      place = nodes[place + 3 + ((arena[at + nodes[place]!]! >>> nodes[place + 1]!) & nodes[place + 2]!)]!;
    }
    if (place === refused) return n;
    if (place > 0) {
      const last = nodes[place + 2]!;
      for (let code = 0; code <= last && n >= 0; code++) {
        n = this.successors(nodes[place + 3 + code]!, arena, at, found, n, room);
      }
      return n;
    }
    if (place > firstEffect || n >= room) return -1;
    const effect = (firstEffect - place) * 2 * words;
    for (let k = 0; k < words; k++) {
      found[n * words + k] = (arena[at + k]! & effects[effect + 2 * k]!) | effects[effect + 2 * k + 1]!;
    }
    return n + 1;
  }

  /** Whether the run of `move` with the present choices is known. Choices on the way are asked for, as a run does. */
  knows(move: number, arena: Int32Array, at: number, world: Pick<World<never>, "choose">): boolean {
    const { nodes } = this;
    let place = this.roots[move]!;
    while (place > 0) {
      const word = nodes[place]!;
      const code = word < 0 ? world.choose(nodes[place + 2]! + 1) : arena[at + word]! >>> nodes[place + 1]!;
      place = nodes[place + 3 + (code & (word < 0 ? -1 : nodes[place + 2]!))]!;
    }
    return place !== unknown;
  }

  /** Never looks up `move` again. */
  giveUp(move: number): void {
    this.roots[move] = plain;
  }

  #set(parent: number, place: number, value: number): void {
    if (parent < 0) this.roots[place] = value;
    else this.nodes[place] = value;
  }

  #isAlike(node: number, { word, shift, width }: Look): boolean {
    const mask = word < 0 ? width - 1 : 2 ** width - 1;
    return this.nodes[node] === word && this.nodes[node + 1] === shift && this.nodes[node + 2] === mask;
  }

  #allocate({ word, shift, width }: Look): number {
    const children = word < 0 ? width : 2 ** width;
    const at = this.#nodeCount;
    if (at + 3 + children > maximumInts) return -1;
    if (at + 3 + children > this.nodes.length) {
      const larger = new Int32Array(Math.max(this.nodes.length * 2, at + 3 + children));
      larger.set(this.nodes);
      this.nodes = larger;
    }
    this.nodes[at] = word;
    this.nodes[at + 1] = shift;
    this.nodes[at + 2] = children - 1;
    this.#nodeCount = at + 3 + children;
    return at;
  }

  #effect(written: Int32Array, after: Int32Array): number {
    const { words } = this;
    const next = this.#effectCount;
    if ((next + 1) * 2 * words > this.effects.length) {
      const larger = new Int32Array(this.effects.length * 2);
      larger.set(this.effects);
      this.effects = larger;
    }
    for (let k = 0; k < words; k++) {
      this.effects[(next * words + k) * 2] = ~written[k]!;
      this.effects[(next * words + k) * 2 + 1] = after[k]! & written[k]!;
    }
    const key = this.#effectKey(next);
    const known = this.#effectOf.get(key);
    if (known !== undefined) return firstEffect - known;
    this.#effectOf.set(key, next);
    this.#effectCount++;
    return firstEffect - next;
  }

  /** What tells an effect from others: the words of which it changes something. */
  #effectKey(effect: number): string {
    let key = "";
    for (let k = 0; k < this.words; k++) {
      const keep = this.effects[(effect * this.words + k) * 2]!;
      if (keep !== -1) key += `${k} ${keep} ${this.effects[(effect * this.words + k) * 2 + 1]!},`;
    }
    return key;
  }
}
