/**
 * Work allowance of one real command: an endless loop in an implementation ends as "hung", not as a stuck run.
 *
 * @module
 */
import type { Budget } from "../machine.ts";

/** Thrown by {@link StepBudget.tick} past the allowance; an implementation lets it pass. */
export class BudgetExceeded extends Error {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "BudgetExceeded";
}

/** A budget that is refilled before every command. */
export class StepBudget implements Budget {
  readonly #allowance: number;
  #spent = 0;

  /** `allowance` units of work per command. */
  constructor(allowance: number) {
    this.#allowance = allowance;
  }

  /** Makes the whole allowance available again. */
  refill(): void {
    this.#spent = 0;
  }

  tick(): void {
    if (++this.#spent > this.#allowance) {
      throw new BudgetExceeded(`Cannot go on: one command did more than ${this.#allowance} units of work`);
    }
  }
}
