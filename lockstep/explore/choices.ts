/**
 * The world of a search: every alternative of every choice, one run of the step for each.
 *
 * @module
 */
import type { World } from "../machine.ts";

/** Thrown by {@link Choices.cut}: the search ends on this path because of a bound. */
export class Cut extends Error {
  override readonly name = "Cut";
}

/** One error for each reason: a bound is met often, and an error writes down where it was made. */
const cuts: Map<string, Cut> = new Map();

function cutBy(reason: string): Cut {
  let cut = cuts.get(reason);
  if (cut === undefined) {
    cut = new Cut(reason);
    if (cuts.size < maximumCutsKept) cuts.set(reason, cut);
  }
  return cut;
}

/** Thrown by {@link Choices.tick} past the budget: the step does not come to an end. */
export class Hung extends Error {
  override readonly name = "Hung";
}

/** Units of work that one step may take, unless told otherwise. */
export const defaultTickBudget = 100_000;

const maximumChoices = 256;

/** Reasons for which the error is kept; one may name a value. */
const maximumCutsKept = 64;

/**
 * Runs a step once for each combination of its choices: the digits of a number that counts up, in a base that
 * each choice names when it is reached.
 *
 * @example All answers of two coins
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Choices } from "./choices.ts";
 *
 * const choices = new Choices();
 * const seen: string[] = [];
 * choices.reset();
 * do {
 *   choices.rewind();
 *   seen.push(`${choices.choose(2)}${choices.choose(2)}`);
 * } while (choices.advance());
 * assertEquals(seen, ["00", "01", "10", "11"]);
 * ```
 */
export class Choices implements World<never> {
  readonly #digits = new Int32Array(maximumChoices);
  readonly #counts = new Int32Array(maximumChoices);
  readonly #budget: number;
  #length = 0;
  #at = 0;
  #ticks = 0;
  /** Whether the run so far has chosen. */
  chosen = false;
  /** The condition that the run so far has named in refusing. */
  refusal: string | undefined;

  /** @param budget Units of work per run of a step. */
  constructor(budget: number = defaultTickBudget) {
    this.#budget = budget;
  }

  /** Starts over with the first combination. */
  reset(): void {
    this.#length = 0;
  }

  /** Begins a run. */
  rewind(): void {
    this.#at = 0;
    this.#ticks = 0;
    this.chosen = false;
    this.refusal = undefined;
  }

  /** Goes to the next combination; `false` = the last one has been run. */
  advance(): boolean {
    while (this.#length > 0) {
      const last = this.#length - 1;
      const digit = this.#digits[last]! + 1;
      this.#digits[last] = digit;
      if (digit < this.#counts[last]!) return true;
      this.#length = last;
    }
    return false;
  }

  choose(count: number): number {
    this.chosen = true;
    if (!(count >= 1 && count <= 0x7fffffff) || count !== Math.floor(count)) {
      throw new RangeError(`Cannot choose: there are ${count} alternatives, must be a whole number from 1`);
    }
    const at = this.#at++;
    if (at === this.#length) {
      if (at === maximumChoices) {
        throw new RangeError(`Cannot choose: more than ${maximumChoices} choices in one step`);
      }
      this.#digits[at] = 0;
      this.#counts[at] = count;
      this.#length++;
    } else if (count !== this.#counts[at]) {
      throw new RangeError(
        `Cannot choose: ${count} alternatives where the same step had ${this.#counts[at]} before`,
      );
    }
    return this.#digits[at]!;
  }

  tick(): void {
    if (++this.#ticks > this.#budget) throw new Hung(`more than ${this.#budget} units of work in one step`);
  }

  cut(reason: string): never {
    throw cutBy(reason);
  }

  refuse(reason: string): undefined {
    this.refusal = reason;
    return undefined;
  }

  /** What the current run has chosen so far, in order. */
  taken(): number[] {
    return Array.from(this.#digits.subarray(0, this.#at));
  }

  /** Runs the next steps with these choices instead of the first ones. Counts are learnt on the way. */
  follow(digits: readonly number[]): World<never> {
    let at = 0;
    let ticks = 0;
    const budget = this.#budget;
    return {
      choose: () => digits[at++] ?? 0,
      tick: () => {
        if (++ticks > budget) throw new Hung(`more than ${budget} units of work in one step`);
      },
      cut: (reason) => {
        throw cutBy(reason);
      },
      refuse: () => undefined,
    };
  }
}
