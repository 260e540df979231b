/**
 * Dining philosophers: Dijkstra's, who each take the left fork first and can all starve, and Chandy and Misra's,
 * who hand forks to each other and can not.
 *
 * For the second, TLC reports 67 states, 336 generated with the initial one, depth 29, with 5 philosophers,
 * none of whom starves under weak fairness. For the first, the states are the words around the table over "thinks",
 * "has the left fork", "eats" in which "thinks" follows every "eats": the trace of the N-th power of a 3 by 3
 * matrix.
 *
 * @see https://www.cs.utexas.edu/~EWD/transcriptions/EWD03xx/EWD310.html
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/DiningPhilosophers/DiningPhilosophers.tla
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema, stepsOf } from "./process.ts";

/** What each philosopher does. */
export interface DiningState {
  doing: ("thinks" | "has the left fork" | "eats")[];
}

/** Philosophers who take the left fork, then the right one, then put both down. */
export function leftForkFirst(philosophers: number): Machine<DiningState, Advance, null> {
  return {
    name: `left-fork-first-${philosophers}`,
    schema: {
      state: z.strictObject({
        doing: z.array(z.enum(["thinks", "has the left fork", "eats"])).length(philosophers),
      }),
      command: advanceSchema(philosophers),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(philosophers),
    initial: () => ({ doing: Array.from({ length: philosophers }, () => "thinks" as const) }),
    step({ doing }, { process }) {
      const left = doing[(process + philosophers - 1) % philosophers];
      const right = doing[(process + 1) % philosophers];
      switch (doing[process]!) {
        case "thinks":
          if (left === "eats") return undefined;
          doing[process] = "has the left fork";
          return null;
        case "has the left fork":
          if (right !== "thinks") return undefined;
          doing[process] = "eats";
          return null;
        case "eats":
          doing[process] = "thinks";
          return null;
      }
    },
    always: {
      "neighbours do not eat together": ({ doing }) =>
        doing.every((what, at) => what !== "eats" || doing[(at + 1) % philosophers] !== "eats"),
    },
    sometimes: { "someone eats": ({ doing }) => doing.includes("eats") },
    actor: ({ process }) => `philosopher ${process}`,
  };
}

/** Forks with their holders, and what each philosopher is about to do. */
export interface HandingState {
  forks: { holder: number; clean: boolean }[];
  hungry: boolean[];
  at: ("loop" | "eat" | "think")[];
}

/** Philosophers who clean a dirty fork and hand it over. Philosopher `p` has fork `p` on the left. */
export function handedForks(philosophers: number): Machine<HandingState, Advance, null> {
  const each = Array.from({ length: philosophers }, (_, philosopher) => philosopher);
  return {
    name: `handed-forks-${philosophers}`,
    schema: {
      state: z.strictObject({
        forks: z.array(z.strictObject({ holder: z.int().min(0).max(philosophers - 1), clean: z.boolean() }))
          .length(philosophers),
        hungry: z.array(z.boolean()).length(philosophers),
        at: z.array(z.enum(["loop", "eat", "think"])).length(philosophers),
      }),
      command: advanceSchema(philosophers),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(philosophers),
    initial: () => ({
      forks: each.map((fork) => ({ holder: fork === 1 ? 0 : fork, clean: false })),
      hungry: each.map(() => true),
      at: each.map(() => "loop" as const),
    }),
    step(state, { process }) {
      const left = state.forks[process]!;
      const right = state.forks[(process + 1) % philosophers]!;
      switch (state.at[process]!) {
        case "loop":
          if (left.holder === process && !left.clean) {
            left.holder = (process + philosophers - 1) % philosophers;
            left.clean = true;
          } else if (right.holder === process && !right.clean) {
            right.holder = (process + 1) % philosophers;
            right.clean = true;
          }
          if (!state.hungry[process]) state.at[process] = "think";
          else if (left.holder === process && right.holder === process && left.clean && right.clean) {
            state.at[process] = "eat";
          }
          return null;
        case "eat":
          state.hungry[process] = false;
          left.clean = right.clean = false;
          state.at[process] = "loop";
          return null;
        case "think":
          state.hungry[process] = true;
          state.at[process] = "loop";
          return null;
      }
    },
    always: {
      "neighbours do not eat together": ({ at }) =>
        at.every((what, here) => what !== "eat" || at[(here + 1) % philosophers] !== "eat"),
    },
    sometimes: { "someone eats": ({ at }) => at.includes("eat") },
    leadsTo: Object.fromEntries(each.map((philosopher) => [
      `philosopher ${philosopher} eats again and again`,
      {
        from: () => true,
        to: ({ hungry }: { readonly hungry: readonly boolean[] }) => !hungry[philosopher],
        weak: each.map(stepsOf),
      },
    ])),
    actor: ({ process }) => `philosopher ${process}`,
  };
}
