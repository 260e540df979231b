/**
 * What can be wrong with a single step, as a search writes it down.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import { Cut, Hung } from "./choices.ts";
import type { ViolationKind } from "./exploration.ts";
import { messageOf } from "./notes.ts";
import type { Problem } from "./observer.ts";
import type { Search } from "./search.ts";

/** Writes down the problems of steps. A step is named by the state it begins in and its move; from -1, it is a start. */
export class StepProblems<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;

  constructor(search: Search<State, Command, Reply, Start, View>) {
    this.#search = search;
  }

  /** A step led nowhere. */
  lost(from: number): void {
    this.#search.lost++;
    if (from >= 0) this.#search.edges?.markIncomplete(from);
  }

  /** A step led to something that is no state. */
  outside(state: State, from: number, move: number): void {
    this.lost(from);
    const detail = this.#search.codec.explain(state) ?? "outside its schema";
    this.#note("outside schema", this.#nameOf(from, move), detail, from, move);
  }

  /** The machine's normal form of a state could not be made. */
  noNormalForm(error: unknown, from: number, move: number): void {
    this.lost(from);
    this.#note("crashed", "canonical", messageOf(error), from, move);
  }

  /** A step did not come to an end. */
  failed(error: unknown, from: number, move: number): void {
    this.lost(from);
    const property = this.#nameOf(from, move);
    if (error instanceof Cut) this.#search.notes.cut(error.message);
    else if (error instanceof Hung) this.#note("hung", property, error.message, from, move);
    else this.#note("crashed", property, messageOf(error), from, move);
  }

  /** A step was refused, but has edited the state. */
  touched(state: State, index: number, move: number): void {
    const problem = this.#search.codec.explain(state) ?? "some field has another value now";
    const detail = `refused, but the state was changed: ${problem}`;
    this.#note("refusal", this.#search.moves.kind(move), detail, index, move);
  }

  /** A step did something else than before from the same state. */
  impure(index: number, move: number): void {
    const detail = "the step depends on more than the state, it did not do the same again";
    this.#search.choices.rewind();
    this.#note("impure", this.#search.moves.kind(move), detail, index, move);
  }

  /** The observer does not allow what a step did. */
  objection({ property, detail, allowed }: Problem, state: number, move: number): void {
    const { notes, choices } = this.#search;
    const step = { move, choices: choices.taken() };
    const more = allowed === undefined ? {} : { allowed };
    notes.found({ kind: "refines", property, detail, state, step, ...more });
  }

  #nameOf(from: number, move: number): string {
    return from < 0 ? "initial" : this.#search.moves.kind(move);
  }

  #note(kind: ViolationKind, property: string, detail: string, state: number, move: number): void {
    const { notes, choices } = this.#search;
    if (notes.knows(kind, property)) return;
    notes.found({ kind, property, detail, state, step: { move, choices: choices.taken() } });
  }
}
