/**
 * The shortest way into a set of states where a promise is owed, and the shortest fair way around inside.
 *
 * @module
 */
import type { Fairness } from "./liveness.ts";

/** The graph with the move of each edge. */
export interface MoveGraph {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
  readonly moves: Uint16Array;
}

/** A path as stored states, and the moves between them: one fewer, or as many when the first state is left out. */
export interface Path {
  readonly path: readonly number[];
  readonly moves: readonly number[];
}

/** Shortest paths from a start, through any states to one where the promise is made, then only where it is owed. */
export interface Stem {
  /** All states where the promise is owed, in the order of their distance. */
  readonly order: Uint32Array;
  /** Steps from the start; meaningless where the promise is not owed. */
  readonly distance: Uint32Array;
  to(state: number): Path;
}

/** The parts of a search that are read here. */
export interface Searched {
  readonly store: { readonly count: number; readonly parents: Uint32Array; readonly moves: Uint16Array };
  readonly levels: readonly number[];
  readonly edges: { readonly expanded: number; readonly columns: MoveGraph } | undefined;
}

const none = 0xffff_ffff;

/** @param held Per state: bit 0 = the promise is made here, bit 1 = it is kept here. */
export function shortestStem({ store, levels, edges }: Searched, held: Uint8Array): Stem {
  const { offsets, targets, moves } = edges!.columns;
  const distance = new Uint32Array(store.count).fill(none);
  const cameFrom = new Uint32Array(store.count).fill(none);
  const cameBy = new Uint16Array(store.count);
  const order: number[] = [];
  // Breadth-first with late starters: a state where the promise is made joins at its own depth.
  let wave: number[] = [];
  let begun = 0;
  for (let depth = 0; depth < levels.length || wave.length > 0; depth++) {
    const end = levels[depth] ?? begun;
    for (let state = begun; state < end; state++) {
      if (held[state] === 1 && distance[state] === none) {
        distance[state] = depth;
        wave.push(state);
      }
    }
    begun = end;
    const next: number[] = [];
    for (const state of wave) {
      order.push(state);
      if (state >= edges!.expanded) continue;
      for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
        const target = targets[at]!;
        if ((held[target]! & 2) !== 0 || distance[target] !== none) continue;
        distance[target] = depth + 1;
        cameFrom[target] = state;
        cameBy[target] = moves[at]!;
        next.push(target);
      }
    }
    wave = next;
  }
  const to = (state: number): Path => {
    const path = [state];
    const taken: number[] = [];
    for (let at = state; cameFrom[at] !== none; at = cameFrom[at]!) {
      path.unshift(cameFrom[at]!);
      taken.unshift(cameBy[at]!);
    }
    for (let at = path[0]!; store.parents[at] !== at; at = store.parents[at]!) {
      path.unshift(store.parents[at]!);
      taken.unshift(store.moves[at]!);
    }
    return { path, moves: taken };
  };
  return { order: Uint32Array.from(order), distance, to };
}

/** Pairs of a state and a set of kept obligations above which the exact search for a cycle is given up. */
const maximumPairs = 1 << 24;

/**
 * The shortest fair cycle through `entry` within a component that has a fair run; empty = standing still is fair.
 *
 * The path leaves out `entry` at its beginning and has it at its end.
 */
export function fairCycle(graph: MoveGraph, component: Uint32Array, entry: number, fairness: Fairness): Path {
  const { weak, strong, possible } = fairness;
  if ((possible[entry]! & (weak | strong)) === 0) return { path: [], moves: [] };
  const owed = bitsOf((weak | strong) & component.reduce((all, state) => all | possible[state]!, 0));
  const weakBits = owed.filter((bit) => (weak & (1 << bit)) !== 0);
  const strongBits = owed.filter((bit) => (strong & (1 << bit)) !== 0);
  const width = weakBits.length + 2 * strongBits.length;
  const exact = width <= 24 && component.length * 2 ** width <= maximumPairs;
  const rules = exact ? exactRules(weakBits, strongBits, fairness) : undefined;
  return rules === undefined
    ? greedyCycle(graph, component, entry, fairness)
    : shortestCycle(graph, component, entry, width, rules, fairness.setsOf);
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask & (1 << bit)) !== 0);
}

/** How a cycle's obligations are kept, as bits: one for a weakly fair set, "possible" and "taken" for a strong one. */
interface Rules {
  visit(state: number): number;
  take(sets: number): number;
  isFair(kept: number): boolean;
}

function exactRules(
  weakBits: readonly number[],
  strongBits: readonly number[],
  { possible }: Fairness,
): Rules {
  const weakCount = weakBits.length;
  return {
    visit: (state) => {
      let kept = 0;
      weakBits.forEach((bit, at) => {
        if ((possible[state]! & (1 << bit)) === 0) kept |= 1 << at;
      });
      strongBits.forEach((bit, at) => {
        if ((possible[state]! & (1 << bit)) !== 0) kept |= 1 << (weakCount + 2 * at);
      });
      return kept;
    },
    take: (sets) => {
      let kept = 0;
      weakBits.forEach((bit, at) => {
        if ((sets & (1 << bit)) !== 0) kept |= 1 << at;
      });
      strongBits.forEach((bit, at) => {
        if ((sets & (1 << bit)) !== 0) kept |= 2 << (weakCount + 2 * at);
      });
      return kept;
    },
    isFair: (kept) => {
      if ((kept & ((1 << weakCount) - 1)) !== (1 << weakCount) - 1) return false;
      return strongBits.every((_, at) => (kept >>> (weakCount + 2 * at) & 3) !== 1);
    },
  };
}

function shortestCycle(
  { offsets, targets, moves }: MoveGraph,
  component: Uint32Array,
  entry: number,
  width: number,
  rules: Rules,
  setsOf: Uint32Array,
): Path {
  const place = new Map<number, number>();
  component.forEach((state, at) => place.set(state, at));
  const pairs = component.length * 2 ** width;
  const cameFrom = new Uint32Array(pairs).fill(none);
  const cameBy = new Uint16Array(pairs);
  const visits = Array.from(component, (state) => rules.visit(state));
  const first = place.get(entry)! * 2 ** width + visits[place.get(entry)!]!;
  cameFrom[first] = first;
  let wave = [first];
  while (wave.length > 0) {
    const next: number[] = [];
    for (const pair of wave) {
      const at = Math.floor(pair / 2 ** width);
      const kept = pair % 2 ** width;
      const state = component[at]!;
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
        const target = place.get(targets[edge]!);
        if (target === undefined) continue;
        const then = kept | rules.take(setsOf[moves[edge]!]!) | visits[target]!;
        const reached = target * 2 ** width + then;
        if (targets[edge] === entry && rules.isFair(then)) {
          const path = [entry];
          const taken = [moves[edge]!];
          for (let back = pair; back !== first; back = cameFrom[back]!) {
            path.unshift(component[Math.floor(back / 2 ** width)]!);
            taken.unshift(cameBy[back]!);
          }
          return { path, moves: taken };
        }
        if (cameFrom[reached] !== none) continue;
        cameFrom[reached] = pair;
        cameBy[reached] = moves[edge]!;
        next.push(reached);
      }
    }
    wave = next;
  }
  throw new Error("Cannot find a fair cycle in a component that has one");
}

/** A fair cycle that need not be the shortest: the nearest way to one obligation after the other, and home. */
function greedyCycle(graph: MoveGraph, component: Uint32Array, entry: number, fairness: Fairness): Path {
  const { weak, strong, possible, setsOf } = fairness;
  const inside = new Set(component);
  const path: number[] = [];
  const moves: number[] = [];
  const somewhere = component.reduce((all, state) => all | possible[state]!, 0);
  let kept = (weak & ~possible[entry]!) | (strong & ~somewhere);
  let here = entry;
  const go = (arrived: (state: number, sets: number) => boolean): void => {
    const leg = nearest(graph, inside, here, setsOf, arrived);
    for (let at = 0; at < leg.path.length; at++) {
      path.push(leg.path[at]!);
      moves.push(leg.moves[at]!);
      kept |= setsOf[leg.moves[at]!]! | (weak & ~possible[leg.path[at]!]!);
    }
    here = path.at(-1) ?? entry;
  };
  for (let owed = (weak | strong) & ~kept; owed !== 0; owed = (weak | strong) & ~kept) {
    go((state, sets) => ((sets | (weak & ~possible[state]!)) & owed) !== 0);
  }
  if (here !== entry || path.length === 0) go((state) => state === entry);
  return { path, moves };
}

/** The shortest path of at least one step to where `arrived` says so. */
function nearest(
  { offsets, targets, moves }: MoveGraph,
  inside: ReadonlySet<number>,
  from: number,
  setsOf: Uint32Array,
  arrived: (state: number, sets: number) => boolean,
): Path {
  const cameFrom = new Map<number, { readonly state: number; readonly move: number }>();
  const unwind = (state: number, move: number, before: number): Path => {
    const path = [state];
    const taken = [move];
    for (let at = before; at !== from;) {
      const step = cameFrom.get(at)!;
      path.unshift(at);
      taken.unshift(step.move);
      at = step.state;
    }
    return { path, moves: taken };
  };
  let wave = [from];
  while (wave.length > 0) {
    const next: number[] = [];
    for (const state of wave) {
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
        const target = targets[edge]!;
        if (!inside.has(target)) continue;
        if (arrived(target, setsOf[moves[edge]!]!)) return unwind(target, moves[edge]!, state);
        if (target === from || cameFrom.has(target)) continue;
        cameFrom.set(target, { state, move: moves[edge]! });
        next.push(target);
      }
    }
    wave = next;
  }
  throw new Error("Cannot find a way inside a strongly connected component");
}
