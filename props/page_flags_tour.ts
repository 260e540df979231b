/**
 * A tour for speed: one route through every (state, command) pair of a small scope under sequential consistency,
 * planned once, then repeated on real memory with every answer and every word compared after every access.
 *
 * The engine's tour covers the same pairs, plans on the way and shrinks what it finds; this one only measures and
 * counts.
 *
 * @module
 */
import type { PageAlgorithm } from "../impl/page_flags/algorithm.ts";
import { performOnMemory, RealPage, wordStride } from "../impl/page_flags/real_page.ts";
import type { RunningOperation } from "../impl/page_flags/run_operation.ts";
import { runOperation } from "../impl/page_flags/run_operation.ts";
import type { Access } from "../model/memory/memory_model.ts";
import type { ScMemory } from "../model/memory/sc.ts";
import { sc } from "../model/memory/sc.ts";
import type { PageFlagsCommand, PageFlagsScope } from "../model/page_flags.ts";
import type { PageMechanismState } from "./page_flags_machine.ts";
import { pageMechanism } from "./page_flags_machine.ts";

type State = PageMechanismState<ScMemory>;

interface Edge {
  readonly command: PageFlagsCommand;
  readonly target: number;
  /** The value answered, or -1 while running. */
  readonly answer: number;
}

/** All states of a scope and where each command leads. */
interface Graph {
  readonly edges: readonly (readonly Edge[])[];
  readonly words: readonly (readonly number[])[];
}

const world = {
  choose: () => 0,
  tick: () => {},
  cut: (reason: string): never => {
    throw new RangeError(`Cannot plan a tour: ${reason}`);
  },
  refuse: () => undefined,
};

function graphOf(algorithm: PageAlgorithm, scope: PageFlagsScope): Graph {
  const machine = pageMechanism(algorithm, scope, sc);
  const numbers = new Map<string, number>();
  const states: State[] = [];
  const number = (state: State): number => {
    const key = JSON.stringify(state);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  number(machine.initial(null, world));
  const edges: Edge[][] = [];
  for (let at = 0; at < states.length; at++) {
    edges[at] = [];
    for (const command of machine.commands) {
      const after = structuredClone(states[at]!);
      const reply = machine.step(after, command, world);
      if (reply === undefined) continue;
      const answer = reply.kind === "answered" ? reply.value : -1;
      edges[at]!.push({ command, target: number(after), answer });
    }
  }
  return { edges, words: states.map(({ memory }) => memory.cells) };
}

/** One access of a route; `fresh` = on a fresh page. */
export interface TourStep {
  readonly fresh: boolean;
  readonly command: PageFlagsCommand;
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

/** Edges to the nearest state that has an edge left, or undefined. */
function wayToFresh({ edges }: Graph, from: number, left: readonly Set<Edge>[]): Edge[] | undefined {
  const cameBy = new Map<number, { readonly edge: Edge; readonly from: number } | undefined>([[
    from,
    undefined,
  ]]);
  for (const at of cameBy.keys()) {
    if (left[at]!.size > 0) {
      const way: Edge[] = [];
      for (let step = cameBy.get(at); step !== undefined; step = cameBy.get(step.from)) {
        way.unshift(step.edge);
      }
      return way;
    }
    for (const edge of edges[at]!) if (!cameBy.has(edge.target)) cameBy.set(edge.target, { edge, from: at });
  }
  return undefined;
}

/** Plans a route through every pair of a scope. */
export function planTour(algorithm: PageAlgorithm, scope: PageFlagsScope): TourRoute {
  const graph = graphOf(algorithm, scope);
  const left = graph.edges.map((edges) => new Set(edges));
  const steps: TourStep[] = [];
  let [at, runs] = [0, 1];
  let fresh = true;
  const take = (edge: Edge) => {
    left[at]!.delete(edge);
    steps.push({ fresh, command: edge.command, answer: edge.answer, words: graph.words[edge.target]! });
    fresh = false;
    at = edge.target;
  };
  for (;;) {
    const way = wayToFresh(graph, at, left);
    if (way === undefined) {
      if (fresh || left.every((edges) => edges.size === 0)) break;
      [at, fresh] = [0, true];
      runs++;
      continue;
    }
    for (const edge of way) take(edge);
    const [next] = left[at]!;
    if (next !== undefined) take(next);
  }
  const pairs = graph.edges.reduce((sum, edges) => sum + edges.length, 0);
  return { steps, states: graph.edges.length, pairs, runs };
}

/** Where real memory first said something else, or undefined. */
export interface TourDifference {
  readonly step: number;
  readonly command: PageFlagsCommand;
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
