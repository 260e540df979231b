/**
 * A pool of tokens: the smallest protocol that has handles, freedom and something to get wrong. The engine's own
 * tests and examples drive it.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../machine.ts";
import type { Walk } from "../walk.ts";

/** A command to the pool. */
export type PoolCommand =
  | { readonly kind: "take"; readonly as: number }
  | { readonly kind: "give"; readonly token: number }
  | { readonly kind: "count" };

/** What the pool answers. */
export type PoolReply =
  | { readonly kind: "taken" | "full" | "given" }
  | { readonly kind: "counted"; readonly count: number };

/** Which tokens are out, and how many were given back so far: the latter up to 15. */
export interface PoolState {
  out: boolean[];
  given: number;
}

/** How a pool may differ from the plain one. */
export interface PoolRules {
  /** Whether the last token may be withheld. */
  readonly loose?: boolean;
  /** What `count` answers; the number of tokens that are out unless changed. */
  readonly count?: (state: PoolState) => number;
  /** Whether the state remembers how many tokens were given back. */
  readonly remembers?: boolean;
}

/** A machine of the pool. */
export type PoolMachine = Machine<PoolState, PoolCommand, PoolReply>;

function countOut(state: PoolState): number {
  return state.out.filter(Boolean).length;
}

/** Builds a pool of `tokens` tokens. */
export function examplePool(tokens: number, rules: PoolRules = {}): PoolMachine {
  const token = z.int().min(0).max(tokens - 1);
  const names = Array.from({ length: tokens }, (_, name) => name);
  return {
    name: "pool",
    schema: {
      state: z.strictObject({ out: z.array(z.boolean()).length(tokens), given: z.int().min(0).max(15) }),
      command: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("take"), as: token.meta({ creates: "token" }) }),
        z.strictObject({ kind: z.literal("give"), token: token.meta({ refersTo: "token" }) }),
        z.strictObject({ kind: z.literal("count") }),
      ]),
      reply: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.enum(["taken", "full", "given"]) }),
        z.strictObject({ kind: z.literal("counted"), count: z.int().min(0).max(tokens) }),
      ]),
      start: z.null(),
    },
    starts: [null],
    commands: [
      ...names.map((as) => ({ kind: "take", as }) as const),
      ...names.map((token) => ({ kind: "give", token }) as const),
      { kind: "count" },
    ],
    initial: () => ({ out: names.map(() => false), given: 0 }),
    step(state, command, world) {
      switch (command.kind) {
        case "take": {
          const free = state.out.indexOf(false);
          if (free < 0) return command.as === 0 ? { kind: "full" } : undefined;
          if (command.as !== free) return undefined;
          const last = countOut(state) === tokens - 1;
          if (rules.loose && last && world.choose(2, (heard) => heard.kind === "full" ? 1 : 0) === 1) {
            return { kind: "full" };
          }
          state.out[free] = true;
          return { kind: "taken" };
        }
        case "give":
          if (!state.out[command.token]) return undefined;
          state.out[command.token] = false;
          if (rules.remembers && state.given < 15) state.given++;
          return { kind: "given" };
        case "count":
          return { kind: "counted", count: (rules.count ?? countOut)(state) };
      }
    },
    always: {},
    sometimes: {},
    actor: () => "client",
  };
}

/** How the pool is walked. */
export const poolWalk: Walk<PoolState, PoolCommand, PoolReply> = {
  labels: {
    "a token was given back": ({ reply }) => reply.kind === "given",
    "the pool was empty": ({ reply }) => reply.kind === "full",
  },
};
