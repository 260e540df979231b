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
import { z } from "zod";
import type { LeadsTo, Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema, stepsOf } from "./process.ts";

const lines = ["outside", "claim", "yield", "await", "critical", "leave"] as const;

/** Where each process is, who wants in, and who goes first. */
export interface PetersonState {
  at: (typeof lines)[number][];
  wants: boolean[];
  turn: number;
}

/** Whoever has claimed the lock gets in, if these processes are scheduled fairly. */
function enters(process: number, fair: readonly number[]): LeadsTo<PetersonState, Advance> {
  return {
    from: ({ at }) => at[process] === "claim",
    to: ({ at }) => at[process] === "critical",
    weak: fair.map(stepsOf),
  };
}

/** The lock as a machine. `fair` says which processes are scheduled fairly. */
export function peterson(fair: readonly number[]): Machine<PetersonState, Advance, null> {
  return {
    name: "peterson",
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
    leadsTo: { "process 0 gets in": enters(0, fair), "process 1 gets in": enters(1, fair) },
    actor: ({ process }) => `process ${process}`,
  };
}
