/**
 * Small random straight-line programs.
 *
 * @module
 */
import fc from "fast-check";
import type { Order } from "../../model/memory/memory_model.ts";
import type { Instruction, Program } from "../../model/memory/program.ts";

/** Sizes and kinds of random programs. */
export interface ProgramShape {
  readonly threads: number;
  readonly accesses: number;
  readonly plain: boolean;
}

const loadOrders: readonly Order[] = ["relaxed", "acquire", "seq_cst"];
const storeOrders: readonly Order[] = ["relaxed", "release", "seq_cst"];
const bothOrders: readonly Order[] = ["relaxed", "acquire", "release", "acq_rel", "seq_cst"];
const fenceOrders: readonly Order[] = ["acquire", "release", "acq_rel", "seq_cst"];

/** Orders that an access of this kind can have, weakest first. */
export function ordersOf(instruction: Instruction): readonly Order[] {
  switch (instruction.kind) {
    case "load":
      return loadOrders;
    case "store":
      return storeOrders;
    case "update":
    case "compareExchange":
      return bothOrders;
    case "fence":
      return fenceOrders;
    case "set":
    case "jump":
    case "jumpUnless":
      return [];
  }
}

/** Programs of two locations; every access writes another value, so that final states tell much. */
export function randomProgram({ threads, accesses, plain }: ProgramShape): fc.Arbitrary<Program> {
  const order = (orders: readonly Order[]) =>
    fc.constantFrom(...(plain ? ["plain" as const, ...orders] : orders));
  const location = fc.constantFrom(0, 1);
  const value = fc.integer({ min: 1, max: 9 }).map((value) => ({ kind: "constant", value } as const));
  const into = fc.constant(0);
  const access: fc.Arbitrary<Instruction> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("load" as const), into, location, order: order(loadOrders) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("store" as const),
        location,
        value,
        order: order(storeOrders),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("update" as const),
        into,
        operation: fc.constantFrom("exchange" as const, "add" as const, "or" as const),
        location,
        operand: value,
        order: fc.constantFrom(...bothOrders),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("fence" as const), order: fc.constantFrom(...fenceOrders) }),
    },
  );
  const thread = fc.array(access, { minLength: 1, maxLength: accesses }).map((instructions) => ({
    registers: instructions.map((_, index) => `r${index}`),
    initial: instructions.map(() => 0),
    instructions: instructions.map((instruction, index) =>
      "into" in instruction ? { ...instruction, into: index } : instruction
    ),
  }));
  return fc.array(thread, { minLength: 2, maxLength: threads })
    .map((all) => ({ locations: ["x", "y"], initial: [0, 0], threads: all }));
}
