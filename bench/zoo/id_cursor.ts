/**
 * Numbers that are handed out going round: the next free one after the last, or two neighbours at once.
 *
 * The model knows which numbers are in use; the implementation has words of three bits, a bit per word that is full,
 * a cursor and a count.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done; `left` asks for the free numbers. */
export type Command =
  | { readonly kind: "take" | "pair" | "left" }
  | { readonly kind: "give"; readonly number: number };

/** What is answered. */
export type Reply =
  | { readonly kind: "exhausted" | "given" }
  | { readonly kind: "taken"; readonly number: number }
  | { readonly kind: "left"; readonly count: number };

/** What the model knows. */
export interface UseState {
  inUse: boolean[];
  /** The number that is looked at first. */
  from: number;
}

/** What the implementation knows. */
export interface BitState {
  words: number[];
  /** A bit per word without a free number. */
  full: number;
  cursor: number;
  left: number;
  given: number;
}

/** What a mistake may replace. */
export interface CursorRules {
  /** Numbers of a word that are looked at in a turn; the word of the cursor comes twice. */
  bitsOf(word: number, cursor: number, turn: "first" | "between" | "last"): readonly number[];
  isFull(words: readonly number[], word: number): boolean;
  clearsFull(state: BitState, number: number): boolean;
  cursorAfter(number: number, count: number): number;
  cursorAfterGive(state: BitState, number: number): number;
  leftAfterGive(state: BitState, number: number): number;
  gives(state: BitState, number: number): boolean;
  /** Where a pair may begin, in the order in which it is looked for. */
  pairs(cursor: number): readonly number[];
  leftAfterPair(state: BitState, number: number): number;
}

/** Numbers of a word. */
export const wordBits = 3;
/** Words. */
export const wordCount = 3;
/** Numbers in all. */
export const size: number = wordBits * wordCount;
const fullWord = (1 << wordBits) - 1;

const bit = (number: number): number => 1 << number % wordBits;
/** The word of a number. */
export const wordOf = (number: number): number => Math.floor(number / wordBits);

/** The rules without a mistake. */
export const correct: CursorRules = {
  bitsOf: (_word, cursor, turn) =>
    below(wordBits).filter((index) =>
      turn === "between" || (turn === "first") === (index >= cursor % wordBits)
    ),
  isFull: (words, word) => words[word] === fullWord,
  clearsFull: () => true,
  cursorAfter: (number, count) => (number + count) % size,
  cursorAfterGive: ({ cursor }) => cursor,
  leftAfterGive: ({ left }) => left + 1,
  gives: () => true,
  pairs: (cursor) => below(size).map((index) => (cursor + index) % size).filter((at) => at + 1 < size),
  leftAfterPair: ({ left }) => left - 2,
};

const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["take", "pair", "left"]) }),
    z.strictObject({ kind: z.literal("give"), number: z.int().min(0).max(size - 1) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "take" },
  { kind: "pair" },
  { kind: "left" },
  ...below(size).map((number) => ({ kind: "give", number }) as const),
];

/** Which numbers are in use. */
export const model: Machine<UseState, Command, Reply> = {
  ...plain,
  name: "id-cursor",
  schema: {
    ...schema,
    state: z.strictObject({
      inUse: z.array(z.boolean()).length(size),
      from: z.int().min(0).max(size - 1),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ inUse: below(size).map(() => false), from: 0 }),
  step(state, command) {
    const { inUse, from } = state;
    const round = [...below(size).slice(from), ...below(from)];
    switch (command.kind) {
      case "take": {
        const number = round.find((each) => !inUse[each]);
        if (number === undefined) return { kind: "exhausted" };
        inUse[number] = true;
        state.from = number === size - 1 ? 0 : number + 1;
        return { kind: "taken", number };
      }
      case "pair": {
        // The last number and the first are no neighbours.
        const number = round.find((each) => inUse[each] === false && inUse[each + 1] === false);
        if (number === undefined) return { kind: "exhausted" };
        inUse.fill(true, number, number + 2);
        state.from = number === size - 2 ? 0 : number + 2;
        return { kind: "taken", number };
      }
      case "give":
        if (!inUse[command.number]) return undefined;
        inUse[command.number] = false;
        return { kind: "given" };
      case "left":
        return { kind: "left", count: inUse.filter((used) => !used).length };
    }
  },
};

function mark(state: BitState, number: number, rules: CursorRules): void {
  const word = wordOf(number);
  state.words[word]! |= bit(number);
  if (rules.isFull(state.words, word)) state.full |= 1 << word;
}

function find(state: BitState, rules: CursorRules): number | undefined {
  const { words, full, cursor } = state;
  for (let index = 0; index <= wordCount; index++) {
    const word = (wordOf(cursor) + index) % wordCount;
    if ((full >> word & 1) === 1) continue;
    const turn = index === 0 ? "first" : index === wordCount ? "last" : "between";
    const free = rules.bitsOf(word, cursor, turn).find((each) => (words[word]! >> each & 1) === 0);
    if (free !== undefined) return word * wordBits + free;
  }
  return undefined;
}

function take(state: BitState, rules: CursorRules): Reply {
  const number = find(state, rules);
  if (number === undefined) return { kind: "exhausted" };
  mark(state, number, rules);
  state.left--;
  state.cursor = rules.cursorAfter(number, 1);
  return { kind: "taken", number };
}

function pair(state: BitState, rules: CursorRules): Reply {
  const isFree = (number: number): boolean => (state.words[wordOf(number)]! & bit(number)) === 0;
  const number = rules.pairs(state.cursor).find((at) => isFree(at) && isFree((at + 1) % size));
  if (number === undefined) return { kind: "exhausted" };
  mark(state, number, rules);
  mark(state, (number + 1) % size, rules);
  state.left = rules.leftAfterPair(state, number);
  state.cursor = rules.cursorAfter(number, 2);
  return { kind: "taken", number };
}

function give(state: BitState, number: number, rules: CursorRules): Reply {
  if (!rules.gives(state, number)) return { kind: "given" };
  const word = wordOf(number);
  const clears = rules.clearsFull(state, number);
  state.words[word]! &= ~bit(number);
  if (clears) state.full &= ~(1 << word);
  state.left = rules.leftAfterGive(state, number);
  state.cursor = rules.cursorAfterGive(state, number);
  return { kind: "given" };
}

/** Words of bits. */
export function implementation(rules: CursorRules): Machine<BitState, Command, Reply> {
  return {
    ...plain,
    name: "id-cursor over words",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ words: below(wordCount).map(() => 0), full: 0, cursor: 0, left: size, given: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "take":
          return take(state, rules);
        case "pair":
          return pair(state, rules);
        case "give":
          return give(state, command.number, rules);
        case "left":
          return { kind: "left", count: state.left };
      }
    },
  };
}
