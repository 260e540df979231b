/**
 * What the generated loops do with one state: find its successors by walking the trees.
 *
 * @module
 */
import { firstEffect, refused } from "./decision_tree.ts";
import { eachWord } from "./word_code.ts";

/** Successors that are gathered before they are looked for. */
export const gathered = 256;

/**
 * Successors that may be there when a choice has added its own: any choice of up to as many as are gathered fits.
 * Moves without a choice add one each, behind that if need be.
 */
export const gatherRoom: number = 2 * gathered;

/**
 * What both loops do with one state: its successors are put behind the first `n`, and `unknown` is done for a move
 * that the trees do not know.
 */
export function successorCode(words: number, moves: number, unknown: string): string {
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
