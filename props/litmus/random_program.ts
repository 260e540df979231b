/**
 * Small random programs whose jumps go forward.
 *
 * @module
 */
import fc from "fast-check";
import type { Order } from "../../model/memory/memory_model.ts";
import type { Expression, Instruction, Program } from "../../model/memory/program.ts";

/** Sizes and kinds of random programs. */
export interface ProgramShape {
  readonly threads: number;
  readonly accesses: number;
  /** Some accesses are not atomic. */
  readonly plain: boolean;
  /** Some values are read before, and some accesses are jumped over when one is 0. */
  readonly depends?: boolean;
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

/** An access before it has a place in its thread. */
interface Drawn {
  readonly instruction: Instruction;
  /** Which earlier register gives the value, if one does. */
  readonly dependsOn: number | undefined;
  /** Which earlier register must not be 0 for the access to be made. */
  readonly guardedBy: number | undefined;
}

function drawn({ plain, depends = false }: ProgramShape): fc.Arbitrary<Drawn> {
  const order = (orders: readonly Order[]) =>
    fc.constantFrom(...(plain ? ["plain" as const, ...orders] : orders));
  const location = fc.constantFrom(0, 1);
  const value = fc.integer({ min: 1, max: 9 }).map((value) => ({ kind: "constant", value } as const));
  const into = fc.constant(0);
  const kind = <Kind extends Instruction["kind"]>(name: Kind) => fc.constant(name);
  const instruction: fc.Arbitrary<Instruction> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: kind("load"), into, location, order: order(loadOrders) }) },
    { weight: 4, arbitrary: fc.record({ kind: kind("store"), location, value, order: order(storeOrders) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind("update"),
        into,
        operation: fc.constantFrom("exchange" as const, "add" as const, "or" as const),
        location,
        operand: value,
        order: fc.constantFrom(...bothOrders),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind("compareExchange"),
        into,
        location,
        expected: fc.constant({ kind: "constant", value: 0 } as const),
        desired: value,
        order: fc.constantFrom(...bothOrders),
        failureOrder: fc.constantFrom(...loadOrders),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: kind("fence"), order: fc.constantFrom(...fenceOrders) }) },
  );
  const earlier = fc.option(fc.nat(3), { nil: undefined, freq: 2 });
  const never = fc.constant(undefined);
  return fc.record({
    instruction,
    dependsOn: depends ? earlier : never,
    guardedBy: depends ? earlier : never,
  });
}

/** The instructions of a thread; access `index` reads into register `index`. */
function placed(accesses: readonly Drawn[]): Instruction[] {
  const instructions: Instruction[] = [];
  const earlier = (index: number, which: number | undefined): Expression | undefined =>
    which === undefined || index === 0 ? undefined : { kind: "register", register: which % index };
  for (const [index, { instruction, dependsOn, guardedBy }] of accesses.entries()) {
    const guard = earlier(index, guardedBy);
    if (guard !== undefined) {
      instructions.push({ kind: "jumpUnless", condition: guard, to: instructions.length + 2 });
    }
    const value = earlier(index, dependsOn);
    const fed = value === undefined
      ? instruction
      : instruction.kind === "store"
      ? { ...instruction, value }
      : instruction.kind === "compareExchange"
      ? { ...instruction, expected: value }
      : instruction;
    instructions.push("into" in fed ? { ...fed, into: index } : fed);
  }
  return instructions;
}

/** Programs of two locations; what is written differs mostly, so that final states tell much. */
export function randomProgram(shape: ProgramShape): fc.Arbitrary<Program> {
  const { accesses: most } = shape;
  const length = { minLength: Math.max(1, most - 1), maxLength: most };
  const thread = fc.array(drawn(shape), length).map((accesses) => ({
    registers: accesses.map((_, index) => `r${index}`),
    initial: accesses.map(() => 0),
    instructions: placed(accesses),
  }));
  return fc.array(thread, { minLength: 2, maxLength: shape.threads })
    .map((threads) => ({ locations: ["x", "y"], initial: [0, 0], threads }));
}
