/**
 * How one gets to what a search has found, as traces: the way to a state, and what is seen there.
 *
 * @module
 */
import type { AnyCommand, World } from "../../machine.ts";
import { type Attempt, meets, violates } from "./attempt.ts";
import { Choices, Cut, defaultTickBudget, Hung } from "../choices.ts";
import type { Trace, TraceStep, Violation, Witness } from "../exploration.ts";
import type { Lasso } from "../liveness/liveness.ts";
import { plainKey } from "../plain_key.ts";
import type { Finding, Reached } from "../notes.ts";
import { type AnySearch, BrokenTrace, Retracer, stepOf, type Walked } from "./retrace.ts";

/** Makes traces of what one search has found. */
export class Tracer<State, Command extends AnyCommand, Reply, Start> {
  readonly #search: AnySearch<State, Command, Reply, Start>;
  readonly #retracer: Retracer<State, Command, Reply, Start>;
  readonly #budget: number;

  constructor(search: AnySearch<State, Command, Reply, Start>) {
    this.#search = search;
    this.#retracer = new Retracer(search);
    this.#budget = search.options.tickBudget ?? defaultTickBudget;
  }

  /** A shortest trace to a stored state, or as much of it as there is. */
  to(index: number): Trace<State, Command, Reply, Start> {
    try {
      return this.#retracer.to(index).trace;
    } catch (error) {
      if (error instanceof BrokenTrace) return error.trace as Trace<State, Command, Reply, Start>;
      throw error;
    }
  }

  /**
   * A violating run. With symmetry, the cycle is gone round until a state itself comes back: perhaps not the first
   * one, since which of several steps with the same representative is taken depends on where it begins.
   */
  lasso({ property, path, moves, loopsTo }: Lasso): Violation<State, Command, Reply, Start> {
    const standing = loopsTo === path.length - 1;
    const detail = standing
      ? "the run may stop here for ever, what is promised never comes"
      : "the run may go round for ever, what is promised never comes";
    const kind = "leadsTo" as const;
    const around = { path: path.slice(loopsTo + 1), moves: moves.slice(loopsTo) };
    let whole = { path: [...path], moves: [...moves] };
    const rounds: string[] = [];
    for (;;) {
      let walked: Walked<State, Command, Reply, Start>;
      try {
        walked = this.#retracer.along(whole.path, whole.moves);
      } catch (error) {
        if (!(error instanceof BrokenTrace)) throw error;
        return this.#brokenOff({ kind, property, detail }, error);
      }
      const { trace, state } = walked;
      if (standing) return { kind, property, detail, trace: { ...trace, loopsTo } };
      if (rounds.length === 0) {
        rounds.push(plainKey(loopsTo === 0 ? trace.initial : trace.steps[loopsTo - 1]!.state));
      }
      const end = plainKey(state);
      const round = rounds.indexOf(end);
      if (round >= 0) {
        return { kind, property, detail, trace: { ...trace, loopsTo: loopsTo + round * around.path.length } };
      }
      rounds.push(end);
      whole = { path: [...whole.path, ...around.path], moves: [...whole.moves, ...around.moves] };
    }
  }

  /** A situation with a shortest trace to it. */
  witness({ kind, property, state, step }: Reached): Witness<State, Command, Reply, Start> {
    if (step === undefined) return { kind, property, trace: this.to(state) };
    const situation = this.#search.machine.someStep![property]!;
    try {
      const { trace, state: before } = this.#retracer.to(state);
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
      const { trace, state } = this.#retracer.to(finding.state);
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
    const after = structuredClone(state);
    const command = moves.command(move);
    const step = (): TraceStep<State, Command, Reply> => ({
      actor: moves.actor(move),
      ...(command === undefined ? { move: moves.internalName(move)! } : { command }),
      choices: choices(),
    });
    try {
      const answer = moves.run(move, after, world);
      if (answer === undefined) {
        return { end: "refused", after, step: { ...step(), state: structuredClone(after) } };
      }
      return {
        end: "moved",
        after,
        step: stepOf(moves, { move, answer, choices: choices() }, structuredClone(after)),
      };
    } catch (error) {
      const end = error instanceof Hung ? "hung" : error instanceof Cut ? "cut" : "crashed";
      return { end, after, step: step() };
    }
  }
}
