/**
 * A receiver's window of sequence numbers that wrap: each number is accepted once, within four of the next one.
 *
 * The model keeps the set of accepted numbers; the implementation keeps a base and a bit per number of the window.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "receive"; readonly number: number }
  | { readonly kind: "deliver" };

type Reply =
  | { readonly kind: "accepted" | "duplicate" | "outside" }
  | { readonly kind: "delivered"; readonly count: number };

interface SetState {
  next: number;
  accepted: number[];
}

interface BitState {
  base: number;
  bits: number;
}

interface Rules {
  distance(base: number, number: number): number;
  window: number;
  /** The bits after `count` numbers were delivered. */
  shifted(bits: number, count: number): number;
  /** The base after `count` numbers were delivered. */
  advanced(base: number, count: number): number;
}

const period = 16;
const windowSize = 4;

const correct: Rules = {
  distance: (base, number) => (number - base + period) % period,
  window: windowSize,
  shifted: (bits, count) => bits >> count,
  advanced: (base, count) => (base + count) % period,
};

const number = z.int().min(0).max(period - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("receive"), number }),
    z.strictObject({ kind: z.literal("deliver") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: number,
};

const commands: readonly Command[] = [
  { kind: "deliver" },
  ...below(period).map((number) => ({ kind: "receive", number }) as const),
];

const model: Machine<SetState, Command, Reply, number> = {
  ...plain,
  name: "sequence-window",
  schema: { ...schema, state: z.strictObject({ next: number, accepted: z.array(number).max(windowSize) }) },
  starts: [0, 9],
  commands,
  initial: (start) => ({ next: start, accepted: [] }),
  step(state, command) {
    switch (command.kind) {
      case "receive":
        if ((command.number - state.next + period) % period >= windowSize) return { kind: "outside" };
        if (state.accepted.includes(command.number)) return { kind: "duplicate" };
        state.accepted = [...state.accepted, command.number].sort((one, other) => one - other);
        return { kind: "accepted" };
      case "deliver": {
        let count = 0;
        while (state.accepted.includes(state.next)) {
          state.accepted.splice(state.accepted.indexOf(state.next), 1);
          state.next = (state.next + 1) % period;
          count++;
        }
        return { kind: "delivered", count };
      }
    }
  },
};

function implementation(rules: Rules): Machine<BitState, Command, Reply, number> {
  return {
    ...plain,
    name: "sequence-window in bits",
    schema: { ...schema, state: z.any() },
    starts: [0, 9],
    commands,
    initial: (start) => ({ base: start, bits: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "receive": {
          const distance = rules.distance(state.base, command.number);
          if (distance < 0 || distance >= rules.window) return { kind: "outside" };
          const bit = 1 << distance;
          if ((state.bits & bit) !== 0) return { kind: "duplicate" };
          state.bits |= bit;
          return { kind: "accepted" };
        }
        case "deliver": {
          let count = 0;
          while ((state.bits >> count & 1) === 1) count++;
          state.bits = rules.shifted(state.bits, count);
          state.base = rules.advanced(state.base, count);
          return { kind: "delivered", count };
        }
      }
    },
  };
}

/** The window's house. */
export function sequenceWindowHouse(): ZooHouse {
  return {
    name: "sequence-window",
    model,
    walk: { weights: { receive: 3, deliver: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "distance-does-not-wrap": {
        title: "numbers behind the wrap count as outside",
        rule: { distance: (base, number) => number - base },
      },
      "window-too-large": {
        title: "one number too many is inside the window",
        rule: { window: windowSize + 1 },
      },
      "bits-forgotten": {
        title: "delivering two or more numbers forgets those that wait behind a gap",
        rule: { shifted: (bits, count) => count >= 2 ? 0 : bits >> count },
      },
      "base-skips-zero": {
        title: "the next number skips 0 when the numbers wrap",
        rule: { advanced: (base, count) => base + count === period ? 1 : (base + count) % period },
      },
      "full-window-slips": {
        title: "delivering a full window advances by one number less",
        rule: { advanced: (base, count) => (base + (count === windowSize ? count - 1 : count)) % period },
      },
      "bit-left-behind": {
        title: "delivering three numbers shifts the window by two",
        rule: { shifted: (bits, count) => count === 3 ? bits >> 2 : bits >> count },
      },
      "stuck-at-eleven": {
        title: "delivering number 11 alone does not advance",
        rule: { advanced: (base, count) => base === 11 && count === 1 ? base : (base + count) % period },
      },
      "zero-outside": {
        title: "number 0 is outside while 13 is next",
        rule: {
          distance: (base, number) =>
            base === 13 && number === 0 ? period - 1 : correct.distance(base, number),
        },
      },
      "bit-after-four": {
        title: "delivering four numbers leaves a bit behind",
        rule: { shifted: (bits, count) => count === 4 ? 1 : bits >> count },
      },
      "one-taken-for-zero": {
        title: "number 1 is taken for number 0 while 14 is next",
        rule: {
          distance: (base, number) => base === 14 && number === 1 ? 2 : correct.distance(base, number),
        },
      },
    }),
  };
}
