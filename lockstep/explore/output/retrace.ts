/**
 * The way to a stored state, walked again on plain states from the start.
 *
 * With symmetry the stored path joins representatives, not states. The path is made concrete here: from the state
 * that is really there, the move is taken whose result has the stored representative. So every trace replays.
 *
 * @module
 */
import type { AnyCommand, Permutation, World } from "../../machine.ts";
import { Choices, defaultTickBudget } from "../choices.ts";
import type { Trace, TraceStep } from "../exploration.ts";
import type { Answer, Moves } from "../moves.ts";
import type { Search } from "../search.ts";

/** A search, whatever its views are. */
export type AnySearch<State, Command extends AnyCommand, Reply, Start> = Search<
  State,
  Command,
  Reply,
  Start,
  unknown
>;

/** One concrete step and the state after it. */
interface Taken<Reply> {
  readonly move: number;
  readonly answer: Answer<Reply>;
  readonly choices: readonly number[];
  readonly permutation?: Permutation;
}

/** A trace, and a live copy of the state that it ends in. */
export interface Walked<State, Command extends AnyCommand, Reply, Start> {
  readonly trace: Trace<State, Command, Reply, Start>;
  readonly state: State;
}

/** Thrown when a step does not lead again where it led in the search. */
export class BrokenTrace extends Error {
  /** As far as it went. */
  readonly trace: unknown;

  constructor(message: string, trace: unknown) {
    super(message);
    this.trace = trace;
  }
}

/** One step of a trace. */
export function stepOf<State, Command extends AnyCommand, Reply>(
  moves: Moves<State, Command, Reply>,
  taken: Taken<Reply>,
  state: State,
): TraceStep<State, Command, Reply> {
  const { move, answer, choices, permutation } = taken;
  const actor = moves.actor(move);
  const command = moves.command(move);
  return {
    actor,
    ...(command === undefined ? { move: moves.internalName(move)! } : { command }),
    ...("reply" in answer ? { reply: answer.reply } : { note: answer.note }),
    choices,
    state,
    ...(permutation === undefined ? {} : { permutation }),
  };
}

/** Walks the paths of one search again. */
export class Retracer<State, Command extends AnyCommand, Reply, Start> {
  readonly #search: AnySearch<State, Command, Reply, Start>;
  readonly #scratch: Int32Array;
  readonly #budget: number;

  constructor(search: AnySearch<State, Command, Reply, Start>) {
    this.#search = search;
    this.#scratch = new Int32Array(search.store.words);
    this.#budget = search.options.tickBudget ?? defaultTickBudget;
  }

  /** The numbers of the states from a start to `index`, along the shortest path that the search has kept. */
  path(index: number): number[] {
    const { parents } = this.#search.store;
    const path = [index];
    while (parents[path[0]!] !== path[0]) path.unshift(parents[path[0]!]!);
    return path;
  }

  /** The shortest trace to a stored state. @throws {BrokenTrace} */
  to(index: number): Walked<State, Command, Reply, Start> {
    return this.along(this.path(index));
  }

  /** The trace along stored states, the first of which is a start. @throws {BrokenTrace} */
  along(
    path: readonly number[],
    moves?: readonly number[],
  ): Walked<State, Command, Reply, Start> {
    const { machine, store } = this.#search;
    const startIndex = store.moves[path[0]!]!;
    const start = machine.starts[startIndex]!;
    const first = this.#initial(startIndex, path[0]!);
    let state = first.state;
    const trace = { start, choices: first.choices, initial: structuredClone(state) };
    const steps: TraceStep<State, Command, Reply>[] = [];
    for (let at = 1; at < path.length; at++) {
      const preferred = moves?.[at - 1] ?? store.moves[path[at]!]!;
      const next = this.#advance(state, path[at - 1]!, path[at]!, preferred);
      if (next === undefined) {
        const label = this.#search.moves.label(preferred);
        throw new BrokenTrace(`${label} does not lead where it led before`, { ...trace, steps });
      }
      state = next.state;
      steps.push(stepOf(this.#search.moves, next.taken, structuredClone(state)));
    }
    return { trace: { ...trace, steps }, state };
  }

  #initial(startIndex: number, target: number): { state: State; choices: readonly number[] } {
    const { machine } = this.#search;
    const choices = new Choices(this.#budget);
    do {
      choices.rewind();
      try {
        const state = machine.initial(machine.starts[startIndex]!, choices as World<Reply>);
        const kept = structuredClone(state);
        if (this.#reaches(state, target, -1, startIndex, undefined)) {
          return { state: kept, choices: choices.taken() };
        }
      } catch {
        continue;
      }
    } while (choices.advance());
    throw new Error(
      `Cannot trace ${machine.name}: start ${startIndex} no longer gives the state it gave before`,
    );
  }

  /** Takes the preferred move, and with symmetry any other, whose result is represented by `target`. */
  #advance(
    state: State,
    from: number,
    target: number,
    preferred: number,
  ): { taken: Taken<Reply>; state: State } | undefined {
    const { moves, canonical } = this.#search;
    const candidates = [preferred];
    if (canonical !== undefined) {
      const kind = moves.kind(preferred);
      const others = Array.from({ length: moves.count }, (_, move) => move).filter((move) =>
        move !== preferred
      );
      candidates.push(...others.filter((move) => moves.kind(move) === kind));
    }
    for (const move of candidates) {
      const choices = new Choices(this.#budget);
      do {
        choices.rewind();
        const after = structuredClone(state);
        let answer: Answer<Reply> | undefined;
        try {
          answer = moves.run(move, after, choices);
        } catch {
          continue;
        }
        if (answer === undefined) continue;
        const permutation = this.#search.canonical === undefined
          ? undefined
          : this.#search.machine.canonical!(structuredClone(after));
        const reply = "reply" in answer ? answer.reply : undefined;
        // On a copy: a reply may be a part of the state, which its normal form changes.
        if (!this.#reaches(structuredClone(after), target, from, move, reply)) continue;
        const taken = {
          move,
          answer,
          choices: choices.taken(),
          ...(permutation === undefined ? {} : { permutation }),
        };
        return { taken, state: after };
      } while (choices.advance());
    }
    return undefined;
  }

  #reaches(state: State, target: number, from: number, move: number, reply: Reply | undefined): boolean {
    const { store, codec, observer, canonical } = this.#search;
    const { words, arena } = store;
    if (observer !== undefined) {
      const seen = from < 0
        ? observer.start(move, state)
        : observer.step(arena[from * words + words - 1]!, move, reply, state);
      if (seen !== arena[target * words + words - 1]) return false;
    }
    canonical?.(state);
    if (!codec.pack(state, this.#scratch, 0)) return false;
    for (let k = 0; k < codec.words; k++) if (this.#scratch[k] !== arena[target * words + k]) return false;
    return true;
  }
}
