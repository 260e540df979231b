/**
 * How one gets to a state that a search has found: the steps, run again on plain states from the start.
 *
 * With symmetry the stored path joins representatives, not states. The path is made concrete here: from the state
 * that is really there, the move is taken whose result has the stored representative. So every trace replays.
 *
 * @module
 */
import type { AnyCommand, Permutation, World } from "../../machine.ts";
import { type Attempt, meets, violates } from "./attempt.ts";
import { Choices, Cut, defaultTickBudget, Hung } from "../choices.ts";
import type { Trace, TraceStep, Violation, Witness } from "../exploration.ts";
import type { Answer } from "../moves.ts";
import type { Lasso } from "../liveness/liveness.ts";
import { plainKey } from "../plain_key.ts";
import type { Finding, Reached } from "../notes.ts";
import type { Search } from "../search.ts";

type AnySearch<State, Command extends AnyCommand, Reply, Start> = Search<
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

/** Rebuilds paths of one search. */
export class Tracer<State, Command extends AnyCommand, Reply, Start> {
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

  /** A shortest trace to a stored state, or as much of it as there is. */
  to(index: number): Trace<State, Command, Reply, Start> {
    try {
      return this.along(this.path(index)).trace;
    } catch (error) {
      if (error instanceof BrokenTrace) return error.trace as Trace<State, Command, Reply, Start>;
      throw error;
    }
  }

  /** A violating run. With symmetry, the cycle is gone round until the state itself comes back. */
  lasso({ property, path, moves, loopsTo }: Lasso): Violation<State, Command, Reply, Start> {
    const standing = loopsTo === path.length - 1;
    const detail = standing
      ? "the run may stop here for ever, what is promised never comes"
      : "the run may go round for ever, what is promised never comes";
    const kind = "leadsTo" as const;
    const around = { path: path.slice(loopsTo + 1), moves: moves.slice(loopsTo) };
    let whole = { path: [...path], moves: [...moves] };
    for (;;) {
      let walked: ReturnType<typeof this.along>;
      try {
        walked = this.along(whole.path, whole.moves);
      } catch (error) {
        if (!(error instanceof BrokenTrace)) throw error;
        return this.#brokenOff({ kind, property, detail }, error);
      }
      const { trace, state } = walked;
      const entry = plainKey(loopsTo === 0 ? trace.initial : trace.steps[loopsTo - 1]!.state);
      if (standing || plainKey(state) === entry) {
        return { kind, property, detail, trace: { ...trace, loopsTo } };
      }
      whole = { path: [...whole.path, ...around.path], moves: [...whole.moves, ...around.moves] };
    }
  }

  /** A situation with a shortest trace to it. */
  witness({ kind, property, state, step }: Reached): Witness<State, Command, Reply, Start> {
    if (step === undefined) return { kind, property, trace: this.to(state) };
    const situation = this.#search.machine.someStep![property]!;
    try {
      const { trace, state: before } = this.along(this.path(state));
      const last = this.#lastStep(step, before, (attempt) => meets(situation, before, attempt));
      return { kind, property, trace: { ...trace, steps: [...trace.steps, last] } };
    } catch (error) {
      if (!(error instanceof BrokenTrace)) throw error;
      return { kind, property, trace: error.trace as Trace<State, Command, Reply, Start> };
    }
  }

  /** A finding with its shortest trace. */
  violation(finding: Finding): Violation<State, Command, Reply, Start> {
    const { kind, property, detail, allowed } = finding;
    const what = { kind, property, detail, ...(allowed === undefined ? {} : { allowed }) };
    if (finding.state < 0) return { ...what, trace: this.#unborn(finding) };
    try {
      const { trace, state } = this.along(this.path(finding.state));
      if (finding.step === undefined) return { ...what, trace };
      const last = this.#lastStep(
        finding.step,
        state,
        (attempt) => violates(this.#search, finding, state, attempt),
      );
      return { ...what, trace: { ...trace, steps: [...trace.steps, last] } };
    } catch (error) {
      if (!(error instanceof BrokenTrace)) throw error;
      return this.#brokenOff(what, error);
    }
  }

  /** With symmetry the machine's canonical form is to blame, without it the machine is not a function of its state. */
  #brokenOff(
    { kind, property, detail }: Omit<Violation<State, Command, Reply, Start>, "trace">,
    error: BrokenTrace,
  ): Violation<State, Command, Reply, Start> {
    const symmetric = this.#search.canonical !== undefined;
    const text = `${detail}; the trace breaks off, because ${error.message}`;
    const trace = error.trace as Trace<State, Command, Reply, Start>;
    return { kind: symmetric ? "symmetry" : kind, property, detail: text, trace };
  }

  #unborn(finding: Finding): Trace<State, Command, Reply, Start> {
    const { machine } = this.#search;
    const { move, choices } = finding.step!;
    const start = machine.starts[move]!;
    const trace = { start, choices, steps: [] };
    try {
      return { ...trace, initial: machine.initial(start, this.#follow(choices) as World<Reply>) };
    } catch {
      return trace;
    }
  }

  #follow(choices: readonly number[]): World<never> {
    return new Choices(this.#budget).follow(choices);
  }

  /** The trace along stored states, the first of which is a start. @throws {BrokenTrace} */
  along(
    path: readonly number[],
    moves?: readonly number[],
  ): { trace: Trace<State, Command, Reply, Start>; state: State } {
    const { machine, store } = this.#search;
    const startIndex = store.moves[path[0]!]!;
    const start = machine.starts[startIndex]!;
    const first = this.#initial(startIndex, path[0]!);
    let state = first.state;
    const trace = { start, choices: first.choices, initial: plainCopy(state) };
    const steps: TraceStep<State, Command, Reply>[] = [];
    for (let at = 1; at < path.length; at++) {
      const preferred = moves?.[at - 1] ?? store.moves[path[at]!]!;
      const next = this.#advance(state, path[at - 1]!, path[at]!, preferred);
      if (next === undefined) {
        const label = this.#search.moves.label(preferred);
        throw new BrokenTrace(`${label} does not lead where it led before`, { ...trace, steps });
      }
      state = next.state;
      steps.push(this.#step(next.taken, plainCopy(state)));
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
        const kept = plainCopy(state);
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
        const after = plainCopy(state);
        let answer: Answer<Reply> | undefined;
        try {
          answer = moves.run(move, after, choices);
        } catch {
          continue;
        }
        if (answer === undefined) continue;
        const kept = plainCopy(after);
        const permutation = this.#search.canonical === undefined
          ? undefined
          : this.#search.machine.canonical!(plainCopy(after));
        const reply = "reply" in answer ? answer.reply : undefined;
        if (!this.#reaches(after, target, from, move, reply)) continue;
        const taken = {
          move,
          answer,
          choices: choices.taken(),
          ...(permutation === undefined ? {} : { permutation }),
        };
        return { taken, state: kept };
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

  #step(taken: Taken<Reply>, state: State): TraceStep<State, Command, Reply> {
    const { moves } = this.#search;
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

  /** The step that shows something. With symmetry, one that shows it from the state that is really there. */
  #lastStep(
    { move, choices }: NonNullable<Finding["step"]>,
    state: State,
    shows: (attempt: Attempt<State, Command, Reply>) => boolean,
  ): TraceStep<State, Command, Reply> {
    const { moves, canonical } = this.#search;
    const first = this.#attempt(move, state, this.#follow(choices), () => choices);
    if (canonical === undefined) return first.step;
    const kind = moves.kind(move);
    for (let candidate = 0; candidate < moves.count; candidate++) {
      if (moves.kind(candidate) !== kind) continue;
      const all = new Choices(this.#budget);
      do {
        all.rewind();
        const attempt = this.#attempt(candidate, state, all, () => all.taken());
        if (shows(attempt)) return attempt.step;
      } while (all.advance());
    }
    return first.step;
  }

  #attempt(
    move: number,
    state: State,
    world: World<never>,
    choices: () => readonly number[],
  ): Attempt<State, Command, Reply> {
    const { moves } = this.#search;
    const after = plainCopy(state);
    const command = moves.command(move);
    const step = (): TraceStep<State, Command, Reply> => ({
      actor: moves.actor(move),
      ...(command === undefined ? { move: moves.internalName(move)! } : { command }),
      choices: choices(),
    });
    try {
      const answer = moves.run(move, after, world);
      if (answer === undefined) {
        return { end: "refused", after, step: { ...step(), state: plainCopy(after) } };
      }
      return {
        end: "moved",
        after,
        step: this.#step({ move, answer, choices: choices() }, plainCopy(after)),
      };
    } catch (error) {
      const end = error instanceof Hung ? "hung" : error instanceof Cut ? "cut" : "crashed";
      return { end, after, step: step() };
    }
  }
}

/** Thrown when a step does not lead again where it led in the search. */
class BrokenTrace extends Error {
  readonly trace: unknown;

  constructor(message: string, trace: unknown) {
    super(message);
    this.trace = trace;
  }
}

function plainCopy<Value>(value: Value): Value {
  return structuredClone(value);
}
