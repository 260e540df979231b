/**
 * Two jugs, of 3 and 5 gallons, and the wish for exactly 4: the puzzle from the film "Die Hard 3".
 *
 * TLC finds 16 states, 97 generated with the initial one, and the answer in 6 steps.
 *
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/DieHard/DieHard.tla
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";

/** Gallons in each jug. */
export interface Jugs {
  small: number;
  big: number;
}

/** What one can do with two jugs and a tap. */
export interface JugCommand {
  readonly kind: "fillSmall" | "fillBig" | "emptySmall" | "emptyBig" | "smallToBig" | "bigToSmall";
}

const kinds = ["fillSmall", "fillBig", "emptySmall", "emptyBig", "smallToBig", "bigToSmall"] as const;

/** The jugs as a machine. "Solving" the puzzle breaks the invariant that it has no solution. */
export const dieHard: Machine<Jugs, JugCommand, null> = {
  name: "die-hard",
  schema: {
    state: z.strictObject({ small: z.int().min(0).max(3), big: z.int().min(0).max(5) }),
    command: z.strictObject({ kind: z.enum(kinds) }),
    reply: z.null(),
    start: z.null(),
  },
  starts: [null],
  commands: kinds.map((kind) => ({ kind })),
  initial: () => ({ small: 0, big: 0 }),
  step(jugs, { kind }) {
    const total = jugs.small + jugs.big;
    switch (kind) {
      case "fillSmall":
        jugs.small = 3;
        return null;
      case "fillBig":
        jugs.big = 5;
        return null;
      case "emptySmall":
        jugs.small = 0;
        return null;
      case "emptyBig":
        jugs.big = 0;
        return null;
      case "smallToBig":
        jugs.big = Math.min(5, total);
        jugs.small = total - jugs.big;
        return null;
      case "bigToSmall":
        jugs.small = Math.min(3, total);
        jugs.big = total - jugs.small;
        return null;
    }
  },
  always: { "the big jug never holds 4 gallons": ({ big }) => big !== 4 },
  sometimes: {},
  actor: () => "hero",
};
