/**
 * The wide search for smaller cases: all that needs more than one change at once, within an allowance.
 *
 * @module
 */
import { type Candidates, isPromising, type Shrinkable } from "./shrinkable.ts";

/** Passes that are too many for every case to be tried. */
export interface WidePasses {
  /** Those that suit the case, each of them lazy. */
  wide(failing: Shrinkable): readonly Candidates[];
}

/**
 * Runs without success that the search may take at one length. What deleting has gained is not given away again
 * where a case is short, and a long case may hide a good deal.
 */
function allowance(length: number): number {
  const square = length * length;
  if (length < 4) return Math.max(0, square - 2);
  return Math.min(3400, (length < 6 ? 1.6 : length < 10 ? 1.9 : 2.5) * square);
}

/** Gives each pass its turn, as long as the allowance for a length lasts. */
export class WideSearch {
  readonly #passes: readonly WidePasses[];
  #length = 0;
  #spent = 0;

  constructor(passes: readonly WidePasses[]) {
    this.#passes = passes;
  }

  /** Candidates of all passes in turn, promising ones first, until `share` of the allowance is spent. */
  *candidates(failing: Shrinkable, share: number): Candidates {
    const { length } = failing.commands;
    if (length !== this.#length) [this.#length, this.#spent] = [length, 0];
    const passes = this.#passes.flatMap((each) => each.wide(failing));
    const turns = inTurn(passes.map((pass) => promisingFirst(pass, failing)));
    const most = share * allowance(length);
    let step = turns.next(undefined);
    while (!step.done && this.#spent < most) {
      const answer = yield step.value;
      if (answer !== undefined) this.#spent++;
      step = turns.next(answer);
    }
  }
}

/** Takes turns between `passes`, one candidate each, until all have ended. */
function* inTurn(passes: readonly Candidates[]): Candidates {
  let left = passes.map((pass) => ({ pass, answer: undefined as boolean | undefined }));
  while (left.length > 0) {
    const next: typeof left = [];
    for (const { pass, answer } of left) {
      let step = pass.next(answer);
      // What was known costs nothing: the turn lasts until something was run.
      while (!step.done) {
        const told = yield step.value;
        if (told !== undefined) {
          next.push({ pass, answer: told });
          break;
        }
        step = pass.next(undefined);
      }
    }
    left = next;
  }
}
/** Candidates that are put off at most: a pass may have more than anyone can count. */
const mostPutOff = 64;

/** The promising candidates of a pass, then the others. */
function* promisingFirst(pass: Candidates, failing: Shrinkable): Candidates {
  const others: Shrinkable[] = [];
  let step = pass.next(undefined);
  while (!step.done) {
    if (isPromising(step.value, failing)) step = pass.next(yield step.value);
    else {
      others.push(step.value);
      if (others.length > mostPutOff) yield others.shift()!;
      step = pass.next(undefined);
    }
  }
  yield* others;
}
