/**
 * Where a tour goes next: the nearest pair that was not covered yet, from here or from a fresh start.
 *
 * @module
 */
import type { TourGraph } from "./graph.ts";

/** One step of a plan: the pair to take, and the edge it is hoped to take. */
export interface PlannedStep {
  readonly pair: number;
  readonly edge: number;
}

/** A way to a state that has something left to cover. */
export interface Way {
  readonly from: number;
  readonly steps: readonly PlannedStep[];
}

/** An edge that was planned that often and never taken is planned no more. */
const missesBeforeNeverTaken = 3;
/** An edge that was missed that often is planned no more, even if it was taken before. */
const missesBeforeGivenUp = 50;
/** States looked at before a search from the middle of a case gives up for a fresh start. */
const statesSearched = 4096;

/** What is covered, and the search for more. */
export class Planner {
  readonly graph: TourGraph;
  readonly #covered: Uint8Array;
  /** Pairs that are left, per state. */
  readonly #left: Uint16Array;
  readonly #missed: Uint8Array;
  readonly #taken: Uint8Array;
  readonly #nondeterministic: boolean;
  /** Every state below this one is covered. */
  #cursor = 0;
  covered = 0;
  // For the search: when a state was seen last, and by which edge.
  readonly #seenAt: Uint32Array;
  readonly #seenBy: Int32Array;
  readonly #seenFrom: Int32Array;
  #searches = 0;

  constructor(graph: TourGraph) {
    this.graph = graph;
    this.#covered = new Uint8Array(graph.pairs);
    this.#left = new Uint16Array(graph.states);
    for (let state = 0; state < graph.expanded; state++) {
      this.#left[state] = graph.pairsFrom(state + 1) - graph.pairsFrom(state);
    }
    this.#missed = new Uint8Array(graph.edges);
    this.#taken = new Uint8Array(graph.edges);
    this.#nondeterministic = graph.edges !== graph.pairs;
    this.#seenAt = new Uint32Array(graph.states);
    this.#seenBy = new Int32Array(graph.states);
    this.#seenFrom = new Int32Array(graph.states);
  }

  /** Marks a pair of `state`; whether it was new. */
  cover(state: number, pair: number): boolean {
    if (this.#covered[pair] === 1) return false;
    this.#covered[pair] = 1;
    this.#left[state]!--;
    this.covered++;
    return true;
  }

  /** Takes back that a pair of `state` was covered. */
  uncover(state: number, pair: number): void {
    this.#covered[pair] = 0;
    this.#left[state]!++;
    this.#cursor = Math.min(this.#cursor, state);
    this.covered--;
  }

  /** Says where `pair` led, after `planned` was hoped for. */
  arrived(pair: number, planned: number, state: number): void {
    if (!this.#nondeterministic) return;
    for (let edge = this.graph.edgesFrom(pair); edge < this.graph.edgesFrom(pair + 1); edge++) {
      if (this.graph.target(edge) === state) this.#taken[edge] = 1;
      else if (edge === planned && this.#missed[edge]! < 255) this.#missed[edge]!++;
    }
  }

  #isLive(edge: number): boolean {
    if (!this.#nondeterministic) return true;
    const missed = this.#missed[edge]!;
    return missed < missesBeforeNeverTaken || (this.#taken[edge] === 1 && missed < missesBeforeGivenUp);
  }

  /** A pair of `state` that is left: first those that stay here, then those that lead to more work. */
  pairLeft(state: number): PlannedStep | undefined {
    const { graph } = this;
    if (state >= graph.expanded || this.#left[state] === 0) return undefined;
    let best: PlannedStep | undefined;
    let bestWorth = -1;
    for (let pair = graph.pairsFrom(state); pair < graph.pairsFrom(state + 1); pair++) {
      if (this.#covered[pair] === 1) continue;
      const edge = graph.edgesFrom(pair);
      const target = edge < graph.edgesFrom(pair + 1) ? graph.target(edge) : state;
      if (target === state) return { pair, edge };
      const worth = target >= graph.expanded ? 0 : Math.min(this.#left[target]!, 1) + 1;
      if (worth > bestWorth) {
        bestWorth = worth;
        best = { pair, edge };
      }
    }
    return best;
  }

  /** Distance of the nearest work from a fresh start; `undefined` = nothing is left. */
  freshDistance(): number | undefined {
    while (this.#cursor < this.graph.expanded && this.#left[this.#cursor] === 0) this.#cursor++;
    return this.#cursor < this.graph.expanded ? this.graph.depth(this.#cursor) : undefined;
  }

  /** The way from a fresh start to the nearest work; `undefined` = none is left that the real side lets us reach. */
  fresh(): Way | undefined {
    if (this.freshDistance() === undefined) return undefined;
    const { graph } = this;
    const steps: PlannedStep[] = [];
    let state = this.#cursor;
    let live = true;
    while (graph.parent(state) !== state) {
      const step = graph.arrival(state);
      live &&= this.#isLive(step.edge);
      steps.push(step);
      state = graph.parent(state);
    }
    if (live) return { from: state, steps: steps.reverse() };
    return this.#search(graph.initial.map((initial) => initial.state), Infinity, Infinity);
  }

  /** The way from `state` to work that is less than `within` commands away. */
  near(state: number, within: number): Way | undefined {
    return this.#search([state], within, statesSearched);
  }

  #search(sources: readonly number[], within: number, most: number): Way | undefined {
    const { graph } = this;
    const stamp = ++this.#searches;
    const queue: number[] = [];
    for (const source of sources) {
      this.#seenAt[source] = stamp;
      this.#seenFrom[source] = -1;
      if (this.#left[source]! > 0) return { from: source, steps: [] };
      queue.push(source);
    }
    let levelEnd = queue.length;
    let distance = 1;
    for (let at = 0; at < queue.length && queue.length < most; at++) {
      if (at === levelEnd) {
        levelEnd = queue.length;
        distance++;
      }
      if (distance >= within) return undefined;
      const state = queue[at]!;
      for (let pair = graph.pairsFrom(state); pair < graph.pairsFrom(state + 1); pair++) {
        for (let edge = graph.edgesFrom(pair); edge < graph.edgesFrom(pair + 1); edge++) {
          const target = graph.target(edge);
          if (this.#seenAt[target] === stamp || target >= graph.expanded || !this.#isLive(edge)) continue;
          this.#seenAt[target] = stamp;
          this.#seenBy[target] = edge;
          this.#seenFrom[target] = state;
          if (this.#left[target]! > 0) return this.#wayTo(target);
          queue.push(target);
        }
      }
    }
    return undefined;
  }

  #wayTo(goal: number): Way {
    const { graph } = this;
    const steps: PlannedStep[] = [];
    let state = goal;
    while (this.#seenFrom[state] !== -1) {
      const from = this.#seenFrom[state]!;
      const edge = this.#seenBy[state]!;
      let pair = graph.pairsFrom(from);
      while (graph.edgesFrom(pair + 1) <= edge) pair++;
      steps.push({ pair, edge });
      state = from;
    }
    return { from: state, steps: steps.reverse() };
  }
}
