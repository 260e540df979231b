/**
 * Peterson's lock for two processes.
 *
 * The labels and their grain are those of the published PlusCal text, for which TLC reports 42 states, 77
 * generated with the initial one, depth 11. Nobody starves under weak fairness.
 *
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/locks_auxiliary_vars/Peterson.tla
 *
 * @module
 */
import { type LockOfTwo, lockOfTwo } from "./lock_of_two.ts";

const lines = ["outside", "claim", "yield", "await", "critical", "leave"] as const;

/** The lock as a machine. `fair` says which processes are scheduled fairly. */
export function peterson(fair: readonly number[]): LockOfTwo<(typeof lines)[number]> {
  return {
    ...lockOfTwo(lines, fair),
    name: "peterson",
    step(state, { process }) {
      const other = 1 - process;
      switch (state.at[process]!) {
        case "outside":
          state.at[process] = "claim";
          return null;
        case "claim":
          state.wants[process] = true;
          state.at[process] = "yield";
          return null;
        case "yield":
          state.turn = other;
          state.at[process] = "await";
          return null;
        case "await":
          if (state.wants[other] && state.turn !== process) return undefined;
          state.at[process] = "critical";
          return null;
        case "critical":
          state.at[process] = "leave";
          return null;
        case "leave":
          state.wants[process] = false;
          state.at[process] = "outside";
          return null;
      }
    },
    always: {
      "at most one is inside": ({ at }) =>
        at.filter((line) => line === "critical" || line === "leave").length <= 1,
    },
    sometimes: { "one waits for the other": ({ at }) => at.includes("await") && at.includes("critical") },
  };
}
