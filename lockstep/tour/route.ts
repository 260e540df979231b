/**
 * A route: walks from fresh starts that cover every pair of a graph whose pairs lead to one state each, planned as a
 * whole, in the fewest commands that do.
 *
 * Once pairs are repeated so that every state is entered as often as it is left, a fresh start counting as a way from
 * any state to a start, one closed walk passes each of them (Euler's circuit, found as Hierholzer did). It falls apart
 * into the route's walks where it starts afresh.
 *
 * @module
 */
import type { TourGraph } from "./graph.ts";
import type { PlannedStep, Way } from "./plan.ts";
import { fewestRepeats } from "./repeats.ts";

/** Whether a state and a command always say which state comes next. */
export function isDeterministic(graph: TourGraph): boolean {
  return graph.edges === graph.pairs &&
    new Set(graph.initial.map(({ start }) => start)).size === graph.initial.length;
}

/** How often each state must be left for a fresh start, and each initial state be entered by one. */
function freshStarts(
  graph: TourGraph,
  extra: Int32Array,
): { readonly out: Int32Array; readonly into: Int32Array } {
  const out = new Int32Array(graph.states);
  for (let state = 0; state < graph.expanded; state++) {
    for (let pair = graph.pairsFrom(state); pair < graph.pairsFrom(state + 1); pair++) {
      const taken = 1 + extra[pair]!;
      out[state]! -= taken;
      out[graph.target(graph.edgesFrom(pair))]! += taken;
    }
  }
  const into = new Int32Array(graph.states);
  for (const { state } of graph.initial) {
    // Every start is begun from, so that the circuit hangs together.
    into[state] = Math.max(1, -out[state]!);
    out[state]! += into[state]!;
  }
  return { out, into };
}

/**
 * One closed walk through everything, from its end to its beginning: pairs, and `~state` where it starts afresh in
 * `state`.
 */
function circuit(graph: TourGraph, extra: Int32Array): Int32Array {
  const { out, into } = freshStarts(graph, extra);
  const left = extra.map((repeats) => repeats + 1);
  const tried = new Int32Array(graph.states);
  const sum = (numbers: Int32Array): number => numbers.reduce((total, number) => total + number, 0);
  const steps = sum(left) + sum(into);
  const backwards = new Int32Array(steps);
  let told = 0;
  // The walk so far: where it stands, and how it came there. Between two walks it stands nowhere.
  const nowhere = -1;
  const stackState = new Int32Array(steps + sum(into) + 1);
  const stackStep = new Int32Array(stackState.length);
  let height = 0;
  const go = (state: number, step: number): void => {
    stackState[height] = state;
    stackStep[height++] = step;
  };
  /** The next step from where the walk stands; false when there is none. */
  const goOn = (state: number): boolean => {
    if (state === nowhere) {
      const start = graph.initial.find((initial) => into[initial.state]! > 0)?.state;
      if (start === undefined) return false;
      into[start]!--;
      go(start, ~start);
      return true;
    }
    const first = state < graph.expanded ? graph.pairsFrom(state) : 0;
    const count = state < graph.expanded ? graph.pairsFrom(state + 1) - first : 0;
    // Not the same order everywhere: what an implementation remembers beyond the model shows in varied walks.
    const turn = count === 0 ? 0 : (Math.imul(state + 1, 0x9e3779b1) >>> 8) % count;
    for (; tried[state]! < count; tried[state]!++) {
      const pair = first + (tried[state]! + turn) % count;
      if (left[pair] === 0) continue;
      left[pair]!--;
      go(graph.target(graph.edgesFrom(pair)), pair);
      return true;
    }
    if (out[state]! === 0) return false;
    // As late as can be, for the same reason.
    out[state]!--;
    go(nowhere, 0);
    return true;
  };
  go(nowhere, 0);
  while (height > 0) {
    const state = stackState[height - 1]!;
    if (goOn(state)) continue;
    height--;
    if (state !== nowhere) backwards[told++] = stackStep[height]!;
  }
  return backwards;
}

/** Walks that cover every pair of a graph. */
export class Route {
  readonly #graph: TourGraph;
  /** The walks one behind the other: `~state` where one starts, then its pairs. */
  readonly #steps: Int32Array;
  /** Whether no other walks take fewer commands in all, but for what cutting the longest ones costs. */
  readonly fewest: boolean;

  /**
   * @param until point of time on the clock of `performance.now()` after which the rest is planned carelessly.
   * @throws {RangeError} when a pair may lead to several states, or a start to several initial states.
   */
  constructor(graph: TourGraph, until: number) {
    if (!isDeterministic(graph)) {
      throw new RangeError("Cannot plan a route: a command may lead to several states");
    }
    this.#graph = graph;
    const { extra, fewest } = fewestRepeats(graph, until);
    this.#steps = circuit(graph, extra).reverse();
    this.fewest = fewest;
  }

  /** Commands of all walks together, none of them cut. */
  get commands(): number {
    return this.#steps.reduce((count, step) => step < 0 ? count : count + 1, 0);
  }

  /**
   * The walks, short ones first: what shows near a start is seen soon.
   *
   * @param longest commands of one walk at most, unless it takes more than half as many to come where one was cut.
   */
  *ways(longest: number): Generator<Way, void> {
    const starts: number[] = [];
    this.#steps.forEach((step, at) => step < 0 && starts.push(at));
    const walks = starts.map((from, index) => ({ from, to: starts[index + 1] ?? this.#steps.length }));
    walks.sort((one, other) => one.to - one.from - (other.to - other.from));
    for (const { from, to } of walks) {
      let begun = this.#wayTo(~this.#steps[from]!);
      for (let at = from + 1; at < to;) {
        const end = this.#cut(begun, at, to, longest);
        const steps = [...begun.steps];
        for (; at < end; at++) steps.push(this.#step(this.#steps[at]!));
        yield { from: begun.from, steps };
        if (at < to) begun = this.#wayTo(this.#stateAfter(at - 1));
      }
    }
  }

  /** Where the part of a walk ends that begins at `at`: as near to a start as can be when it must be cut. */
  #cut(begun: Way, at: number, to: number, longest: number): number {
    const room = Math.max(longest - begun.steps.length, Math.ceil(longest / 2));
    if (to - at <= room) return to;
    let best = at + room;
    for (let end = best - 1; end > at + room / 2; end--) {
      if (this.#graph.depth(this.#stateAfter(end - 1)) < this.#graph.depth(this.#stateAfter(best - 1))) {
        best = end;
      }
    }
    return best;
  }

  #step(pair: number): PlannedStep {
    return { pair, edge: this.#graph.edgesFrom(pair) };
  }

  #stateAfter(at: number): number {
    return this.#graph.target(this.#graph.edgesFrom(this.#steps[at]!));
  }

  /** The shortest way from a start to `state`. */
  #wayTo(state: number): Way {
    const steps: PlannedStep[] = [];
    let from = state;
    for (; this.#graph.parent(from) !== from; from = this.#graph.parent(from)) {
      steps.push(this.#graph.arrival(from));
    }
    return { from, steps: steps.reverse() };
  }
}
