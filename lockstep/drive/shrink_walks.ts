/**
 * Shrinking by luck: what is found often is found in a short walk as well, however the first case went astray.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { Guess, type Remembered } from "./repair.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";
import type { WidePasses } from "./wide_search.ts";
import { type Drawer, WalkSource } from "./walk_source.ts";

/** The pass that walks again. */
export class Walks implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #drawer: Drawer;
  readonly #maximumTicks: number;
  readonly #random: Random;

  /** @param random is drawn from: nobody else may use it. */
  constructor(machine: AnyMachine, drawer: Drawer, maximumTicks: number, random: Random) {
    this.#machine = machine;
    this.#drawer = drawer;
    this.#maximumTicks = maximumTicks;
    this.#random = random;
  }

  wide(failing: Shrinkable): readonly Candidates[] {
    return [this.#anew(failing)];
  }

  /** Contract: walks as when the failure was found, one command less than it has, twice as often as it has commands. */
  *#anew({ commands }: Shrinkable): Candidates {
    const starts = this.#machine.starts as readonly unknown[];
    for (let walks = 2 * commands.length; walks > 0; walks--) {
      const start = starts[this.#random.nextInt(0, starts.length - 1)];
      yield { start, commands: this.#walk(start, commands.length - 1) };
    }
  }

  #walk(start: unknown, length: number): Remembered[] {
    const guess = new Guess(this.#machine, start, this.#maximumTicks);
    const source = new WalkSource(this.#drawer, this.#random, length);
    const commands: Remembered[] = [];
    for (;;) {
      const command: AnyCommand | undefined = source.next(guess.state, commands.length);
      if (command === undefined) return commands;
      if (guess.step(command, undefined)) commands.push({ command });
      else source.refused();
    }
  }
}
