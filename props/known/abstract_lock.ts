/**
 * A lock that whoever comes first takes: nobody is kept out by the lock, but only strong fairness lets all in.
 *
 * The labels are those of the published PlusCal text, for which TLC reports 12 states, 21 generated with the
 * initial one, depth 5. Under weak fairness a process can starve: the lock is free again and again, never for long.
 *
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/locks_auxiliary_vars/Lock.tla
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema, stepsOf } from "./process.ts";

const lines = ["outside", "lock", "critical", "unlock"] as const;

/** Where each process is, and whether the lock is free. */
export interface LockState {
  at: (typeof lines)[number][];
  free: boolean;
}

/** The lock as a machine, with the fairness under which process 0 is to get in. */
export function abstractLock(fairness: "none" | "weak" | "strong"): Machine<LockState, Advance, null> {
  const both = [stepsOf(0), stepsOf(1)];
  return {
    name: "abstract-lock",
    schema: {
      state: z.strictObject({ at: z.array(z.enum(lines)).length(2), free: z.boolean() }),
      command: advanceSchema(2),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(2),
    initial: () => ({ at: ["outside", "outside"], free: true }),
    step(state, { process }) {
      switch (state.at[process]!) {
        case "outside":
          state.at[process] = "lock";
          return null;
        case "lock":
          if (!state.free) return undefined;
          state.free = false;
          state.at[process] = "critical";
          return null;
        case "critical":
          state.at[process] = "unlock";
          return null;
        case "unlock":
          state.free = true;
          state.at[process] = "outside";
          return null;
      }
    },
    always: {
      "at most one is inside": ({ at }) =>
        at.filter((line) => line === "critical" || line === "unlock").length <= 1,
    },
    sometimes: { "both want the lock": ({ at }) => at.every((line) => line === "lock") },
    leadsTo: {
      "process 0 gets in": {
        from: ({ at }) => at[0] === "lock",
        to: ({ at }) => at[0] === "critical",
        ...(fairness === "weak" ? { weak: both } : {}),
        ...(fairness === "strong" ? { strong: both } : {}),
      },
    },
    actor: ({ process }) => `process ${process}`,
  };
}
