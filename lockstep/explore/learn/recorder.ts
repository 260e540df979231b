/**
 * Watching a step: which parts of a state it read, in which order, and which it wrote.
 *
 * A step that reads the same values again does the same again, whatever the rest of the state is. So one watched
 * run stands for all states that agree on what was read. What can not be watched with certainty (fields beyond the
 * schema, holes in lists, exceptions) is given up, not guessed.
 *
 * @module
 */
import type { World } from "../../machine.ts";
import type { Choices } from "../choices.ts";
import type { Codec } from "../codec/codec.ts";
import { type Look, Looks } from "./looks.ts";
import { WatchedState } from "./watched_state.ts";

/** What a watched run did. */
export interface Recording {
  readonly looks: readonly Look[];
  /** `plain`: this can not be replayed from bits, the step must be run. */
  readonly result: "refused" | "moved" | "plain";
  /** Bits that were written, by word; all other bits stay as they were. */
  readonly written: Int32Array;
  /** The words afterwards. */
  readonly after: Int32Array;
}

/** Runs steps on a state that notes what happens to it. */
export class Recorder<State> {
  readonly #codec: Codec<State>;
  readonly #after: Int32Array;
  readonly #choices: Choices;
  readonly #looks: Looks;
  readonly #watched: WatchedState;
  readonly #world: World<never>;

  constructor(codec: Codec<State>, choices: Choices) {
    this.#codec = codec.another();
    this.#after = new Int32Array(codec.words);
    this.#choices = choices;
    this.#looks = new Looks(codec.words);
    this.#watched = new WatchedState(codec.placement.root, this.#looks);
    this.#world = {
      choose: (count) => {
        const code = choices.choose(count);
        this.#looks.choose(count, code);
        return code;
      },
      tick: () => choices.tick(),
      cut: () => this.#looks.giveUp(),
      refuse: () => undefined,
    };
  }

  /** Gives back what another recorder can use. */
  release(): void {
    this.#codec.release();
  }

  /** Watches one run from the state at `at`, with the choices that `choices` is set to. */
  record(source: Int32Array, at: number, run: (state: State, world: World<never>) => unknown): Recording {
    this.#looks.begin(source, at);
    this.#choices.rewind();
    const state = this.#codec.unpack(this.#looks.before, 0);
    try {
      const answer = run(this.#watched.begin(state as object) as State, this.#world);
      if (answer === undefined) return this.#recording(this.#looks.gaveUp ? "plain" : "refused");
      this.#watched.settle(state as object);
    } catch {
      return this.#recording("plain");
    }
    return this.#recording(this.#isCertain(state) ? "moved" : "plain");
  }

  #recording(result: Recording["result"]): Recording {
    return { looks: this.#looks.end(), result, written: this.#looks.written, after: this.#after };
  }

  /** Whether the state now is one of the schema, and differs only where it was written. */
  #isCertain(state: State): boolean {
    const { gaveUp, written, before } = this.#looks;
    this.#looks.end();
    if (gaveUp || !this.#codec.pack(state, this.#after, 0) || !this.#codec.isExact(state)) return false;
    for (let k = 0; k < written.length; k++) {
      if (((this.#after[k]! ^ before[k]!) & ~written[k]!) !== 0) return false;
    }
    return true;
  }
}
