/**
 * Shrinking by deletion. Every pass goes on where it was when a smaller case replaces the one that failed.
 *
 * @module
 */
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** Up to this number of commands, all pairs are tried at once; above it, those that are near each other first. */
const pairsUpTo = 9;
/** How far apart two commands may be that are taken out together when a case is long. */
const pairDistance = 3;

/** From this number of commands on, more turns go to what only takes commands out. */
const longFrom = 10;

/** The passes that take commands out. */
export class Deletions implements WidePasses {
  readonly #repairs: Repairs;
  /** Where taking out runs of commands goes on: how many commands, and from which one. */
  #size = Infinity;
  #from = Infinity;
  /** How many neighbours went together the last time. */
  #window = Infinity;
  /** The last window that was tried. */
  #asked: { readonly length: number; readonly size: number } | undefined;

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

  wide(failing: Shrinkable): readonly Lane[] {
    // What is still long after single commands were taken out counts something: only many together may go.
    const isLong = failing.commands.length >= longFrom;
    return [
      { name: "windows", turns: isLong ? 20 : 1, candidates: this.#windows(failing) },
      { name: "pairs", turns: isLong ? 6 : 2, candidates: this.#pairs(failing) },
    ];
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
   * Contract: takes out three or more neighbours, from the front: where only all of them together may go. As many as
   * went together the last time first, since what counts goes on counting; then few before many.
   */
  *#windows(failing: Shrinkable): Candidates {
    const { length } = failing.commands;
    if (this.#asked !== undefined && this.#asked.length - this.#asked.size === length) {
      this.#window = this.#asked.size;
    }
    const sizes = Array.from({ length: Math.max(0, length - 4) }, (_, index) => index + 3);
    for (const size of new Set(this.#window < length - 1 ? [this.#window, ...sizes] : sizes)) {
      const apart = size !== this.#window ? size >> 1 : 1;
      for (let from = 0; from < length - size; from += apart) {
        this.#asked = { length, size };
        yield* this.#without(failing, from, size);
      }
    }
  }

  *#without(failing: Shrinkable, from: number, size: number): Candidates {
    const { commands } = failing;
    yield* this.#repairs.shorter(failing, [...commands.slice(0, from), ...commands.slice(from + size)]);
  }
}
