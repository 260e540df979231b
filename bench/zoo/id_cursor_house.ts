/**
 * What goes wrong with numbers that are handed out going round.
 *
 * @module
 */
import {
  type BitState,
  correct,
  implementation,
  model,
  size,
  wordBits,
  wordCount,
  wordOf,
} from "./id_cursor.ts";
import { below, plant, type ZooHouse } from "./zoo.ts";

/** The numbers' house. */
export function idCursorHouse(): ZooHouse {
  const usedOf = (state: BitState, word: number): number =>
    below(wordBits).filter((index) => (state.words[word]! >> index & 1) === 1).length;
  return {
    name: "id-cursor",
    model,
    walk: { weights: { take: 5, pair: 2, give: 5, left: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "first-word-not-revisited": {
        title: "after going round, the numbers before the cursor in its own word are not looked at",
        rule: { bitsOf: (word, cursor, turn) => turn === "last" ? [] : correct.bitsOf(word, cursor, turn) },
      },
      "full-bit-stays": {
        title: "a full word stays marked as full when its last number is given back",
        rule: { clearsFull: (_state, number) => number % wordBits !== wordBits - 1 },
      },
      "full-bit-of-the-last-word": {
        title: "a full last word stays marked as full unless all others are full too",
        rule: {
          clearsFull: ({ full }, number) => number < size - wordBits || full === (1 << wordCount) - 1,
        },
      },
      "full-too-early": {
        title: "a word counts as full when its first and its last number are in use",
        rule: { isFull: (words, word) => (words[word]! & 0b101) === 0b101 },
      },
      "cursor-stays-at-the-end": {
        title: "after a pair at the end the last number is still looked at first",
        rule: {
          cursorAfter: (number, count) => count === 2 ? Math.min(size - 1, number + 2) : (number + 1) % size,
        },
      },
      "cursor-follows-when-full": {
        title: "a number that is given back while none is left becomes the one that is looked at first",
        rule: { cursorAfterGive: ({ cursor, left }, number) => left === 1 ? number : cursor },
      },
      "cursor-steps-back": {
        title: "giving back the last number that was handed out lets it be handed out again",
        rule: {
          cursorAfterGive: ({ cursor, words }, number) =>
            number + 1 === cursor && words[wordOf(number)] === 0 ? number : cursor,
        },
      },
      "pair-across-the-end": {
        title: "the last number and the first count as neighbours",
        rule: { pairs: (cursor) => below(size).map((index) => (cursor + index) % size) },
      },
      "pair-across-words-late": {
        title: "a pair across two words is looked for only when no word has one inside",
        rule: {
          pairs: (cursor) => {
            const all = correct.pairs(cursor);
            const across = (at: number): boolean => at % wordBits === wordBits - 1;
            return [...all.filter((at) => !across(at)), ...all.filter(across)];
          },
        },
      },
      "pair-at-the-end-counts-once": {
        title: "a pair that fills the last word is counted as one number",
        rule: {
          leftAfterPair: (state, number) =>
            state.left - (number === size - 2 && usedOf(state, wordCount - 1) === wordBits ? 1 : 2),
        },
      },
      "eleventh-give-lost": {
        title: "every eleventh number that is given back is lost",
        rule: {
          gives(state) {
            state.given = (state.given + 1) % 11;
            return state.given !== 0;
          },
        },
      },
      "count-of-gives-wraps": {
        title:
          "numbers that were given back are counted in four bits, and the count of those left loses the carry",
        rule: {
          leftAfterGive(state) {
            state.given = (state.given + 1) % 16;
            return state.given === 0 ? state.left : state.left + 1;
          },
        },
      },
    }),
  };
}
