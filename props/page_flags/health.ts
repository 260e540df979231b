/**
 * What must hold of a page in every state of the mechanism: the causes and broken structures that its algorithm names,
 * and that memory which was given back can be had again.
 *
 * @module
 */
import type { PageAlgorithm, PageWords } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, Invariants } from "../../lockstep/machine.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import { performOnCells } from "../../model/memory/sc.ts";
import { takeEverything } from "./client.ts";
import type { PageMechanismState } from "./machine.ts";

function wordsOf<Memory>(
  model: MemoryModel<Memory>,
  state: DeepReadonly<PageMechanismState<Memory>>,
): PageWords {
  const memory = state.memory as Memory;
  const owner = Math.max(0, state.threads.findIndex(({ local }) => local === 1));
  return {
    read: (word) => model.view!(memory, owner, word),
    held: state.held.filter((one) => one !== 0),
    quiet: model.settled(memory) && state.threads.every(({ operation }) => operation === "none"),
  };
}

/** Whether the threads get every free block when nothing else is going on. */
function givesBack<Memory>(
  algorithm: PageAlgorithm,
  model: MemoryModel<Memory>,
  state: DeepReadonly<PageMechanismState<Memory>>,
): boolean {
  const memory = state.memory as Memory;
  if (!state.held.includes(0) || !model.settled(memory)) return true;
  if (state.threads.some(({ operation }) => operation !== "none")) return true;
  const cells = [...model.values(memory)];
  const client = { threads: state.threads.map((thread) => ({ ...thread, args: [] })), held: [...state.held] };
  takeEverything(algorithm, client, (_thread, access) => performOnCells(cells, access));
  return !client.held.includes(0);
}

/** Promises about the words, each with its level in front: cause, structure, or what a client sees. */
export function pageHealth<Memory>(
  algorithm: PageAlgorithm,
  model: MemoryModel<Memory>,
): Invariants<PageMechanismState<Memory>> {
  const { cause, structure } = algorithm.health;
  const levels = [["cause", cause], ["structure", structure]] as const;
  const words = Object.fromEntries(
    levels.flatMap(([level, conditions]) =>
      Object.entries(conditions).map(([name, holds]) => [
        `${level}: ${name}`,
        (state: DeepReadonly<PageMechanismState<Memory>>) => holds(wordsOf(model, state)),
      ])
    ),
  );
  return {
    ...words,
    "client: when nobody is busy, every free block can be had": (state) => givesBack(algorithm, model, state),
  };
}
