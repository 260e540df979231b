/**
 * Shrinking by two changes at once: one command is taken out and another one changed, where neither change alone
 * keeps the failure.
 *
 * @module
 */
import type { AnyCommand } from "../../machine.ts";
import { createdHandles } from "../repair.ts";
import { type CommandOrder, nearFirst, shareValue } from "./values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** From this number of commands on, there are too many pairs to try them often. */
const longFrom = 10;

/** The passes that combine two changes. */
export class Combinations implements WidePasses {
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  constructor(order: CommandOrder, repairs: Repairs) {
    this.#order = order;
    this.#repairs = repairs;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [
      { name: "moved", turns: 2, anyAnswer: true, candidates: this.#moved(failing) },
      {
        name: "two for one",
        turns: failing.commands.length < longFrom ? 3 : 1,
        candidates: this.#twoForOne(failing),
      },
    ];
  }

  /** Contract: lets one command take the place of another one, first of those that share a value with it. */
  *#moved(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (const related of [true, false]) {
      for (const { gone, other } of nearFirst(commands.length)) {
        const { command } = commands[gone]!;
        if (shareValue(command, commands[other]!.command) !== related) continue;
        yield* this.#repairs.instead(failing, gone, other, command);
      }
    }
  }

  /**
   * Contract: does with one command of a third kind what two commands did, neighbours or such that belong together, with
   * the values of these two as far as they suit.
   */
  *#twoForOne(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const pairs = [...nearFirst(commands.length)].filter(({ gone, other }) =>
      gone === other + 1 || gone > other && this.#belong(commands[other]!.command, commands[gone]!.command)
    );
    // Inside the case first: what shows the failure instead is looked for elsewhere.
    const inside = pairs.filter(({ gone }) => gone < commands.length - 1);
    const atEnd = pairs.filter(({ gone }) => gone === commands.length - 1);
    for (const [familiar, some] of [[true, inside], [true, atEnd], [false, pairs]] as const) {
      for (const { gone, other } of some) {
        const [first, second] = [commands[other]!.command, commands[gone]!.command];
        for (const kind of this.#order.kinds) {
          if (kind === first.kind || kind === second.kind) continue;
          const like = this.#order.like(kind, first, second);
          if (like?.familiar === familiar) yield* this.#repairs.instead(failing, gone, other, like.command);
        }
      }
    }
  }

  /** Whether two commands have a value in common, or the second one refers to what the first one creates. */
  #belong(first: AnyCommand, second: AnyCommand): boolean {
    if (shareValue(first, second)) return true;
    const created = createdHandles([{ command: first }], this.#repairs.handles);
    return (this.#repairs.handles.get(second.kind) ?? []).some(({ field, type, creates }) =>
      !creates && created.has(`${type} ${(second as unknown as Record<string, unknown>)[field]}`)
    );
  }
}
