/**
 * Sequential consistency: one memory, one access at a time, orders mean nothing.
 *
 * @see Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", 1979
 * @module
 */
import { z } from "zod";
import type { Access, MemoryModel } from "./memory_model.ts";
import { updated } from "./memory_model.ts";

/** Memory under sequential consistency. */
export interface ScMemory {
  cells: number[];
}

/** Carries out `access` on the cells alone, in one step, and answers what was read. */
export function performOnCells(cells: number[], access: Access): number {
  switch (access.kind) {
    case "load":
      return cells[access.location]!;
    case "store":
      cells[access.location] = access.value;
      return 0;
    case "update": {
      const old = cells[access.location]!;
      cells[access.location] = updated(access.operation, old, access.operand);
      return old;
    }
    case "compareExchange": {
      const old = cells[access.location]!;
      if (old === access.expected) cells[access.location] = access.desired;
      return old;
    }
    case "fence":
      return 0;
  }
}

/** Sequential consistency. */
export const sc: MemoryModel<ScMemory> = {
  name: "sc",
  schema: ({ locations, minValue, maxValue }) =>
    z.strictObject({ cells: z.array(z.int().min(minValue).max(maxValue)).length(locations) }),
  initial: (values) => ({ cells: [...values] }),
  copy: ({ cells }) => ({ cells: cells.slice() }),
  perform: ({ cells }, _thread, access) => performOnCells(cells, access),
  settled: () => true,
  values: ({ cells }) => cells,
  view: ({ cells }, _thread, location) => cells[location]!,
  key: ({ cells }) => cells.join(),
};
