/**
 * x86-TSO: one memory, and a first-in-first-out buffer of stores per thread, which drains when it likes.
 *
 * C11 orders are mapped as compilers do: every load is a `mov`, every store weaker than seq_cst a `mov`, a seq_cst
 * store an `xchg`, every read-modify-write (also a compare-and-exchange that fails) a `lock`ed instruction, a seq_cst
 * fence an `mfence`, weaker fences nothing.
 *
 * @see Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, "x86-TSO", CACM 2010
 * @module
 */
import { z } from "zod";
import type { Access, MemoryModel } from "./memory_model.ts";
import { performOnCells } from "./sc.ts";

/** A store that only its own thread can see so far. */
export interface BufferedStore {
  location: number;
  value: number;
}

/** Memory under x86-TSO. `buffers[thread][0]` is the oldest store. */
export interface TsoMemory {
  cells: number[];
  buffers: BufferedStore[][];
}

/** The rules of x86-TSO, one by one, so that a test can break each of them. */
export interface TsoRules {
  /** Which of the thread's own buffered stores a load sees. */
  readonly forwards: "newest" | "oldest" | "none";
  /** A fence waits until the buffer is empty. */
  readonly fenceDrains: boolean;
  /** Which buffered store reaches memory next. */
  readonly drains: "oldest" | "newest";
}

function forwarded(
  buffer: readonly BufferedStore[],
  location: number,
  { forwards }: TsoRules,
): number | undefined {
  if (forwards === "none") return undefined;
  const sees = (store: BufferedStore) => store.location === location;
  return (forwards === "newest" ? buffer.findLast(sees) : buffer.find(sees))?.value;
}

/** Whether the access is a locked instruction or a fence: it waits for the thread's own buffer. */
function drainsBuffer(access: Access, rules: TsoRules): boolean {
  switch (access.kind) {
    case "load":
      return false;
    case "store":
      return access.order === "seq_cst";
    case "update":
    case "compareExchange":
      return true;
    case "fence":
      return access.order === "seq_cst" && rules.fenceDrains;
  }
}

/** x86-TSO with the given rules; {@link tso} has the right ones. */
export function tsoWithRules(rules: TsoRules): MemoryModel<TsoMemory> {
  const view = ({ cells, buffers }: TsoMemory, thread: number, location: number): number =>
    forwarded(buffers[thread]!, location, rules) ?? cells[location]!;
  return {
    name: "tso",
    schema: ({ threads, locations, accessesPerThread, minValue, maxValue }) => {
      const value = z.int().min(minValue).max(maxValue);
      const store = z.strictObject({ location: z.int().min(0).max(Math.max(0, locations - 1)), value });
      return z.strictObject({
        cells: z.array(value).length(locations),
        buffers: z.array(z.array(store).max(accessesPerThread)).length(threads),
      });
    },
    initial: (values, threads) => ({
      cells: [...values],
      buffers: Array.from({ length: threads }, () => []),
    }),
    copy: ({ cells, buffers }) => ({
      cells: cells.slice(),
      buffers: buffers.map((buffer) => buffer.map(({ location, value }) => ({ location, value }))),
    }),
    perform(memory, thread, access) {
      const buffer = memory.buffers[thread]!;
      if (drainsBuffer(access, rules)) {
        return buffer.length > 0 ? undefined : performOnCells(memory.cells, access);
      }
      if (access.kind === "load") return view(memory, thread, access.location);
      if (access.kind === "store") buffer.push({ location: access.location, value: access.value });
      return 0;
    },
    flush(memory, thread) {
      const buffer = memory.buffers[thread]!;
      const store = rules.drains === "oldest" ? buffer.shift() : buffer.pop();
      if (store === undefined) return false;
      memory.cells[store.location] = store.value;
      return true;
    },
    settled: ({ buffers }) => buffers.every((buffer) => buffer.length === 0),
    values: ({ cells }) => cells,
    view,
    key: ({ cells, buffers }) =>
      cells.join() + "|" +
      buffers.map((buffer) => buffer.map(({ location, value }) => `${location}:${value}`).join()).join("|"),
  };
}

/** x86-TSO. */
export const tso: MemoryModel<TsoMemory> = tsoWithRules({
  forwards: "newest",
  fenceDrains: true,
  drains: "oldest",
});
