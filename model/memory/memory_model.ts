/**
 * What a thread can do to shared memory, and what a memory model is: the rule that says which answers are possible.
 *
 * Three models implement the interface: sequential consistency (`sc.ts`), x86-TSO (`tso.ts`) and RC11 (`rc11.ts`).
 * All locations are whole, aligned, 32-bit words of one size. A model refuses to know caches, cores, instructions
 * and time; accesses of different sizes to the same bytes are not modelled.
 *
 * @module
 */
import type { z } from "zod";

/** Memory orders of C11, weakest first; `plain` is an access that is not atomic. */
export type Order = "plain" | "relaxed" | "acquire" | "release" | "acq_rel" | "seq_cst";

/** What a read-modify-write computes from the old value and its operand. */
export type UpdateOperation = "exchange" | "add" | "subtract" | "or" | "and" | "xor";

/** One access of one thread. Locations are numbers from 0; values are 32-bit signed integers. */
export type Access =
  | { readonly kind: "load"; readonly location: number; readonly order: Order }
  | { readonly kind: "store"; readonly location: number; readonly value: number; readonly order: Order }
  | {
    readonly kind: "update";
    readonly operation: UpdateOperation;
    readonly location: number;
    readonly operand: number;
    readonly order: Order;
  }
  | {
    readonly kind: "compareExchange";
    readonly location: number;
    readonly expected: number;
    readonly desired: number;
    readonly order: Order;
    readonly failureOrder: Order;
  }
  | { readonly kind: "fence"; readonly order: Order };

/** Picks one of `count` alternatives; whoever explores comes back for the others. */
export interface Chooser {
  choose(count: number): number;
}

/** Names of the three models. */
export type MemoryModelName = "sc" | "tso" | "c11";

/** One access of a data race: the `index`-th access of `thread`, both counted from 0. */
export interface RacingAccess {
  readonly thread: number;
  readonly index: number;
  readonly kind: "read" | "write" | "update";
  readonly order: Order;
}

/** Two conflicting accesses, one of them plain, that nothing orders: the program has no meaning in C11. */
export interface DataRace {
  readonly location: number;
  readonly first: RacingAccess;
  readonly second: RacingAccess;
  /** The last access of the first thread that happens before the second access; -1 = none does. */
  readonly lastOrderedIndex: number;
}

/** Sizes of a program, from which a schema of bounded states can be made. */
export interface MemoryBounds {
  readonly threads: number;
  readonly locations: number;
  /** Most stores that one buffer can hold, or accesses of one thread that a graph can hold. */
  readonly accessesPerThread: number;
  readonly minValue: number;
  readonly maxValue: number;
}

/** A memory model: how `Memory` answers accesses. `Memory` is plain data. */
export interface MemoryModel<Memory> {
  readonly name: MemoryModelName;
  schema(bounds: MemoryBounds): z.ZodType<Memory>;
  initial(values: readonly number[], threads: number): Memory;
  copy(memory: Memory): Memory;
  /**
   * Carries out `access` of `thread` on `memory`, the caller's own copy, and answers the value that was read (for a
   * read-modify-write the old one, for stores and fences 0). `undefined` = not possible now, or this alternative
   * does not exist; the copy is then spoilt when something was chosen, untouched otherwise.
   */
  perform(memory: Memory, thread: number, access: Access, chooser: Chooser): number | undefined;
  /** Moves the oldest buffered store of `thread` to memory and says so; false when there is none. */
  flush?(memory: Memory, thread: number): boolean;
  /** Nothing is on its way any more. */
  settled(memory: Memory): boolean;
  /** Final value of each location, once settled. */
  values(memory: Memory): readonly number[];
  /** What `thread` would read now as its newest own knowledge: own buffer before memory. Undefined under RC11, which has no memory to look at. */
  view?(memory: Memory, thread: number, location: number): number;
  /** Two equal keys mean the same memory. */
  key(memory: Memory): string;
  /** The race of the access that `thread` made last with an earlier one, where the model knows races. */
  raceOfLast?(memory: Memory, thread: number): DataRace | undefined;
}

/** New value of a read-modify-write. */
export function updated(operation: UpdateOperation, old: number, operand: number): number {
  switch (operation) {
    case "exchange":
      return operand;
    case "add":
      return (old + operand) | 0;
    case "subtract":
      return (old - operand) | 0;
    case "or":
      return old | operand;
    case "and":
      return old & operand;
    case "xor":
      return old ^ operand;
  }
}

/** Whether `order` has release semantics. */
export function releases(order: Order): boolean {
  return order === "release" || order === "acq_rel" || order === "seq_cst";
}

/** Whether `order` has acquire semantics. */
export function acquires(order: Order): boolean {
  return order === "acquire" || order === "acq_rel" || order === "seq_cst";
}
