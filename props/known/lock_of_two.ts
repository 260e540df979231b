/**
 * What the classical locks of two processes have in common: each process stands at a line of its program, says whether
 * it wants in, and a turn decides between two who do.
 *
 * @module
 */
import { z } from "zod";
import type { LeadsTo, Machine } from "../../lockstep/machine.ts";
import { type Advance, advances, advanceSchema, stepsOf } from "./process.ts";

/** Where each process is, who wants in, and whose turn it is. */
export interface LockOfTwoState<Line extends string> {
  at: Line[];
  wants: boolean[];
  turn: number;
}

/** A lock of two processes. */
export type LockOfTwo<Line extends string> = Machine<LockOfTwoState<Line>, Advance, null>;

/** Everything but the name, the steps and what is seen on the way. `fair` says which processes are scheduled fairly. */
export function lockOfTwo<const Line extends string>(
  lines: readonly [Line, ...Line[]],
  fair: readonly number[],
): Pick<LockOfTwo<Line>, "schema" | "starts" | "commands" | "initial" | "leadsTo" | "actor"> {
  const enters = (process: number): LeadsTo<LockOfTwoState<Line>, Advance> => ({
    from: ({ at }) => at[process] === "claim",
    to: ({ at }) => at[process] === "critical",
    weak: fair.map(stepsOf),
  });
  return {
    schema: {
      state: z.strictObject({
        at: z.array(z.enum(lines)).length(2),
        wants: z.array(z.boolean()).length(2),
        turn: z.int().min(0).max(1),
      }) as unknown as z.ZodType<LockOfTwoState<Line>>,
      command: advanceSchema(2),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: advances(2),
    initial: () => ({ at: [lines[0], lines[0]], wants: [false, false], turn: 0 }),
    leadsTo: { "process 0 gets in": enters(0), "process 1 gets in": enters(1) },
    actor: ({ process }) => `process ${process}`,
  };
}
