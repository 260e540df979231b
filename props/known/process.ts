/**
 * Programs of a few labelled lines that run side by side: the shape in which algorithms for shared memory are
 * published (PlusCal, Promela).
 *
 * @module
 */
import { z } from "zod";

/** The next line of one process. */
export interface Advance {
  readonly kind: "advance";
  readonly process: number;
}

/** One `advance` for each of some processes. */
export function advances(processes: number): Advance[] {
  return Array.from({ length: processes }, (_, process) => ({ kind: "advance" as const, process }));
}

/** The schema of {@link Advance}. */
export function advanceSchema(processes: number): z.ZodType<Advance> {
  return z.strictObject({ kind: z.literal("advance"), process: z.int().min(0).max(processes - 1) });
}

/** The steps of one process, for fairness. */
export function stepsOf(process: number): { readonly name: string; includes(command: Advance): boolean } {
  return { name: `process ${process}`, includes: (command) => command.process === process };
}
