/**
 * How often each pair must be taken again so that walks from the starts can cover all pairs in the fewest commands.
 *
 * The Chinese postman's problem on a directed graph (Edmonds and Johnson 1973), with a fresh start that costs nothing
 * and is possible everywhere. Walks that cover each pair once leave some states more often than they enter them. Such
 * a state must be entered more often: from a start, or by a walk that ends somewhere else and goes on to it instead.
 * Choosing the cheapest ways is a minimum-cost flow, solved by successive shortest paths with node potentials, many
 * paths in each round.
 *
 * @module
 */
import type { TourGraph } from "./graph.ts";

/** Why states are entered or left too often. */
export interface Repeats {
  /** For each pair how often it is taken beyond the first time. */
  readonly extra: Int32Array;
  /** Whether no other choice takes fewer commands in all; false when the time was over before that was known. */
  readonly fewest: boolean;
}

const unreached = 0x3fffffff;

class Flow {
  readonly #graph: TourGraph;
  readonly extra: Int32Array;
  readonly #from: Int32Array;
  /** Pairs by the state that they lead to: those of state `s` are `#entering[#enteringFrom[s]]` and following. */
  readonly #entering: Int32Array;
  readonly #enteringFrom: Int32Array;
  /** Above 0: walks end here and may go on; below 0: walks are missing here. */
  readonly #surplus: Int32Array;
  readonly #isInitial: Uint8Array;
  readonly #potential: Int32Array;
  readonly #distance: Int32Array;
  /** The pair by which a state is reached in this round, -1 = it is where walks come from. */
  readonly #reachedBy: Int32Array;
  /** 1 = that pair is taken back rather than taken. */
  readonly #takenBack: Uint8Array;

  constructor(graph: TourGraph) {
    const { states, pairs } = graph;
    this.#graph = graph;
    this.extra = new Int32Array(pairs);
    this.#from = new Int32Array(pairs);
    this.#surplus = new Int32Array(states);
    this.#isInitial = new Uint8Array(states);
    this.#potential = new Int32Array(states);
    this.#distance = new Int32Array(states);
    this.#reachedBy = new Int32Array(states);
    this.#takenBack = new Uint8Array(states);
    for (const { state } of graph.initial) this.#isInitial[state] = 1;
    this.#enteringFrom = new Int32Array(states + 1);
    for (let state = 0; state < graph.expanded; state++) {
      for (let pair = graph.pairsFrom(state); pair < graph.pairsFrom(state + 1); pair++) {
        this.#from[pair] = state;
        this.#surplus[state]!--;
        this.#surplus[this.#to(pair)]!++;
        this.#enteringFrom[this.#to(pair) + 1]!++;
      }
    }
    for (let state = 0; state < states; state++) {
      this.#enteringFrom[state + 1]! += this.#enteringFrom[state]!;
    }
    this.#entering = new Int32Array(pairs);
    const filled = this.#enteringFrom.slice(0, states);
    for (let pair = 0; pair < pairs; pair++) this.#entering[filled[this.#to(pair)]!++] = pair;
  }

  #to(pair: number): number {
    return this.#graph.target(this.#graph.edgesFrom(pair));
  }

  #isSource(state: number): boolean {
    return this.#isInitial[state] === 1 || this.#surplus[state]! > 0;
  }

  /** Serves every state at which walks are missing, the cheapest ways first. */
  solve(until: number): boolean {
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      if (performance.now() > until) {
        for (const state of missing) this.#enterFromStart(state);
        return false;
      }
      this.#measure();
      for (let state = 0; state < this.#graph.states; state++) {
        if (this.#distance[state]! < unreached) this.#potential[state]! += this.#distance[state]!;
      }
      missing.sort((one, other) => this.#potential[one]! - this.#potential[other]!);
      for (const state of missing) while (this.#surplus[state]! < 0 && this.#enter(state));
    }
    return true;
  }

  #missing(): number[] {
    const missing: number[] = [];
    for (let state = 0; state < this.#graph.states; state++) {
      if (this.#surplus[state]! < 0) missing.push(state);
    }
    return missing;
  }

  /** Reduced distances from where walks may come from to every state: Dijkstra's, with a bucket for each distance. */
  #measure(): void {
    const { states, expanded } = this.#graph;
    this.#distance.fill(unreached);
    this.#reachedBy.fill(-1);
    const buckets: number[][] = [];
    for (let state = 0; state < states; state++) {
      if (this.#isSource(state)) this.#reach(state, -this.#potential[state]!, -1, 0, buckets);
    }
    for (let distance = 0; distance < buckets.length; distance++) {
      const bucket = buckets[distance];
      if (bucket === undefined) continue;
      for (let at = 0; at < bucket.length; at++) {
        const state = bucket[at]!;
        if (this.#distance[state] !== distance) continue;
        if (state < expanded) this.#leave(state, distance, buckets);
        this.#takeBack(state, distance, buckets);
      }
    }
  }

  #leave(state: number, distance: number, buckets: number[][]): void {
    const graph = this.#graph;
    const reduced = distance + 1 + this.#potential[state]!;
    for (let pair = graph.pairsFrom(state); pair < graph.pairsFrom(state + 1); pair++) {
      const to = this.#to(pair);
      this.#reach(to, reduced - this.#potential[to]!, pair, 0, buckets);
    }
  }

  #takeBack(state: number, distance: number, buckets: number[][]): void {
    const reduced = distance - 1 + this.#potential[state]!;
    for (let at = this.#enteringFrom[state]!; at < this.#enteringFrom[state + 1]!; at++) {
      const pair = this.#entering[at]!;
      if (this.extra[pair] === 0) continue;
      const from = this.#from[pair]!;
      this.#reach(from, reduced - this.#potential[from]!, pair, 1, buckets);
    }
  }

  #reach(state: number, distance: number, pair: number, takenBack: number, buckets: number[][]): void {
    if (distance >= this.#distance[state]!) return;
    this.#distance[state] = distance;
    this.#reachedBy[state] = pair;
    this.#takenBack[state] = takenBack;
    (buckets[distance] ??= []).push(state);
  }

  /** One more walk into `state` on the way that was found; false when another one has used that way up. */
  #enter(state: number): boolean {
    const way: number[] = [];
    let from = state;
    for (let pair = this.#reachedBy[from]!; pair >= 0; pair = this.#reachedBy[from]!) {
      if (this.#takenBack[from] === 1 && this.extra[pair] === 0) return false;
      way.push(from);
      from = this.#takenBack[from] === 1 ? this.#to(pair) : this.#from[pair]!;
    }
    if (!this.#isSource(from)) return false;
    if (this.#surplus[from]! > 0) this.#surplus[from]!--;
    for (const passed of way) this.extra[this.#reachedBy[passed]!]! += this.#takenBack[passed] === 1 ? -1 : 1;
    this.#surplus[state]!++;
    return true;
  }

  /** Enters `state` as often as it must be, each time on the shortest way from a start. */
  #enterFromStart(state: number): void {
    const graph = this.#graph;
    for (let at = state; graph.parent(at) !== at; at = graph.parent(at)) {
      this.extra[graph.arrival(at).pair]! -= this.#surplus[state]!;
    }
    this.#surplus[state] = 0;
  }
}

/**
 * The fewest repeats of a graph in which every pair leads to one state.
 *
 * @param until point of time on the clock of `performance.now()`; what is still missing then is entered from a start.
 */
export function fewestRepeats(graph: TourGraph, until: number): Repeats {
  const flow = new Flow(graph);
  const fewest = flow.solve(until);
  return { extra: flow.extra, fewest };
}
