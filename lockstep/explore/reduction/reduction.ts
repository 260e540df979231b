/**
 * Partial-order reduction: which moves of a state are enough, because the order of the others does not matter.
 *
 * The moves are those of a strong stubborn set (Valmari): whatever is taken outside of it leaves its possible
 * members possible and can be taken after them as well. A set that leaves something out must be invisible (no
 * promise can tell whether its moves were taken), and one of its steps must lead to a state that is not expanded
 * yet, so that nothing is put off for ever (Bošnački and Holzmann's condition for breadth-first search).
 *
 * That keeps: every state without moves, every outcome, a violation of each violated `always`, a witness of each
 * `sometimes`, and for each command whether it is ever possible. It does not keep shortest paths, steps as pairs
 * of states, nor runs without end.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Independence } from "../../machine.ts";
import { Choices, defaultTickBudget } from "../choices.ts";
import type { Codec } from "../codec/codec.ts";
import type { Search } from "../search.ts";

type AnySearch<State, Command extends AnyCommand> = Search<State, Command, unknown, unknown, unknown>;

/** What a move does in the state at hand. */
const answer = { unasked: 0, possible: 1, impossible: 2, failing: 3 } as const;

/** Picks the moves to expand, for one search. */
export class Reduction<State, Command extends AnyCommand> {
  readonly #search: AnySearch<State, Command>;
  readonly #independence: Independence<State, Command>;
  /** Holds the state at hand while others run on the second. */
  readonly #shown: Codec<State>;
  readonly #run: Codec<State>;
  readonly #choices: Choices;
  readonly #after: Int32Array;
  readonly #status: Uint8Array;
  /** Whether a move leads to a state that is not expanded yet. */
  readonly #leadsOn: Uint8Array;
  /** The round in which a move was put into the set. */
  readonly #memberOf: Uint32Array;
  /** States in which a possible move was left out. */
  reducedStates = 0;
  #round = 0;
  #members: number[] = [];
  #best: Uint8Array;
  #spare: Uint8Array;

  constructor(search: AnySearch<State, Command>) {
    const { machine, codec, moves } = search;
    this.#search = search;
    this.#independence = machine.independence!;
    this.#shown = codec.another();
    this.#run = codec.another();
    this.#choices = new Choices(search.options.tickBudget ?? defaultTickBudget);
    this.#after = new Int32Array(codec.words);
    this.#status = new Uint8Array(moves.count);
    this.#leadsOn = new Uint8Array(moves.count);
    this.#memberOf = new Uint32Array(moves.count);
    this.#best = new Uint8Array(moves.count);
    this.#spare = new Uint8Array(moves.count);
  }

  /** Gives back what another search can use. */
  release(): void {
    this.#shown.release();
    this.#run.release();
  }

  /** The moves that are enough in a state, with 1 for each; `undefined` = all of them. Valid until the next call. */
  enough(index: number): Uint8Array | undefined {
    const { machine, store, moves } = this.#search;
    if (moves.internal.length > 0) return undefined;
    this.#status.fill(0);
    const state = this.#shown.unpack(store.arena, index * store.words) as DeepReadonly<State>;
    let fewest = Infinity;
    for (let seed = 0; seed < machine.commands.length && fewest > 1; seed++) {
      const size = this.#close(state, index, seed, fewest);
      if (size >= fewest) continue;
      fewest = size;
      [this.#best, this.#spare] = [this.#spare, this.#best];
      this.#best.fill(0);
      for (const member of this.#members) {
        if (this.#status[member] === answer.possible) this.#best[member] = 1;
      }
    }
    if (fewest === Infinity || !this.#leavesOut(index)) return undefined;
    this.reducedStates++;
    return this.#best;
  }

  /** Whether some possible move is not in the best set. */
  #leavesOut(index: number): boolean {
    for (let move = 0; move < this.#best.length; move++) {
      if (this.#best[move] === 0 && this.#statusOf(index, move) !== answer.impossible) return true;
    }
    return false;
  }

  /** Grows the smallest stubborn set around `seed`; how many of it are possible, or `Infinity` when it is no use. */
  #close(state: DeepReadonly<State>, index: number, seed: number, limit: number): number {
    const { commands } = this.#search.machine;
    const { visible, independent, unlocks } = this.#independence;
    if (this.#statusOf(index, seed) !== answer.possible) return Infinity;
    const round = ++this.#round;
    const members = this.#members = [seed];
    this.#memberOf[seed] = round;
    let possible = 0;
    let leadsOn = false;
    for (let at = 0; at < members.length; at++) {
      const move = members[at]!;
      const command = commands[move]!;
      const status = this.#statusOf(index, move);
      if (status === answer.failing) return Infinity;
      if (status === answer.possible) {
        if (++possible >= limit || visible.call(this.#independence, state, command)) return Infinity;
        if (this.#leadsOn[move] === 1) leadsOn = true;
      }
      for (let other = 0; other < commands.length; other++) {
        if (this.#memberOf[other] === round) continue;
        const needed = status === answer.possible
          ? !independent.call(this.#independence, state, command, commands[other]!)
          : unlocks === undefined || unlocks.call(this.#independence, state, commands[other]!, command);
        if (!needed) continue;
        this.#memberOf[other] = round;
        members.push(other);
      }
    }
    return leadsOn ? possible : Infinity;
  }

  #statusOf(index: number, move: number): number {
    const known = this.#status[move]!;
    return known === answer.unasked ? this.#status[move] = this.#look(index, move) : known;
  }

  /** Runs a move in all its alternatives. */
  #look(index: number, move: number): number {
    const { store, moves, codec } = this.#search;
    const choices = this.#choices;
    let status: number = answer.impossible;
    this.#leadsOn[move] = 0;
    choices.reset();
    do {
      choices.rewind();
      const state = this.#run.unpack(store.arena, index * store.words);
      try {
        if (moves.run(move, state, choices) === undefined) continue;
      } catch {
        return answer.failing;
      }
      if (!codec.pack(state, this.#after, 0)) return answer.failing;
      status = answer.possible;
      const target = store.find(this.#after, 0);
      if (target < 0 || target > index) this.#leadsOn[move] = 1;
    } while (choices.advance());
    return status;
  }
}
