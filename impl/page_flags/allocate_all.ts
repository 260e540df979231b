/**
 * All that can be had of a page when nothing else is going on: the threads allocate in turn, each operation alone, until
 * none of them is answered a block. What is missing from it is lost to every caller.
 *
 * @module
 */
import type { Access } from "../../model/memory/memory_model.ts";
import type { PageAlgorithm } from "./algorithm.ts";
import { type PageThreadMemory, runOperation } from "./run_operation.ts";

/** An access, and the thread that makes it. */
export interface AccessOfThread {
  readonly thread: number;
  readonly access: Access;
}

/** Most accesses of one operation that runs alone; it counts as answered null after that. */
const mostAccesses = 200;

/**
 * Yields every access and is told what was read; returns the pointers in ascending order. A page that hands out more
 * pointers than it has places to point at is not asked any further.
 */
export function* allocateAll(
  algorithm: PageAlgorithm,
  memories: readonly PageThreadMemory[],
): Generator<AccessOfThread, readonly number[], number> {
  const most = 2 * algorithm.blocks;
  const pointers: number[] = [];
  for (let answered = true; answered && pointers.length < most;) {
    answered = false;
    for (const memory of memories) {
      const value = yield* runAlone(algorithm, memory);
      if (value === 0) continue;
      answered = true;
      pointers.push(value);
      if (pointers.length === most) break;
    }
  }
  return pointers.sort((first, second) => first - second);
}

function* runAlone(
  algorithm: PageAlgorithm,
  memory: PageThreadMemory,
): Generator<AccessOfThread, number, number> {
  const running = runOperation(algorithm, "malloc", memory, 0);
  let next = running.next(0);
  for (let made = 0; next.done !== true; made++) {
    if (made === mostAccesses) return 0;
    next = running.next(yield { thread: memory.thread, access: next.value });
  }
  return next.value;
}
