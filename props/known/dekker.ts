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
import { type LockOfTwo, lockOfTwo } from "./lock_of_two.ts";

const lines = ["outside", "claim", "look", "ask", "withdraw", "await", "critical", "pass", "leave"] as const;

/** The algorithm as a machine; without `polite`, nobody withdraws a claim, which is Dijkstra's second attempt. */
export function dekker(
  { polite = true }: { readonly polite?: boolean } = {},
): LockOfTwo<(typeof lines)[number]> {
  return {
    ...lockOfTwo(lines, [0, 1]),
    name: polite ? "dekker" : "dekker-insisting",
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
  };
}
