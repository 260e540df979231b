/**
 * One operation of a page as a generator: it yields every access to shared memory and is told what was read, so that
 * whoever drives it decides when each access happens and by which means.
 *
 * @module
 */
import type { Access } from "../../model/memory/memory_model.ts";
import type { PageAlgorithm, PageOperation } from "./algorithm.ts";

/** A thread between operations: what it remembers. */
export interface PageThreadMemory {
  readonly thread: number;
  local: number;
}

/** An operation under way. */
export type RunningOperation = Generator<Access, number, number>;

/**
 * Runs `operation`, access by access, and returns its answer.
 *
 * @example One allocation on plain words
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ownedBit } from "./owned_bit.ts";
 * import { runOperation } from "./run_operation.ts";
 * import { performOnCells } from "../../model/memory/sc.ts";
 *
 * const page = ownedBit(2);
 * const words = [...page.initial];
 * const running = runOperation(page, "malloc", { thread: 0, local: 1 }, 0);
 * let next = running.next(0);
 * while (!next.done) next = running.next(performOnCells(words, next.value));
 * assertEquals(next.value, 2);
 * ```
 */
export function* runOperation(
  algorithm: PageAlgorithm,
  operation: PageOperation,
  memory: PageThreadMemory,
  argument: number,
): RunningOperation {
  let next = algorithm.start(operation, memory, argument);
  for (;;) {
    if (next.local !== undefined) memory.local = next.local;
    if (next.kind === "answer") return next.value;
    const { args, phase } = next;
    const step = algorithm.phases[phase]!(memory, args[0] ?? 0, args[1] ?? 0, args[2] ?? 0, args[3] ?? 0);
    next = step.then(yield step.access);
  }
}
