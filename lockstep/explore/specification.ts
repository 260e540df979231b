/**
 * The states of a specification, numbered as they are met, and what each of them can answer and lead to.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine, World } from "../machine.ts";
import { Choices } from "./choices.ts";
import { type Codec, compileCodec } from "./codec/codec.ts";
import type { AllowedAnswer } from "./exploration.ts";
import { Interner } from "./interner.ts";
import { Moves } from "./moves.ts";
import { StateStore } from "./state_store.ts";

/** One thing a state can answer to a command, and the state that it is in then. */
export interface Successor {
  readonly answer: number;
  readonly next: number;
}

/** A state left its schema. The message names the field and is a violated property. */
export class SpecificationFailure extends Error {}

/** Runs each step of each state once, in all its alternatives. */
export class Specification<State, Command extends AnyCommand, Reply, Start, View> {
  readonly machine: Machine<State, Command, Reply, Start, View>;
  readonly #codec: Codec<State>;
  readonly #store: StateStore;
  readonly #moves: Moves<State, Command, Reply>;
  readonly #choices: Choices;
  readonly #scratch: Int32Array;
  /** Per state, then per command. */
  readonly #successors: (readonly Successor[] | undefined)[][] = [];
  /** Per state: what its internal moves lead to. */
  readonly #internal: (readonly Successor[])[] = [];
  readonly #answers: Interner;
  readonly #answerOf: Map<number, AllowedAnswer> = new Map();
  readonly #views: Interner;
  /** View of each state, where views are compared. */
  readonly #viewOfState: number[] = [];
  readonly #looks: boolean;

  /** @param looks Whether views are asked for. */
  constructor(machine: Machine<State, Command, Reply, Start, View>, looks: boolean, tickBudget: number) {
    this.machine = machine;
    this.#looks = looks;
    this.#answers = new Interner(machine.schema.reply);
    this.#views = new Interner(machine.schema.view);
    this.#codec = compileCodec(machine.schema.state);
    this.#store = new StateStore(this.#codec.words);
    this.#moves = new Moves(machine);
    this.#choices = new Choices(tickBudget);
    this.#scratch = new Int32Array(this.#codec.words);
  }

  /** Number of states met. */
  get count(): number {
    return this.#store.count;
  }

  /** Gives back what another search can use. */
  release(): void {
    this.#codec.release();
    this.#answers.release();
    this.#views.release();
  }

  /** The states that a start can begin in. @throws {SpecificationFailure} */
  starts(start: Start): number[] {
    const found: number[] = [];
    const choices = this.#choices;
    choices.reset();
    do {
      choices.rewind();
      found.push(this.#intern(this.machine.initial(start, choices as World<Reply>), "initial"));
    } while (choices.advance());
    return found;
  }

  /** What a state can answer to command number `move`. @throws {SpecificationFailure} */
  successors(state: number, move: number, command: Command): readonly Successor[] {
    return (this.#successors[state] ??= [])[move] ??= this.#all(
      state,
      (copy) => this.machine.step(copy, command, this.#choices as World<Reply>),
      command.kind,
      (reply) => this.answerId(reply as Reply),
    );
  }

  /** The states and all that internal moves lead to. @throws {SpecificationFailure} */
  closed(states: readonly number[]): number[] {
    const found = new Set(states);
    if (this.machine.internal !== undefined) {
      for (const state of found) for (const { next } of this.#unasked(state)) found.add(next);
    }
    return [...found];
  }

  #unasked(state: number): readonly Successor[] {
    return this.#internal[state] ??= this.#moves.internal.flatMap((name) => {
      const { move } = this.machine.internal![name]!;
      return this.#all(state, (copy) => move(copy, this.#choices), "an internal move", () => 0);
    });
  }

  /** Runs a step in all its alternatives. */
  #all(
    state: number,
    run: (copy: State) => unknown,
    by: string,
    answerOf: (answer: unknown) => number,
  ): Successor[] {
    const found: Successor[] = [];
    const choices = this.#choices;
    choices.reset();
    do {
      choices.rewind();
      const copy = this.stateAt(state) as State;
      const answer = run(copy);
      if (answer === undefined) continue;
      const next = this.#intern(copy, by);
      found.push({ answer: answerOf(answer), next });
    } while (choices.advance());
    return found;
  }

  #intern(state: State, by: string): number {
    if (!this.#codec.pack(state, this.#scratch, 0)) {
      throw new SpecificationFailure(
        `the specification leaves its schema in ${by}: ${this.#codec.explain(state)}`,
      );
    }
    const store = this.#store;
    if (store.count >= store.fullAt) store.grow();
    const added = store.add(this.#scratch, 0, 0, 0);
    if (added < 0) return -1 - added;
    if (this.#looks) {
      this.#viewOfState[added] = this.viewId(this.machine.view!(state as DeepReadonly<State>));
    }
    return added;
  }

  /** The pooled state: overwritten by the next call of this object. */
  stateAt(index: number): DeepReadonly<State> {
    return this.#codec.unpack(this.#store.arena, index * this.#store.words) as DeepReadonly<State>;
  }

  /** The number of the view of a state. */
  viewOf(state: number): number {
    return this.#viewOfState[state]!;
  }

  /** A number for a view, the same for equal ones. */
  viewId(view: unknown): number {
    return this.#views.numberOf(view);
  }

  /** A number for a reply, the same for equal ones. */
  answerId(reply: Reply | undefined): number {
    const id = this.#answers.numberOf(reply);
    if (!this.#answerOf.has(id)) this.#answerOf.set(id, { reply: structuredClone(reply) });
    return id;
  }

  /** The reply with a number. */
  answer(id: number): AllowedAnswer {
    return this.#answerOf.get(id)!;
  }
}
