/**
 * Barriers: nobody goes on before everybody has come.
 *
 * `barrier` is the abstract one; `twoGates` builds it from a lock, a counter and two semaphores. Published with
 * a proof; with 6 processes TLC reports 64 states (194 generated, depth 7) and 29,279 (104,515 generated,
 * depth 93), the initial one counted among the generated.
 *
 * @see https://github.com/tlaplus/Examples/tree/master/specifications/barriers
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema } from "./process.ts";

/** Who has come to the abstract barrier. */
export interface BarrierState {
  arrived: boolean[];
}

/** A process arrives, or all leave at once. */
export type BarrierCommand = Advance | { readonly kind: "open" };

/** The abstract barrier. */
export function barrier(processes: number): Machine<BarrierState, BarrierCommand, null> {
  return {
    name: `barrier-${processes}`,
    schema: {
      state: z.strictObject({ arrived: z.array(z.boolean()).length(processes) }),
      command: z.union([advanceSchema(processes), z.strictObject({ kind: z.literal("open") })]),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: [...advances(processes), { kind: "open" }],
    initial: () => ({ arrived: Array.from({ length: processes }, () => false) }),
    step(state, command) {
      switch (command.kind) {
        case "advance":
          if (state.arrived[command.process]) return undefined;
          state.arrived[command.process] = true;
          return null;
        case "open":
          if (state.arrived.includes(false)) return undefined;
          state.arrived.fill(false);
          return null;
      }
    },
    always: {},
    sometimes: { "all have come": ({ arrived }) => !arrived.includes(false) },
    leadsTo: {
      "who has come can leave": {
        from: ({ arrived }) => arrived[0]!,
        to: ({ arrived }) => !arrived[0],
        weak: ["advance", "open"],
      },
    },
    actor: (command) => command.kind === "open" ? "barrier" : `process ${command.process}`,
  };
}

const lines = [
  "outside",
  "lock to enter",
  "count in",
  "last in?",
  "open first gate",
  "unlock inside",
  "first gate",
  "lock to leave",
  "count out",
  "last out?",
  "open second gate",
  "unlock outside",
  "second gate",
] as const;

const locked: readonly string[] = [2, 3, 4, 5, 8, 9, 10, 11].map((line) => lines[line]!);

/** Where each process is, and the shared variables. */
export interface TwoGatesState {
  at: (typeof lines)[number][];
  free: boolean;
  firstGate: number;
  secondGate: number;
  inside: number;
}

/** The barrier with two gates. */
export function twoGates(processes: number): Machine<TwoGatesState, Advance, null> {
  const count = z.int().min(0).max(processes);
  return {
    name: `two-gates-${processes}`,
    schema: {
      state: z.strictObject({
        at: z.array(z.enum(lines)).length(processes),
        free: z.boolean(),
        firstGate: count,
        secondGate: count,
        inside: count,
      }),
      command: advanceSchema(processes),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(processes),
    initial: () => ({
      at: Array.from({ length: processes }, () => "outside" as const),
      free: true,
      firstGate: 0,
      secondGate: 0,
      inside: 0,
    }),
    step(state, { process }) {
      const line = lines.indexOf(state.at[process]!);
      let next = (line + 1) % lines.length;
      switch (state.at[process]!) {
        case "lock to enter":
        case "lock to leave":
          if (!state.free) return undefined;
          state.free = false;
          break;
        case "count in":
          state.inside++;
          break;
        case "last in?":
          if (state.inside !== processes) next++;
          break;
        case "open first gate":
          state.firstGate += processes;
          break;
        case "unlock inside":
        case "unlock outside":
          state.free = true;
          break;
        case "first gate":
          if (state.firstGate === 0) return undefined;
          state.firstGate--;
          break;
        case "count out":
          state.inside--;
          break;
        case "last out?":
          if (state.inside !== 0) next++;
          break;
        case "open second gate":
          state.secondGate += processes;
          break;
        case "second gate":
          if (state.secondGate === 0) return undefined;
          state.secondGate--;
          break;
        case "outside":
          break;
      }
      state.at[process] = lines[next]!;
      return null;
    },
    always: {
      "at most one has the lock": ({ at }) => at.filter((line) => locked.includes(line)).length <= 1,
      "one gate is closed": ({ firstGate, secondGate }) => firstGate === 0 || secondGate === 0,
      "nobody arrives while another leaves": ({ at }) =>
        !(at.some((line) => lines.indexOf(line) <= 4) &&
          at.some((line) => lines.indexOf(line) >= 7 && lines.indexOf(line) <= 10)),
    },
    sometimes: { "all are inside": ({ inside }) => inside === processes },
    // To come from outside touches nothing shared, and no promise tells whether it was done.
    independence: {
      independent: ({ at }, { process }) => at[process] === "outside",
      visible: ({ at }, { process }) => at[process] !== "outside",
    },
    actor: ({ process }) => `process ${process}`,
  };
}
