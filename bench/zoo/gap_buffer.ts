/**
 * A text with a cursor, kept around a gap: inserting and erasing are cheap where the cursor is.
 *
 * The model is a string and a position; the implementation moves characters over the gap and grows it.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "insert"; readonly letter: number }
  | { readonly kind: "erase" | "left" | "right" | "read" };

type Reply =
  | { readonly kind: "inserted" | "erased" | "moved" | "full" | "edge" }
  | { readonly kind: "text"; readonly letters: readonly number[] };

interface TextState {
  letters: number[];
  cursor: number;
}

interface GapState {
  cells: number[];
  gapStart: number;
  gapEnd: number;
  erased: number;
}

interface Rules {
  grown(cells: number): number;
  /** Moves what is behind the gap to the end of the larger array. */
  tail(state: GapState): number[];
  canErase(state: GapState): boolean;
  erases(state: GapState): number;
  canGoRight(state: GapState): boolean;
  goLeft(state: GapState): void;
}

const most = 7;
const firstCells = 2;

const correct: Rules = {
  grown: (cells) => cells * 2,
  tail: ({ cells, gapEnd }) => cells.slice(gapEnd),
  canErase: ({ gapStart }) => gapStart > 0,
  erases: () => 1,
  canGoRight: ({ cells, gapEnd }) => gapEnd < cells.length,
  goLeft(state) {
    state.cells[--state.gapEnd] = state.cells[--state.gapStart]!;
  },
};

const letter = z.int().min(0).max(1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("insert"), letter }),
    z.strictObject({ kind: z.enum(["erase", "left", "right", "read"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "insert", letter: 0 },
  { kind: "insert", letter: 1 },
  { kind: "erase" },
  { kind: "left" },
  { kind: "right" },
  { kind: "read" },
];

const model: Machine<TextState, Command, Reply> = {
  ...plain,
  name: "gap-buffer",
  schema: {
    ...schema,
    state: z.strictObject({ letters: z.array(letter).max(most), cursor: z.int().min(0).max(most) }),
  },
  starts: [null],
  commands,
  initial: () => ({ letters: [], cursor: 0 }),
  step(state, command) {
    switch (command.kind) {
      case "insert":
        if (state.letters.length === most) return { kind: "full" };
        state.letters.splice(state.cursor++, 0, command.letter);
        return { kind: "inserted" };
      case "erase":
        if (state.cursor === 0) return { kind: "edge" };
        state.letters.splice(--state.cursor, 1);
        return { kind: "erased" };
      case "left":
        if (state.cursor === 0) return { kind: "edge" };
        state.cursor--;
        return { kind: "moved" };
      case "right":
        if (state.cursor === state.letters.length) return { kind: "edge" };
        state.cursor++;
        return { kind: "moved" };
      case "read":
        return { kind: "text", letters: [...state.letters] };
    }
  },
};

function insert(state: GapState, letter: number, rules: Rules): Reply {
  if (state.cells.length - (state.gapEnd - state.gapStart) >= most) return { kind: "full" };
  if (state.gapStart === state.gapEnd) {
    const tail = rules.tail(state);
    const cells = below(rules.grown(state.cells.length)).map((cell) => state.cells[cell] ?? 0);
    state.gapEnd = cells.length - tail.length;
    tail.forEach((letter, index) => cells[state.gapEnd + index] = letter);
    state.cells = cells;
  }
  state.cells[state.gapStart++] = letter;
  return { kind: "inserted" };
}

function implementation(rules: Rules): Machine<GapState, Command, Reply> {
  return {
    ...plain,
    name: "gap-buffer in cells",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ cells: [0, 0], gapStart: 0, gapEnd: firstCells, erased: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "insert":
          return insert(state, command.letter, rules);
        case "erase":
          if (!rules.canErase(state)) return { kind: "edge" };
          state.erased = Math.min(31, state.erased + 1);
          state.gapStart = Math.max(0, state.gapStart - rules.erases(state));
          return { kind: "erased" };
        case "left":
          if (state.gapStart === 0) return { kind: "edge" };
          rules.goLeft(state);
          return { kind: "moved" };
        case "right":
          if (!rules.canGoRight(state)) return { kind: "edge" };
          state.cells[state.gapStart++] = state.cells[state.gapEnd++]!;
          return { kind: "moved" };
        case "read":
          return {
            kind: "text",
            letters: [...state.cells.slice(0, state.gapStart), ...state.cells.slice(state.gapEnd)],
          };
      }
    },
  };
}

/** The gap buffer's house. */
export function gapBufferHouse(): ZooHouse {
  return {
    name: "gap-buffer",
    model,
    walk: { weights: { insert: 5, erase: 2, left: 3, right: 2, read: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "grow-moves-too-few": {
        title: "growing moves at most one letter behind the gap",
        rule: { tail: ({ cells, gapEnd }) => cells.slice(Math.max(gapEnd, cells.length - 1)) },
      },
      "left-without-gap": {
        title: "moving left over a gap of no width goes wrong by one letter",
        rule: {
          goLeft(state) {
            const shift = state.gapStart === state.gapEnd && state.gapStart >= 2 ? 1 : 0;
            state.cells[--state.gapEnd] = state.cells[--state.gapStart - shift]!;
          },
        },
      },
      "right-at-last": {
        title: "the cursor does not go behind the last letter of a text of four or more",
        rule: {
          canGoRight: ({ cells, gapStart, gapEnd }) =>
            gapEnd < cells.length - (gapEnd === cells.length - 1 && gapStart >= 3 ? 1 : 0),
        },
      },
      "eighth-erases-two": {
        title: "the eighth time, erasing takes two letters",
        rule: { erases: ({ erased }) => erased === 8 ? 2 : 1 },
      },
      "erase-at-full-front": {
        title: "erasing is refused behind the first letter while the gap has no width",
        rule: { canErase: ({ gapStart, gapEnd }) => gapStart > (gapStart === gapEnd ? 1 : 0) },
      },
      "fifth-erases-two": {
        title: "the fifth time, erasing behind three letters or more takes two",
        rule: { erases: ({ erased, gapStart }) => erased === 5 && gapStart >= 3 ? 2 : 1 },
      },
      "grow-loses-third": {
        title: "growing from four cells around the middle loses a letter",
        rule: {
          tail: ({ cells, gapEnd }) => cells.slice(cells.length === 4 && gapEnd === 2 ? 3 : gapEnd),
        },
      },
      "left-from-sixth": {
        title: "moving left over the sixth letter writes the first one there",
        rule: {
          goLeft(state) {
            const from = state.gapStart === 6 ? 0 : state.gapStart - 1;
            state.gapStart--;
            state.cells[--state.gapEnd] = state.cells[from]!;
          },
        },
      },
      "right-after-four-erased": {
        title: "the cursor does not go behind the second letter after four erasures",
        rule: {
          canGoRight: ({ cells, gapStart, gapEnd, erased }) =>
            gapEnd < cells.length && !(erased === 4 && gapStart === 1),
        },
      },
      "erase-in-wide-gap": {
        title: "the last letter is not erased while the gap is as wide as it gets",
        rule: {
          canErase: ({ gapStart, gapEnd }) => gapStart > 0 && !(gapStart === 1 && gapEnd - gapStart >= 7),
        },
      },
    }),
  };
}
