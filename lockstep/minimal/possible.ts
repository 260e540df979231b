/**
 * Which commands a machine allows in a state, without carrying anything out.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, World } from "../machine.ts";
import { copy } from "../drive/plain.ts";

const unfinished = Symbol("the step did not come to its end");

/** Asks one machine what is possible. */
export class Possible {
  readonly #machine: AnyMachine;
  readonly #world: World<unknown>;
  #choices = 0;
  #ticks = 0;

  constructor(machine: AnyMachine, maximumTicks: number) {
    this.#machine = machine;
    this.#world = {
      choose: (count) => {
        if (count < 1) throw unfinished;
        this.#choices++;
        return 0;
      },
      tick: () => {
        if (++this.#ticks > maximumTicks) throw unfinished;
      },
      cut: () => {
        throw unfinished;
      },
      refuse: () => undefined,
    };
  }

  /** Whether `command` may be possible in `state`, which is left untouched; `true` where only trying can tell. */
  isPossible(state: unknown, command: AnyCommand): boolean {
    this.#choices = 0;
    this.#ticks = 0;
    try {
      return this.#machine.step(copy(state), command, this.#world) !== undefined || this.#choices > 0;
    } catch (error) {
      if (error === unfinished) return true;
      throw error;
    }
  }
}
