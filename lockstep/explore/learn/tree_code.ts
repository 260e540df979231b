/**
 * Decision trees as generated code: nested tests over the words of a state in local variables.
 *
 * Only narrow decisions become code. A value of many bits (a cursor, a counter) goes on showing values that were
 * not there when the code was made; from there on, and where no run has been, the code walks the tree.
 *
 * @module
 */
import { type DecisionTree, firstEffect, plain, refused } from "./decision_tree.ts";

/** Writes successors of the state at `at` behind the first `n` ones; returns how many there are then. */
export type Generate = (
  arena: Int32Array,
  at: number,
  found: Int32Array,
  by: Int32Array,
  n: number,
) => number;

/** What generated code reads and tells. */
export interface TreeShared {
  /** The tree's, at any time. */
  nodes: Int32Array;
  effects: Int32Array;
  readonly roots: Int32Array;
  /** The first move that was not dealt with, nor any after it. */
  stop: number;
  /** Deals with a choice: see {@link DecisionTree.successors}. Every successor is noted as one by `move`. */
  branch(
    place: number,
    arena: Int32Array,
    at: number,
    found: Int32Array,
    by: Int32Array,
    n: number,
    move: number,
  ): number;
}

/** Nodes above which trees are walked rather than turned into code. */
export const maximumCodeNodes = 128;

/** The widest node that becomes code, less one. */
const maximumMask = 7;

/**
 * The trees of all moves as one function. What the tests of a move end in either leaves the move (`m`), or leaves
 * `x` with a successor in `d`.
 */
export class TreeCode {
  readonly #tree: DecisionTree;
  readonly #body: readonly string[];
  #walks = false;
  /** Nodes that have become code; past the maximum the code is not complete. */
  nodeCount = 0;

  constructor(tree: DecisionTree) {
    this.#tree = tree;
    this.#body = Array.from(tree.roots, (_, move) => this.#move(move));
  }

  /** The function, which reads and tells through `shared`. */
  compile(shared: TreeShared): Generate {
    const each = (text: (k: number) => string): string =>
      Array.from({ length: this.#tree.words }, (_, k) => text(k)).join(" ");
    const source = `"use strict"; return function generate(arena, at, f, by, n) {
      const N = S.nodes, F = S.effects, R = S.roots;
      ${each((k) => `const s${k} = arena[at + ${k}];`)}
      ${each((k) => `let d${k} = 0;`)}
      let p = 0, e = 0;
      ${this.#body.join("\n")}
      S.stop = ${this.#body.length};
      return n;
    };`;
    return new Function("S", source)(shared) as Generate;
  }

  /** Goes on from place `p` of the tree. */
  #walk(move: number): string {
    const { words } = this.#tree;
    const effect = Array.from(
      { length: words },
      (_, k) => `d${k} = (s${k} & F[e + ${2 * k}]) | F[e + ${2 * k + 1}];`,
    );
    return `
      while (p > 0) {
        const w = N[p];
        if (w < 0) break;
        p = N[p + 3 + ((arena[at + w] >>> N[p + 1]) & N[p + 2])];
      }
      if (p === ${refused}) break m;
      if (p > 0) {
        p = S.branch(p, arena, at, f, by, n, ${move});
        if (p >= 0) { n = p; break m; }
        p = 0;
      }
      if (p > ${firstEffect}) { S.stop = ${move}; return n; }
      e = (${firstEffect} - p) * ${2 * words};
      ${effect.join(" ")}`;
  }

  #move(move: number): string {
    if (this.nodeCount > maximumCodeNodes) return "";
    const { roots, words } = this.#tree;
    this.#walks = false;
    const tests = this.#branch(roots[move]!, `p = R[${move}];`);
    const walk = this.#walks ? this.#walk(move) : "";
    const write = Array.from({ length: words }, (_, k) => `f[n * ${words} + ${k}] = d${k};`).join(" ");
    return `m: { x: { ${tests} ${walk} } ${write} by[n++] = ${move}; }`;
  }

  /** @param fromRoot The code that walks on from the move's root. */
  #branch(place: number, fromRoot: string): string {
    const { nodes } = this.#tree;
    if (place === refused) return `break m;`;
    if (place <= firstEffect) return `${this.#effect(place)} break x;`;
    const isNarrow = place > 0 && nodes[place]! >= 0 && nodes[place + 2]! <= maximumMask;
    if (!isNarrow) {
      this.#walks = true;
      return place > 0 || place === plain ? `p = ${place};` : fromRoot;
    }
    if (++this.nodeCount > maximumCodeNodes) return "";
    const [word, shift, mask] = [nodes[place]!, nodes[place + 1]!, nodes[place + 2]!];
    const value = `((s${word} >>> ${shift}) & ${mask})`;
    const byCode = new Map<string, number[]>();
    for (let code = 0; code <= mask; code++) {
      const text = this.#branch(nodes[place + 3 + code]!, fromRoot);
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
  }

  #effect(end: number): string {
    const { effects, words } = this.#tree;
    const at = (firstEffect - end) * 2 * words;
    return Array.from({ length: words }, (_, k) => {
      const keep = effects[at + 2 * k]!;
      const set = effects[at + 2 * k + 1]!;
      const kept = keep === -1 ? `s${k}` : `(s${k} & ${keep})`;
      return `d${k} = ${set === 0 ? kept : `${kept} | ${set}`};`;
    }).join(" ");
  }
}
