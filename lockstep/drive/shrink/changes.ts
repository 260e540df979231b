/**
 * Shrinking by luck: a command is taken out and others are changed at random, where no rule leads on.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import type { Remembered } from "../repair.ts";
import type { CommandOrder } from "./values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** Cases that are changed at most, as a multiple of the square of their length. */
const changedPerSquare = 2;

/** The pass that changes cases at random. */
export class Changes implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #random: Random;
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  /** @param random is drawn from: nobody else may use it at the same time. */
  constructor(machine: AnyMachine, random: Random, order: CommandOrder, repairs: Repairs) {
    this.#machine = machine;
    this.#random = random;
    this.#order = order;
    this.#repairs = repairs;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [{ name: "changed", turns: 5, candidates: this.#changed(failing) }];
  }

  /**
   * Contract: takes out any one command and changes others: the values of some or of one, one for any other command
   * or for another one of the case, or the place of one; now and then from any other start. Equal commands change one
   * by one or all together, as what counts needs many of them. Every second time nothing is taken out: what fails
   * then is the case from which it goes on.
   */
  *#changed(failing: Shrinkable): Candidates {
    const { length } = failing.commands;
    if (length < 2) return;
    const starts = this.#machine.starts as readonly unknown[];
    let base = failing;
    for (let turn = 0; turn < changedPerSquare * length * length; turn++) {
      if (turn % 2 === 0) {
        const aside = this.#variant(base, base.commands, (turn / 2) % 5);
        const fails = aside.commands.length === length && (yield aside);
        if (fails) base = { ...failing, start: aside.start, commands: aside.commands };
      }
      const gone = this.#place(base.commands);
      const rest = base.commands.filter((_, index) => index !== gone);
      const start = starts.length > 1 && this.#below(3) === 0
        ? starts[this.#below(starts.length)]
        : base.start;
      const candidate = this.#variant({ ...base, start }, rest, turn % 5);
      if (candidate.commands.length + candidate.orphans === rest.length) yield candidate;
    }
  }

  /** `commands` with a change; every second time, one that is not possible any more gives way to one of its kind. */
  #variant(
    failing: Shrinkable,
    commands: readonly Remembered[],
    how: number,
  ): ReturnType<Repairs["repaired"]> {
    const changed = this.#change(commands, how);
    const rebind = this.#below(2) === 0;
    const ofItsKind = ({ kind }: AnyCommand): readonly AnyCommand[] => this.#order.ofKind(kind);
    return this.#repairs.repaired(failing, changed, rebind, this.#below(2) === 0 ? ofItsKind : undefined);
  }

  #change(commands: readonly Remembered[], how: number): readonly Remembered[] {
    const at = this.#place(commands);
    const one = commands[at]!;
    const together = this.#below(2) === 0;
    switch (how) {
      case 0:
        return this.#someRedrawn(commands, together);
      case 1: {
        const redrawn = this.#redrawn(one);
        return commands.map((each, index) =>
          index === at || together && this.#areEqual(each, one) ? redrawn : each
        );
      }
      case 2:
        return commands.with(at, this.#ofKind(this.#order.kinds[this.#below(this.#order.kinds.length)]!));
      case 3:
        return commands.with(at, { command: commands[this.#below(commands.length)]!.command });
      default:
        return commands.toSpliced(at, 1).toSpliced(this.#below(commands.length), 0, one);
    }
  }

  #someRedrawn(commands: readonly Remembered[], together: boolean): readonly Remembered[] {
    const redrawn = new Map<string, Remembered | undefined>();
    return commands.map((each, index) => {
      const key = together ? this.#order.key(each.command) : `${index}`;
      if (!redrawn.has(key)) redrawn.set(key, this.#below(3) === 0 ? this.#redrawn(each) : undefined);
      return redrawn.get(key) ?? each;
    });
  }

  /** The place of any command; every second time, of any run of equal ones, however long it is. */
  #place(commands: readonly Remembered[]): number {
    if (this.#below(2) === 0) return this.#below(commands.length);
    const firsts = commands.flatMap((each, index) =>
      index > 0 && this.#areEqual(commands[index - 1]!, each) ? [] : [index]
    );
    return firsts[this.#below(firsts.length)]!;
  }

  #areEqual(one: Remembered, other: Remembered): boolean {
    return this.#order.key(one.command) === this.#order.key(other.command);
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
}
