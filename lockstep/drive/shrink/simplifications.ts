/**
 * Shrinking at equal length: an earlier start, simpler commands, a simpler order.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { keyOf } from "../plain.ts";
import { type CommandOrder, sameFields } from "./values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";

/** The passes that change a case without making it shorter. */
export class Simplifications {
  readonly #machine: AnyMachine;
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;
  readonly #isSmaller: (first: Shrinkable, second: Shrinkable) => boolean;
  /** Where each pass goes on when a simpler case replaces the one that failed. */
  #valueAt = 0;
  #swapAt = 0;

  constructor(
    machine: AnyMachine,
    order: CommandOrder,
    repairs: Repairs,
    isSmaller: (first: Shrinkable, second: Shrinkable) => boolean,
  ) {
    this.#machine = machine;
    this.#order = order;
    this.#repairs = repairs;
    this.#isSmaller = isSmaller;
  }

  /** Contract: gives the same commands from an earlier start. */
  *earlierStart(failing: Shrinkable): Candidates {
    const current = keyOf(failing.start);
    for (const start of this.#machine.starts as readonly unknown[]) {
      if (keyOf(start) === current) return;
      yield this.#repairs.repaired({ start, commands: failing.commands }, failing.commands);
    }
  }

  /** Contract: replaces one command by a simpler one of its kind, or by an earlier kind with the same fields. */
  *simpler(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let index = this.#valueAt < commands.length ? this.#valueAt : 0; index < commands.length; index++) {
      this.#valueAt = index;
      const { command } = commands[index]!;
      const rank = this.#order.rank(command);
      for (const other of [...this.#order.simpler(command), ...this.#sameFields(command)]) {
        if (this.#order.rank(other) >= rank) continue;
        const candidate = this.#repairs.repaired(failing, commands.with(index, { command: other }), true);
        if (this.#isSmaller(candidate, failing)) yield candidate;
      }
    }
    this.#valueAt = 0;
  }

  *#sameFields(command: AnyCommand): Generator<AnyCommand> {
    for (const kind of this.#order.kinds) {
      if (kind !== command.kind && sameFields(this.#order.ofKind(kind)[0]!, command)) {
        yield { ...command, kind };
      }
    }
  }

  /** Contract: exchanges neighbours: what comes earlier in the list comes first. */
  *swapped(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let index = Math.max(0, this.#swapAt - 1); index + 1 < commands.length; index++) {
      this.#swapAt = index;
      const swapped = commands.with(index, commands[index + 1]!).with(index + 1, commands[index]!);
      const candidate = this.#repairs.repaired(failing, swapped, true);
      if (this.#isSmaller(candidate, failing)) yield candidate;
    }
    this.#swapAt = 0;
  }
}
