/**
 * A sum with a switch: numbers to simplify, commands that cancel each other, and several starts. The tests of
 * shrinking drive it.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../machine.ts";

/** A command of the sum. */
export type SumCommand = { readonly kind: "toggle" | "look" } | {
  readonly kind: "add";
  readonly amount: number;
};
/** A sum with a switch. */
export interface SumState {
  total: number;
  on: boolean;
}

/** A machine of the sum. */
export type SumMachine = Machine<SumState, SumCommand, number, number>;

/** A sum with a switch, that begins at one of `starts` and grows by one of `amounts`. */
export function sum(starts: readonly number[], amounts: readonly number[]): SumMachine {
  return {
    name: "sum",
    schema: {
      state: z.strictObject({ total: z.int().min(0).max(100), on: z.boolean() }),
      command: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.enum(["toggle", "look"]) }),
        z.strictObject({ kind: z.literal("add"), amount: z.int().min(1).max(9) }),
      ]),
      reply: z.int(),
      start: z.int(),
    },
    starts,
    commands: [
      { kind: "look" },
      { kind: "toggle" },
      ...amounts.map((amount) => ({ kind: "add", amount }) as const),
    ],
    initial: (total) => ({ total, on: false }),
    step(state, command) {
      if (command.kind === "toggle") state.on = !state.on;
      if (command.kind === "add") state.total += command.amount;
      return command.kind === "look" ? state.total : 0;
    },
    always: {},
    sometimes: {},
    actor: () => "client",
  };
}
