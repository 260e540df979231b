/**
 * Spot-checks of what a machine declares about the order of its commands, one state at a time.
 *
 * Checked in every reachable state, the conditions imply the declaration: each looks one command ahead, and asks
 * that what is declared here is still declared there.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Independence, Invariant, Machine } from "../../machine.ts";
import { Choices, defaultTickBudget } from "../choices.ts";
import type { Codec } from "../codec/codec.ts";
import { type Answer, Moves } from "../moves.ts";
import { plainKey } from "../plain_key.ts";

/** One way in which a declaration is false. */
export interface FalseDeclaration {
  /** The kinds of the commands, or the kind of the one. */
  readonly property: string;
  readonly detail: string;
  /** The command, as a move, after which it shows, and its choices. */
  readonly move: number;
  readonly choices: readonly number[];
}

/** What one alternative of a command does: the state as text, or how it fails. */
interface Alternative<State> {
  /** Which of the command's alternatives, in order. */
  readonly position: number;
  readonly choices: readonly number[];
  readonly key: string;
  /** Absent when it fails. */
  readonly state?: State;
}

/** Checks the declaration of one machine, on plain states. */
export class IndependenceCheck<State, Command extends AnyCommand> {
  readonly #machine: Machine<State, Command, unknown, unknown, unknown>;
  readonly #independence: Independence<State, Command>;
  readonly #moves: Moves<State, Command, unknown>;
  readonly #codec: Pick<Codec<State>, "explain">;
  readonly #budget: number;

  constructor(
    machine: Machine<State, Command, unknown, unknown, unknown>,
    codec: Pick<Codec<State>, "explain">,
    tickBudget: number = defaultTickBudget,
  ) {
    this.#codec = codec;
    this.#machine = machine;
    this.#independence = machine.independence!;
    this.#moves = new Moves(machine as unknown as Machine<State, Command, unknown, never, never>);
    this.#budget = tickBudget;
  }

  /** What is false in `state` or one command later, if anything. */
  problem(state: State): FalseDeclaration | undefined {
    const { commands } = this.#machine;
    const label = this.#label(state);
    const here = commands.map((_, move) => this.#alternatives(state, move));
    for (let move = 0; move < commands.length; move++) {
      for (const taken of here[move]!) {
        const detail = this.#seen(state, label, move, taken) ?? this.#others(state, here, move, taken);
        if (detail !== undefined) {
          const property = typeof detail === "string" ? this.#moves.kind(move) : detail.property;
          const text = typeof detail === "string" ? detail : detail.detail;
          return { property, detail: text, move, choices: taken.choices };
        }
      }
    }
    return undefined;
  }

  #seen(
    state: State,
    label: string,
    move: number,
    { state: after }: Alternative<State>,
  ): string | undefined {
    const command = this.#machine.commands[move]!;
    if (after === undefined || this.#independence.visible(state as DeepReadonly<State>, command)) {
      return undefined;
    }
    if (this.#label(after) === label) return undefined;
    return `${this.#moves.label(move)} is declared not visible, but a promise tells whether it was taken`;
  }

  /** Compares every other command before and after one was taken. */
  #others(
    before: State,
    here: readonly Alternative<State>[][],
    move: number,
    taken: Alternative<State>,
  ): { readonly property: string; readonly detail: string } | undefined {
    const { commands } = this.#machine;
    for (let other = 0; other < commands.length; other++) {
      if (other === move) continue;
      const wrong = here[other]!.length === 0
        ? this.#unlocked(before, move, other, taken.state)
        : this.#disturbed(before, here[other]!, other, move, taken);
      if (wrong === undefined) continue;
      const property = `${this.#moves.kind(move)}, ${this.#moves.kind(other)}`;
      return { property, detail: `${this.#moves.label(move)} and ${this.#moves.label(other)}: ${wrong}` };
    }
    return undefined;
  }

  /** `blocked` was not possible; `move` was taken. */
  #unlocked(
    before: State,
    move: number,
    blocked: number,
    after: State | undefined,
  ): string | undefined {
    const { commands } = this.#machine;
    if (after === undefined) return undefined;
    const unlocks = (state: State, by: number): boolean =>
      this.#independence.unlocks?.(state as DeepReadonly<State>, commands[by]!, commands[blocked]!) ?? true;
    if (unlocks(before, move)) return undefined;
    if (this.#alternatives(after, blocked).length > 0) {
      return "the first is declared not to unlock the second, but does";
    }
    const fresh = commands.findIndex((_, by) => unlocks(after, by) && !unlocks(before, by));
    if (fresh < 0) return undefined;
    return `the first changes that the second waits for ${this.#moves.label(fresh)}`;
  }

  /** `first` was possible in these `ways`, and `move` was taken. */
  #disturbed(
    before: State,
    ways: readonly Alternative<State>[],
    first: number,
    move: number,
    { position, key, state: after }: Alternative<State>,
  ): string | undefined {
    const { commands, independence } = this.#machine;
    const independent = (state: State, other: number): boolean =>
      independence!.independent(state as DeepReadonly<State>, commands[first]!, commands[other]!);
    const visible = (state: State): boolean =>
      independence!.visible(state as DeepReadonly<State>, commands[first]!);
    if (!independent(before, move)) return undefined;
    const there = after === undefined ? undefined : this.#alternatives(after, first);
    if (there !== undefined && outline(ways) !== outline(there)) {
      return "declared independent, but the first changes whether or how the second is possible";
    }
    for (const [at, way] of ways.entries()) {
      if (way.state === undefined) continue;
      const other = this.#alternatives(way.state, move)[position];
      const expected = there === undefined ? key : there[at]!.key;
      if (other?.key !== expected) return "declared independent, but the order matters";
    }
    if (after === undefined) return undefined;
    if (visible(after) && !visible(before)) return "the first makes the second visible";
    const fresh = commands.findIndex((_, other) =>
      other !== first && independent(before, other) && !independent(after, other)
    );
    return fresh < 0
      ? undefined
      : `the first makes the second dependent on ${this.#moves.label(fresh)}, declared independent before`;
  }

  #alternatives(state: State, move: number): Alternative<State>[] {
    const choices = new Choices(this.#budget);
    const found: Alternative<State>[] = [];
    do {
      choices.rewind();
      const after = structuredClone(state);
      let answer: Answer<unknown> | undefined;
      try {
        answer = this.#moves.run(move, after, choices);
      } catch (error) {
        found.push({ position: found.length, choices: choices.taken(), key: `failed: ${error}` });
        continue;
      }
      if (answer === undefined) continue;
      const outside = this.#codec.explain(after);
      found.push({
        position: found.length,
        choices: choices.taken(),
        ...(outside === undefined
          ? { key: plainKey(after), state: after }
          : { key: `failed: outside its schema` }),
      });
    } while (choices.advance());
    return found;
  }

  /** Everything that promises say about a state. */
  #label(state: State): string {
    const { always, sometimes, done, outcome } = this.#machine;
    const frozen = state as DeepReadonly<State>;
    const asked = (ask: () => unknown): unknown => {
      try {
        return ask();
      } catch {
        return "failed";
      }
    };
    const ended = asked(() => done?.call(this.#machine, frozen) ?? false);
    return JSON.stringify([
      ...Object.values(always).map((promise) => asked(() => saidBy(promise, frozen))),
      ...Object.values(sometimes).map((promise) => asked(() => saidBy(promise, frozen))),
      ended,
      ended === true ? asked(() => outcome?.call(this.#machine, frozen) ?? null) : null,
    ]);
  }
}

function saidBy<State>(promise: Invariant<State>, state: DeepReadonly<State>): unknown {
  if (typeof promise === "function") return promise(state);
  return promise.when(state) ? [promise.then(state)] : [];
}

/** Which alternatives there are, and which of them fail. */
function outline<State>(alternatives: readonly Alternative<State>[]): string {
  return JSON.stringify(alternatives.map(({ state }) => state === undefined));
}
