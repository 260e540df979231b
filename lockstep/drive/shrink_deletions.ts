/**
 * Shrinking by deletion. Every pass goes on where it was when a smaller case replaces the one that failed.
 *
 * @module
 */
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { WidePasses } from "./wide_search.ts";

/** Up to this number of commands, all pairs are tried at once; above it, those that are near each other first. */
const pairsUpTo = 9;
/** How far apart two commands may be that are taken out together when a case is long. */
const pairDistance = 3;

/** The passes that take commands out. */
export class Deletions implements WidePasses {
  readonly #repairs: Repairs;
  /** Where taking out runs of commands goes on: how many commands, and from which one. */
  #size = Infinity;
  #from = Infinity;

  constructor(repairs: Repairs) {
    this.#repairs = repairs;
  }

  /** Contract: takes out runs of commands, long ones first, from the back, down to single ones. */
  *chunks(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const { length } = commands;
    let size = Math.min(this.#size, Math.max(1, length >> 1));
    let from = Math.min(this.#from, length - size);
    for (;;) {
      for (; from >= 0; from -= size) {
        this.#size = size;
        this.#from = from;
        yield* this.#without(failing, from, size);
      }
      if (size === 1) break;
      size = size >> 1;
      from = length - size;
    }
    this.#size = 1;
    this.#from = Infinity;
  }

  wide(failing: Shrinkable): readonly Candidates[] {
    return [this.#pairs(failing), this.#windows(failing)];
  }

  /** Contract: takes out two commands that are needed only by each other, near ones first. */
  *#pairs(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const near = commands.length <= pairsUpTo ? commands.length : pairDistance;
    for (const [least, most] of [[1, near], [near + 1, commands.length]] as const) {
      for (let first = commands.length - 2; first >= 0; first--) {
        for (let second = first + least; second < commands.length && second <= first + most; second++) {
          yield* this.#repairs.shorter(
            failing,
            commands.filter((_, index) => index !== first && index !== second),
          );
        }
      }
    }
  }

  /**
   * Contract: takes out three or more neighbours, few first, from the front: where only all of them together may go.
   */
  *#windows(failing: Shrinkable): Candidates {
    const { length } = failing.commands;
    for (let size = 3; size < length - 1; size++) {
      for (let from = 0; from < length - size; from += size > 4 ? size >> 1 : 1) {
        yield* this.#without(failing, from, size);
      }
    }
  }

  *#without(failing: Shrinkable, from: number, size: number): Candidates {
    const { commands } = failing;
    yield* this.#repairs.shorter(failing, [...commands.slice(0, from), ...commands.slice(from + size)]);
  }
}
