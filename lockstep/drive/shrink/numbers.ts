/**
 * Shrinking by taking commands out and changing the numbers of others to make up for it.
 *
 * @module
 */
import type { AnyCommand } from "../../machine.ts";
import type { Remembered } from "../repair.ts";
import { type CommandOrder, nearFirst } from "./values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** Up to this number of commands, taking some out is combined with shifting all numbers. */
const shiftedUpTo = 24;
/** How many commands are taken out together while numbers are shifted. */
const mostTakenOut = 4;

/** The passes that reckon. */
export class Numbers implements WidePasses {
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  constructor(order: CommandOrder, repairs: Repairs) {
    this.#order = order;
    this.#repairs = repairs;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [
      { name: "merged", turns: 3, candidates: this.#merged(failing) },
      ...(failing.commands.length > shiftedUpTo ? [] : [
        { name: "shifted", turns: 0.5, candidates: this.#shifted(failing) },
        { name: "lowered", turns: 1, candidates: this.#lowered(failing) },
        { name: "raised", turns: 1, candidates: this.#raised(failing) },
      ]),
    ];
  }

  /** Contract: takes out one command and gives its number to another of its kind: one long message for two short ones. */
  *#merged(failing: Shrinkable): Candidates {
    for (const number of ["sum", "most", "less"] as const) {
      for (const { gone, other } of nearFirst(failing.commands.length)) {
        const [from, to] = [failing.commands[gone]!.command, failing.commands[other]!.command];
        if (from.kind !== to.kind) continue;
        for (const { field, value } of this.#order.numbers(from)) {
          const [, most] = this.#order.range(to, field);
          const own = (to as unknown as Record<string, number>)[field]!;
          const given = number === "sum" ? Math.min(most, own + value) : number === "most" ? most : most - 1;
          const changed = this.#order.with(to, field, given);
          if (changed !== undefined) yield* this.#repairs.instead(failing, gone, other, changed);
        }
      }
    }
  }

  /**
   * Contract: takes out a few neighbours and lowers the numbers behind them by one constant, around the end of their
   * range: where commands count what came before.
   */
  *#shifted(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let size = 1; size <= mostTakenOut; size++) {
      for (let from = 0; from + size < commands.length; from++) {
        const gone = commands.slice(from, from + size);
        const by = gone.filter(({ command }) => this.#order.numbers(command).length > 0).length;
        if (by === 0) continue;
        const behind = commands.slice(from + size);
        yield* this.#changed(failing, commands.slice(0, from), behind, (value, least, most) => {
          return value - by < least ? most + 1 - (least - (value - by)) : value - by;
        });
      }
    }
  }

  /**
   * Contract: takes out a few neighbours and lowers all other numbers by as many, none below its least: where numbers
   * count commands that are still to come.
   */
  *#lowered(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let size = 1; size <= mostTakenOut; size++) {
      for (let from = commands.length - size; from >= 0; from--) {
        const rest = [...commands.slice(0, from), ...commands.slice(from + size)];
        yield* this.#changed(failing, [], rest, (value, least) => Math.max(least, value - size));
      }
    }
  }

  /**
   * Contract: takes out one command and raises all other numbers in fields of the same name by its own, none above
   * its most: where a command only moves what follows.
   */
  *#raised(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let gone = 0; gone < commands.length; gone++) {
      const rest = commands.filter((_, index) => index !== gone);
      for (const { field, value: by } of this.#order.numbers(commands[gone]!.command)) {
        yield* this.#changed(
          failing,
          [],
          rest,
          (value, _, most) => Math.min(most, value + by),
          field,
        );
      }
    }
  }

  /** `kept`, then `rest` with its numbers changed; nothing when that changes none. */
  *#changed(
    failing: Shrinkable,
    kept: readonly Remembered[],
    rest: readonly Remembered[],
    change: (value: number, least: number, most: number) => number,
    only?: string,
  ): Candidates {
    const changed = rest.map((each): Remembered => {
      const command = this.#withNumbers(each.command, change, only);
      return command === each.command ? each : { command };
    });
    if (changed.every((each, index) => each === rest[index])) return;
    yield* this.#repairs.shorter(failing, [...kept, ...changed]);
  }

  #withNumbers(
    command: AnyCommand,
    change: (value: number, least: number, most: number) => number,
    only: string | undefined,
  ): AnyCommand {
    let changed = command;
    for (const { field, value } of this.#order.numbers(command)) {
      if (only !== undefined && field !== only) continue;
      const given = change(value, ...this.#order.range(command, field));
      if (given !== value) changed = this.#order.with(changed, field, given) ?? changed;
    }
    return changed;
  }
}
