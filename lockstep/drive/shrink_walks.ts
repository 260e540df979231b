/**
 * Shrinking by luck: what is found often is found in a short walk as well, however the first case went astray.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { Guess, type Remembered } from "./repair.ts";
import type { CommandOrder } from "./shrink_values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";
import { type Drawer, WalkSource } from "./walk_source.ts";

/** Cases that are changed at random at most, as a multiple of the square of their length. */
const changedPerSquare = 2;

/** The passes that draw. */
export class Walks implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #drawer: Drawer;
  readonly #maximumTicks: number;
  readonly #random: Random;
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  /** @param random is drawn from: nobody else may use it. */
  constructor(
    machine: AnyMachine,
    drawer: Drawer,
    maximumTicks: number,
    random: Random,
    order: CommandOrder,
    repairs: Repairs,
  ) {
    this.#machine = machine;
    this.#order = order;
    this.#repairs = repairs;
    this.#drawer = drawer;
    this.#maximumTicks = maximumTicks;
    this.#random = random;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [
      { name: "changed", turns: failing.commands.length < 10 ? 5 : 1, candidates: this.#changed(failing) },
      { name: "walks", turns: 0.5, candidates: this.#anew(failing) },
    ];
  }

  /**
   * Contract: takes out any one command and changes others at random: the values of some or of one, one for any other
   * command or for another one of the case, or the place of one; now and then from any other start. Where no rule
   * leads on, luck often does.
   */
  *#changed(failing: Shrinkable): Candidates {
    const { length } = failing.commands;
    if (length < 2) return;
    const starts = this.#machine.starts as readonly unknown[];
    for (let left = changedPerSquare * length * length; left > 0; left--) {
      const gone = this.#below(length);
      const rest = failing.commands.filter((_, index) => index !== gone);
      const changed = this.#change(rest, left % 5);
      const start = starts.length > 1 && this.#below(3) === 0
        ? starts[this.#below(starts.length)]
        : failing.start;
      const candidate = this.#repairs.repaired({ ...failing, start }, changed, this.#below(2) === 0);
      if (candidate.commands.length + candidate.orphans === changed.length) yield candidate;
    }
  }

  #change(commands: readonly Remembered[], how: number): readonly Remembered[] {
    const at = this.#below(commands.length);
    const one = commands[at]!;
    switch (how) {
      case 0:
        return commands.map((each) => this.#below(3) === 0 ? this.#redrawn(each) : each);
      case 1:
        return commands.with(at, this.#redrawn(one));
      case 2:
        return commands.with(at, this.#ofKind(this.#order.kinds[this.#below(this.#order.kinds.length)]!));
      case 3:
        return commands.with(at, { command: commands[this.#below(commands.length)]!.command });
      default:
        return commands.toSpliced(at, 1).toSpliced(this.#below(commands.length), 0, one);
    }
  }

  #redrawn(each: Remembered): Remembered {
    return this.#order.ofKind(each.command.kind).length < 2 ? each : this.#ofKind(each.command.kind);
  }

  #ofKind(kind: string): Remembered {
    const commands = this.#order.ofKind(kind);
    return { command: commands[this.#below(commands.length)]! };
  }

  /** A whole number from 0 to `count` less 1. */
  #below(count: number): number {
    return this.#random.nextInt(0, count - 1);
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
