/**
 * Shrinking by another start: a case that begins nearer to its failure needs fewer commands.
 *
 * @module
 */
import type { AnyMachine } from "../../machine.ts";
import { keyOf } from "../plain.ts";
import type { CommandOrder } from "./values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** Up to this number of commands, a second change is tried at another start. */
const secondChangeUpTo = 9;
/** How many of the first commands another start is tried in place of. */
const mostReplaced = 12;

/** The pass that changes the start. */
export class Starts implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  constructor(machine: AnyMachine, order: CommandOrder, repairs: Repairs) {
    this.#machine = machine;
    this.#order = order;
    this.#repairs = repairs;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [{ name: "starts", turns: 4, candidates: this.#other(failing) }];
  }

  /**
   * Contract: begins at another start when that saves commands: without the first commands, without one more, with
   * another one at the end, and without any one of those of a case that still fails there.
   */
  *#other(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const current = keyOf(failing.start);
    for (const start of this.#machine.starts as readonly unknown[]) {
      if (keyOf(start) === current) continue;
      const moved = { start, commands };
      for (let gone = 1; gone < Math.min(commands.length, mostReplaced); gone++) {
        yield* this.#repairs.shorter(moved, commands.slice(gone));
      }
      const fails = yield this.#repairs.repaired(moved, commands);
      if (fails) yield* this.#repairs.singles(moved, moved);
      for (let gone = 1; commands.length <= secondChangeUpTo && gone < commands.length; gone++) {
        const rest = { start, commands: commands.slice(gone) };
        yield* this.#repairs.singles(moved, rest);
        if (gone < 2) continue;
        for (const kind of this.#order.kinds) {
          yield* this.#repairs.shorter(moved, [...rest.commands, { command: this.#order.ofKind(kind)[0]! }]);
        }
      }
      if (!fails && commands.length <= mostReplaced) yield* this.#repairs.singles(moved, moved);
    }
  }
}
