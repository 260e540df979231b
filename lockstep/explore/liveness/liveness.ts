/**
 * Deciding "whenever `from` holds, `to` holds then or later" under fairness, over all transitions of a search.
 *
 * A run may stop for ever in any state (it stutters) unless fairness forbids. A run is fair when each weakly fair
 * set of moves is again and again impossible or taken, and each strongly fair one that is again and again
 * possible is again and again taken. A step that leaves the state as it was is taken all the same. Violating runs
 * are looked for in the strongly connected components of the states where `to` does not hold; a component that
 * starves a strongly fair set is searched again without the states where that set is possible (Streett's
 * condition in full).
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, LeadsTo, MoveSet } from "../../machine.ts";
import { components, ComponentScratch } from "./components.ts";
import { fairCycle, shortestStem } from "./lasso.ts";
import { messageOf } from "../notes.ts";
import type { Search } from "../search.ts";

/** A violating run as stored states: the last state of the path is the `loopsTo`-th one again. */
export interface Lasso {
  readonly property: string;
  readonly path: readonly number[];
  readonly moves: readonly number[];
  readonly loopsTo: number;
}

/** What was decided about the `leadsTo` promises of a machine. */
export interface Liveness {
  readonly lassos: readonly Lasso[];
  /** Sentences: what is not decided and why, and what holds for nothing because `from` never held. */
  readonly undecided: readonly string[];
  readonly vacuous: readonly string[];
}

/** Which moves are fair, as bits: first the weakly fair sets, then the strongly fair ones. */
export interface Fairness {
  readonly weak: number;
  readonly strong: number;
  /** Per state: the sets of which a move is possible. */
  readonly possible: Uint32Array;
  /** Per move: the sets that it belongs to. */
  readonly setsOf: Uint32Array;
}

const maximumSets = 31;

type AnySearch<State, Command extends AnyCommand> = Search<State, Command, unknown, unknown, unknown>;

/** Decides every `leadsTo` promise of a search that has kept its edges. */
export function decideLiveness<State, Command extends AnyCommand>(
  search: AnySearch<State, Command>,
): Liveness {
  const lassos: Lasso[] = [];
  const undecided: string[] = [];
  const vacuous: string[] = [];
  const promises = Object.entries(search.machine.leadsTo ?? {});
  if (search.edges === undefined) return { lassos, undecided, vacuous };
  for (const [name, promise] of promises) {
    const sets = [...promise.weak ?? [], ...promise.strong ?? []];
    if (sets.length > maximumSets) {
      undecided.push(`leadsTo "${name}": ${sets.length} fair sets of moves, must be at most ${maximumSets}`);
      continue;
    }
    if (search.canonical !== undefined && sets.some((set) => typeof set !== "string")) {
      undecided.push(`leadsTo "${name}": its fairness tells symmetric parts apart, explore without symmetry`);
      continue;
    }
    const unknown = sets.find((set) => !membersOf(search, set).includes(1));
    if (unknown !== undefined) {
      undecided.push(`leadsTo "${name}": no command or move of this scope is in "${nameOf(unknown)}"`);
      continue;
    }
    const verdict = decide(search, name, promise);
    if (verdict === undefined) {
      undecided.push(`leadsTo "${name}": not decided, because one of its sides throws`);
      continue;
    }
    if (verdict.lasso !== undefined) lassos.push(verdict.lasso);
    else if (!verdict.triggered) vacuous.push(`antecedent never held: leadsTo "${name}"`);
    if (verdict.lasso === undefined && !verdict.complete) {
      undecided.push(`leadsTo "${name}": not decided, because the search did not follow every edge`);
    }
  }
  return { lassos, undecided, vacuous };
}

const nameOf = <Command>(set: MoveSet<Command>): string => typeof set === "string" ? set : set.name;

/** 1 for each move of a set. */
function membersOf<State, Command extends AnyCommand>(
  { moves }: AnySearch<State, Command>,
  set: MoveSet<Command>,
): Uint8Array {
  return Uint8Array.from({ length: moves.count }, (_, move) => {
    if (typeof set === "string") return moves.kind(move) === set ? 1 : 0;
    const command = moves.command(move);
    return command !== undefined && set.includes(command) ? 1 : 0;
  });
}

function fairnessOf<State, Command extends AnyCommand>(
  search: AnySearch<State, Command>,
  promise: LeadsTo<State, Command>,
): Fairness {
  const weakSets = promise.weak ?? [];
  const strongSets = promise.strong ?? [];
  const setsOf = new Uint32Array(search.moves.count);
  [...weakSets, ...strongSets].forEach((set, bit) => {
    membersOf(search, set).forEach((member, move) => setsOf[move]! |= member << bit);
  });
  const { offsets, moves } = search.edges!.columns;
  const possible = new Uint32Array(search.store.count);
  for (let state = 0; state < search.edges!.expanded; state++) {
    let bits = 0;
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) bits |= setsOf[moves[at]!]!;
    possible[state] = bits;
  }
  const weak = 2 ** weakSets.length - 1;
  return { weak, strong: 2 ** (weakSets.length + strongSets.length) - 1 - weak, possible, setsOf };
}

/** Where the two sides of a promise hold: bit 0 for `from`, bit 1 for `to`. Where one throws, that is noted. */
function sides<State, Command extends AnyCommand>(
  { store, codec, notes }: AnySearch<State, Command>,
  name: string,
  promise: LeadsTo<State, Command>,
): Uint8Array | undefined {
  const held = new Uint8Array(store.count);
  for (let index = 0; index < store.count; index++) {
    const state = codec.unpack(store.arena, index * store.words) as DeepReadonly<State>;
    try {
      held[index] = (promise.from(state) ? 1 : 0) | (promise.to(state) ? 2 : 0);
    } catch (error) {
      const property = `leadsTo "${name}"`;
      notes.found({ kind: "crashed", property, detail: messageOf(error), state: index, ofPromise: true });
      return undefined;
    }
  }
  return held;
}

interface Verdict {
  readonly lasso?: Lasso;
  /** Whether `from` ever held. */
  readonly triggered: boolean;
  /** Whether all edges that matter are known. */
  readonly complete: boolean;
}

function decide<State, Command extends AnyCommand>(
  search: AnySearch<State, Command>,
  property: string,
  promise: LeadsTo<State, Command>,
): Verdict | undefined {
  const { store } = search;
  const edges = search.edges!;
  const held = sides(search, property, promise);
  if (held === undefined) return undefined;
  const triggered = held.some((bits) => (bits & 1) !== 0);
  const { offsets, targets } = edges.columns;
  const stem = shortestStem(search, held);
  // A step that led nowhere, wherever it was, may hide states where the promise is made.
  const complete = store.count === edges.expanded && search.lost === 0 &&
    search.stoppedBy === undefined && search.cuts.size === 0;
  const fairness = fairnessOf(search, promise);
  const regionOf = new Uint32Array(store.count);
  const members = stem.order.filter((state) => edges.isComplete(state));
  for (const state of members) regionOf[state] = 1;
  const fair = fairStates(
    { offsets, targets, moves: edges.columns.moves },
    members,
    regionOf,
    fairness,
    (state) => stem.distance[state]!,
  );
  if (fair === undefined) return { triggered, complete };
  const { path, moves } = stem.to(fair.entry);
  const cycle = fairCycle(
    { offsets, targets, moves: edges.columns.moves },
    fair.component,
    fair.entry,
    fairness,
  );
  const lasso = {
    property,
    path: [...path, ...cycle.path],
    moves: [...moves, ...cycle.moves],
    loopsTo: path.length - 1,
  };
  return { lasso, triggered, complete };
}

/** A component around which a fair run can go for ever, and the state of it that is nearest. */
interface FairComponent {
  readonly component: Uint32Array;
  readonly entry: number;
}

/** Of all components with a fair run, the one that is reached first. */
function fairStates(
  graph: { readonly offsets: Uint32Array; readonly targets: Uint32Array; readonly moves: Uint16Array },
  members: Uint32Array,
  regionOf: Uint32Array,
  fairness: Fairness,
  distanceOf: (state: number) => number,
): FairComponent | undefined {
  const { weak, strong, possible, setsOf } = fairness;
  const { offsets, targets, moves } = graph;
  const scratch = new ComponentScratch(regionOf.length);
  const inside = new Uint32Array(regionOf.length);
  let region = 1;
  let mark = 0;
  let best: FairComponent | undefined;
  const waiting: { readonly region: number; readonly members: Uint32Array }[] = [{ region, members }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const split: Uint32Array[] = [];
    components(graph, part.members, regionOf, part.region, scratch, (component) => {
      mark++;
      for (const state of component) inside[state] = mark;
      let taken = 0;
      let everywhere = -1;
      let somewhere = 0;
      for (const state of component) {
        everywhere &= possible[state]!;
        somewhere |= possible[state]!;
        for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
          if (inside[targets[at]!] === mark) taken |= setsOf[moves[at]!]!;
        }
      }
      if ((everywhere & weak & ~taken) !== 0) return;
      const starved = somewhere & strong & ~taken;
      if (starved !== 0) {
        // Whoever stays here for ever must keep away from the states where a starved set is possible.
        split.push(component.filter((state) => (possible[state]! & starved) === 0));
        return;
      }
      let entry = component[0]!;
      for (const state of component) if (distanceOf(state) < distanceOf(entry)) entry = state;
      if (best === undefined || distanceOf(entry) < distanceOf(best.entry)) {
        best = { component: component.slice(), entry };
      }
    });
    for (const rest of split) {
      if (rest.length === 0) continue;
      region++;
      for (const state of rest) regionOf[state] = region;
      waiting.push({ region, members: rest });
    }
  }
  return best;
}
