/**
 * A tour for speed: one route through every (state, command) pair of a small scope under sequential consistency,
 * planned once, then repeated on real memory with every answer and every word compared after every access.
 *
 * The engine's tour covers the same pairs, plans on the way and shrinks what it finds; this one only measures and
 * counts.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { performOnMemory, RealPage, wordStride } from "../../impl/page_flags/real_page.ts";
import type { RunningOperation } from "../../impl/page_flags/run_operation.ts";
import { runOperation } from "../../impl/page_flags/run_operation.ts";
import { TourGraph } from "../../lockstep/tour/graph.ts";
import { type PlannedStep, Planner } from "../../lockstep/tour/plan.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import { sc } from "../../model/memory/sc.ts";
import type { PageFlagsScope, PageThreadCommand } from "../../model/page_flags.ts";
import { pageMechanism } from "./machine.ts";

const world = {
  choose: () => 0,
  tick: () => {},
  cut: (reason: string): never => {
    throw new RangeError(`Cannot plan a tour: ${reason}`);
  },
  refuse: () => undefined,
};

/** One access of a route; `fresh` = on a fresh page. */
export interface TourStep {
  readonly fresh: boolean;
  readonly command: PageThreadCommand;
  readonly answer: number;
  readonly words: readonly number[];
}

/** A route and what it covers. */
export interface TourRoute {
  readonly steps: readonly TourStep[];
  readonly states: number;
  /** Pairs of a state and a command, each on the route at least once. */
  readonly pairs: number;
  /** How often the route begins on a fresh page. */
  readonly runs: number;
}

/** Plans a route through every pair of a scope, as the engine's tour would take it; what all threads do is left out. */
export function planTour(algorithm: PageAlgorithm, scope: PageFlagsScope): TourRoute {
  const operations = scope.operations.filter((operation) => operation !== "allocateAll");
  const machine = pageMechanism(algorithm, { ...scope, operations }, sc);
  const graph = new TourGraph(machine, { maximumStates: 200_000, maximumTicks: 10_000, until: Infinity });
  const planner = new Planner(graph);
  const steps: TourStep[] = [];
  let runs = 0;
  for (let way = planner.fresh(); way !== undefined; way = planner.fresh()) {
    runs++;
    const state = machine.initial(null, world);
    let [at, plan, fresh] = [way.from, [...way.steps], true];
    for (;;) {
      const step: PlannedStep | undefined = plan.shift() ?? planner.pairLeft(at);
      if (step === undefined) {
        // On from here, unless a fresh page is nearer to what is left.
        const near = planner.near(at, (planner.freshDistance() ?? 0) + 1);
        if (near === undefined) break;
        plan = [...near.steps];
        continue;
      }
      planner.cover(at, step.pair);
      at = graph.target(step.edge);
      const command = graph.command(step.pair) as PageThreadCommand;
      const reply = machine.step(state, command, world)!;
      const answer = reply.kind === "answered" ? reply.value : -1;
      steps.push({ fresh, command, answer, words: [...state.memory.cells] });
      fresh = false;
    }
  }
  return { steps, states: graph.states, pairs: graph.pairs, runs };
}

/** Where real memory first said something else, or undefined. */
export interface TourDifference {
  readonly step: number;
  readonly command: PageThreadCommand;
  readonly expected: { readonly answer: number; readonly words: readonly number[] };
  readonly found: { readonly answer: number; readonly words: readonly number[] };
}

/** Walks the route once on `page` and answers the first difference. */
export function walkTour(
  algorithm: PageAlgorithm,
  route: TourRoute,
  page: RealPage,
  threads: number,
): TourDifference | undefined {
  const { words } = page;
  const memories = Array.from({ length: threads }, (_, thread) => ({ thread, local: 0 }));
  const running: (RunningOperation | undefined)[] = memories.map(() => undefined);
  const accesses: (Access | undefined)[] = memories.map(() => undefined);
  for (let index = 0; index < route.steps.length; index++) {
    const { command, answer, fresh, words: expected } = route.steps[index]!;
    const { thread } = command;
    if (fresh) {
      page.reset(algorithm.initial);
      for (const memory of memories) memory.local = algorithm.initialLocal(memory.thread);
    }
    let next: IteratorResult<Access, number> | undefined;
    if (command.kind === "call") {
      const begun = runOperation(
        algorithm,
        command.operation,
        memories[thread]!,
        "pointer" in command ? command.pointer : 0,
      );
      running[thread] = begun;
      next = begun.next(0);
      if (next.done !== true) accesses[thread] = next.value;
    }
    if (next?.done !== true) next = running[thread]!.next(performOnMemory(words, accesses[thread]!));
    if (next.done !== true) accesses[thread] = next.value;
    const found = next.done === true ? next.value : -1;
    let same = found === answer;
    for (let word = 0; word < expected.length; word++) {
      same = same && words[word * wordStride] === expected[word];
    }
    if (!same) {
      return {
        step: index,
        command,
        expected: { answer, words: expected },
        found: { answer: found, words: page.values() },
      };
    }
  }
  return undefined;
}
