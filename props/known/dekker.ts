/**
 * Dekker's algorithm, the first lock for two processes built from reads and writes alone.
 *
 * Published by Dijkstra in EWD 123, "Cooperating sequential processes". Each line reads or writes one shared
 * variable. Mutual exclusion holds; nobody starves under weak fairness. Without the turn, two processes
 * that both insist can wait for each other for ever.
 *
 * @see https://www.cs.utexas.edu/~EWD/transcriptions/EWD01xx/EWD123.html
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema, stepsOf } from "./process.ts";

const lines = ["outside", "claim", "look", "ask", "withdraw", "await", "critical", "pass", "leave"] as const;

/** Where each process is, who wants in, and whose turn it is to insist. */
export interface DekkerState {
  at: (typeof lines)[number][];
  wants: boolean[];
  turn: number;
}

/** The algorithm as a machine; without `polite`, nobody withdraws a claim, which is Dijkstra's second attempt. */
export function dekker(
  { polite = true }: { readonly polite?: boolean } = {},
): Machine<DekkerState, Advance, null> {
  const fair = [stepsOf(0), stepsOf(1)];
  return {
    name: polite ? "dekker" : "dekker-insisting",
    schema: {
      state: z.strictObject({
        at: z.array(z.enum(lines)).length(2),
        wants: z.array(z.boolean()).length(2),
        turn: z.int().min(0).max(1),
      }),
      command: advanceSchema(2),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(2),
    initial: () => ({ at: ["outside", "outside"], wants: [false, false], turn: 0 }),
    step(state, { process }) {
      const other = 1 - process;
      switch (state.at[process]!) {
        case "outside":
          state.at[process] = "claim";
          return null;
        case "claim":
          state.wants[process] = true;
          state.at[process] = "look";
          return null;
        case "look":
          if (!polite && state.wants[other]) return undefined;
          state.at[process] = state.wants[other] ? "ask" : "critical";
          return null;
        case "ask":
          state.at[process] = state.turn === process ? "look" : "withdraw";
          return null;
        case "withdraw":
          state.wants[process] = false;
          state.at[process] = "await";
          return null;
        case "await":
          if (state.turn !== process) return undefined;
          state.at[process] = "claim";
          return null;
        case "critical":
          state.at[process] = "pass";
          return null;
        case "pass":
          state.turn = other;
          state.at[process] = "leave";
          return null;
        case "leave":
          state.wants[process] = false;
          state.at[process] = "outside";
          return null;
      }
    },
    always: {
      "at most one is inside": ({ at }) => at.filter((line) => line === "critical").length <= 1,
    },
    sometimes: polite ? { "one has withdrawn": ({ at }) => at.includes("await") } : {},
    leadsTo: {
      "process 0 gets in": {
        from: ({ at }) => at[0] === "claim",
        to: ({ at }) => at[0] === "critical",
        weak: fair,
      },
      "process 1 gets in": {
        from: ({ at }) => at[1] === "claim",
        to: ({ at }) => at[1] === "critical",
        weak: fair,
      },
    },
    actor: ({ process }) => `process ${process}`,
  };
}
