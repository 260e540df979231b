/**
 * What is left of a page when all threads have finished with it: whether its words keep their promises, and whether
 * every block that nobody holds can be had again.
 *
 * @module
 */
import { allocateAll } from "../../impl/page_flags/allocate_all.ts";
import { blockOf, isInterior, type PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { performOnCells } from "../../model/memory/sc.ts";
import type { Script } from "./scripts.ts";

/** A page at rest. */
export interface PageAtRest {
  /** The words of the algorithm, in order. */
  readonly words: readonly number[];
  /** By thread, whether it has the page. */
  readonly owns: readonly boolean[];
  /** The pointers that callers still hold. */
  readonly held: readonly number[];
}

/** The promise that {@link brokenAtRest} makes for clients. */
export const everyBlock = "every block is held or can be had, once";

/** Whether the blocks that are held and those that can be had are all blocks, each once. */
function everyBlockIsThere(algorithm: PageAlgorithm, { words, owns, held }: PageAtRest): boolean {
  const cells = [...words];
  const running = allocateAll(algorithm, owns.map((own, thread) => ({ thread, local: own ? 1 : 0 })));
  let next = running.next(0);
  while (next.done !== true) next = running.next(performOnCells(cells, next.value.access));
  const blocks = [...held, ...next.value].map(blockOf).sort();
  return !next.value.some(isInterior) && blocks.length === algorithm.blocks &&
    blocks.every((block, index) => block === index);
}

/** The promises that a page breaks: those of its words, and {@link everyBlock}. */
export function brokenAtRest(algorithm: PageAlgorithm, page: PageAtRest): readonly string[] {
  const seen = { read: (word: number) => page.words[word]!, held: page.held, quiet: true };
  const broken = Object.entries(algorithm.health.structure).flatMap(([promise, holds]) =>
    holds(seen) ? [] : [promise]
  );
  return everyBlockIsThere(algorithm, page) ? broken : [...broken, everyBlock];
}

/**
 * The pointers that are held when a script has ended. `answers`: of each thread, as far as it came; who received nothing
 * has none after that. Whoever sends stands before whoever receives.
 */
export function heldAtEnd(script: Script, answers: readonly (readonly number[])[]): readonly number[] {
  const boxes: number[] = [];
  const held: number[] = [];
  for (const [thread, actions] of script.entries()) {
    const slots: number[] = [];
    let answered = 0;
    for (const action of actions) {
      if (action.kind === "send") boxes[action.box] = slots[action.slot] ?? 0;
      else if (action.kind === "receive") slots[action.slot] = boxes[action.box] ?? 0;
      else {
        const answer = answers[thread]![answered++];
        if (answer === undefined) break;
        const pointer = slots[action.slot] ?? 0;
        if (action.kind === "free") {
          if (held.includes(pointer)) held.splice(held.indexOf(pointer), 1);
        } else if (action.kind !== "usableSize") {
          slots[action.slot] = answer;
          if (answer !== 0) held.push(answer);
        }
      }
    }
  }
  return held;
}
