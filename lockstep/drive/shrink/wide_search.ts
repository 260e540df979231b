/**
 * The wide search for smaller cases: all that needs more than one change at once, within an allowance.
 *
 * @module
 */
import { type Candidates, isPromising, type Shrinkable } from "./shrinkable.ts";

/** Passes that are too many for every case to be tried. */
export interface WidePasses {
  /** Those that suit the case. */
  wide(failing: Shrinkable): readonly Lane[];
}

/** One pass of the wide search. */
export interface Lane {
  readonly name: string;
  /** Candidates that are run in one round of all passes, on average: half a turn is one in every second round. */
  readonly turns: number;
  /** Whether what the machine expects for a candidate says nothing about its prospects. */
  readonly anyAnswer?: boolean;
  /** Lazy. */
  readonly candidates: Candidates;
}

/**
 * Runs without success that the search may take at one length: more for each command of a long case, which may hide a
 * good deal. What deleting has gained is not given away again where a case is short.
 */
function allowance(length: number): number {
  const square = length * length;
  return length < 4 ? Math.max(0, square - 2) : Math.min(3400, Math.min(1.75, 0.75 + 0.08 * length) * square);
}

/** How many more turns a pass has after it has found something: a case that goes on in one way often does so again. */
const turnsForSuccess = 2;

/** Gives each pass its turns, as long as the allowance for a length lasts. */
export class WideSearch {
  readonly #passes: readonly WidePasses[];
  #length = 0;
  #spent = 0;
  /** The pass whose candidate is being run. */
  #asking: string | undefined;
  /** How often each pass has led to a shorter case. */
  readonly #successes: Map<string, number> = new Map();

  constructor(passes: readonly WidePasses[]) {
    this.#passes = passes;
  }

  /** Candidates of all passes in turn, promising ones first, until `share` of the allowance is spent. */
  *candidates(failing: Shrinkable, share: number): Candidates {
    const { length } = failing.commands;
    if (length !== this.#length) {
      if (this.#asking !== undefined) {
        this.#successes.set(this.#asking, (this.#successes.get(this.#asking) ?? 0) + 1);
      }
      [this.#length, this.#spent] = [length, 0];
    }
    this.#asking = undefined;
    const turns = this.#inTurn(failing);
    const most = share * allowance(length);
    let step = turns.next(undefined);
    while (!step.done && this.#spent < most) {
      const answer = yield step.value;
      this.#asking = undefined;
      if (answer !== undefined) this.#spent++;
      step = turns.next(answer);
    }
  }

  /** Takes turns between the passes until all have ended; those that have found something come first. */
  *#inTurn(failing: Shrinkable): Candidates {
    const successes = ({ name }: Lane): number => this.#successes.get(name) ?? 0;
    const perRound = (lane: Lane): number => lane.turns + (successes(lane) > 0 ? turnsForSuccess : 0);
    const lanes = this.#passes.flatMap((each) => each.wide(failing)).sort((one, other) =>
      successes(other) - successes(one)
    );
    let left = lanes.map((lane) => ({
      lane,
      pass: lane.anyAnswer === true ? lane.candidates : promisingFirst(lane.candidates, failing),
      answer: undefined as number | undefined,
      turns: perRound(lane),
    }));
    while (left.length > 0) {
      const next: typeof left = [];
      for (const { lane, pass, answer, turns: owed } of left) {
        let turns = owed;
        let told = answer;
        let ended = false;
        while (!ended && turns >= 1) {
          const step = pass.next(told);
          ended = step.done === true;
          if (step.done === true) break;
          this.#asking = lane.name;
          told = yield step.value;
          // What was known costs nothing: a turn lasts until something was run.
          if (told !== undefined) turns--;
        }
        if (!ended) {
          turns += perRound(lane);
          next.push({ lane, pass, answer: told, turns });
        }
      }
      left = next;
    }
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
