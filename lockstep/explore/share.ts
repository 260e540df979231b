/**
 * One worker's share of the rounds of a breadth-first search.
 *
 * In a round, each worker expands a piece of the level, in order, and hands what it finds to the owners of the
 * parts of the table; each owner takes in what it is handed, in the order in which a search alone would have found
 * it; then each worker numbers and checks the new states of its own piece. So states have the numbers, parents and
 * moves that they have in a search alone, on every run.
 *
 * A round in which a worker meets anything but plain steps (a finding, a reason for a cut, something that is seen
 * for the first time) is left undone, and the one who reports does it alone.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../machine.ts";
import type { Board } from "./board.ts";
import type { DecisionTree } from "./decision_tree.ts";
import { compileExchange, type Exchange, numberFresh, partEnd, takeInLeft } from "./exchange.ts";
import type { ExploreOptions } from "./exploration.ts";
import { Search } from "./search.ts";
import type { StoreView } from "./state_store.ts";
import { Sink, type Successors } from "./successors.ts";

/** States between which the search looks whether it has learnt enough to make code. */
const batch = 256;

/** What a worker has done in all rounds together, beside the states. */
export interface ShareResult {
  /** How often each move was carried out. */
  readonly taken: Uint32Array;
  readonly cuts: readonly (readonly [string, number])[];
}

/** Expands pieces of levels. */
export class Share {
  readonly #search: Search<unknown, AnyCommand, unknown, unknown, unknown>;
  readonly #worker: number;
  readonly #board: Board;
  readonly #successors: Successors;
  readonly #sink: Sink;
  readonly #exchange: Exchange;
  /** New states of this worker that are to be looked at again. */
  readonly #noted: Int32Array;
  /** As they were before the round at hand, in case it is left undone. */
  readonly #takenBefore: Uint32Array;
  #cutsBefore: [string, number][] = [];

  /**
   * `noted` is shared memory for numbers of states, one for each successor. With `keepsEdges` all edges are wanted,
   * and rounds with a step that leads nowhere are left undone.
   */
  constructor(
    machine: AnyMachine,
    options: ExploreOptions,
    { worker, board, successors, noted, keepsEdges, taught }: {
      readonly worker: number;
      readonly board: Board;
      readonly successors: Successors;
      readonly noted: Int32Array;
      readonly keepsEdges: boolean;
      readonly taught?: DecisionTree | undefined;
    },
  ) {
    const { leadsTo: _leadsTo, ...rest } = machine;
    this.#sink = new Sink(successors, worker, keepsEdges);
    const parts = { sink: this.#sink, taught };
    this.#search = new Search({ ...rest, starts: [] } as AnyMachine, options, undefined, false, parts);
    this.#search.begin();
    this.#worker = worker;
    this.#board = board;
    this.#successors = successors;
    this.#exchange = compileExchange(successors.words);
    this.#noted = noted.subarray(worker * successors.capacity, (worker + 1) * successors.capacity);
    this.#takenBefore = new Uint32Array(this.#search.taken.length);
  }

  /** Sees the states of a store from now on. */
  mirror(view: StoreView): void {
    this.#search.store.mirror(view);
  }

  get result(): ShareResult {
    return { taken: this.#search.taken, cuts: [...this.#search.cuts] };
  }

  /** Does this worker's share of a round; the others must do theirs. */
  round(): void {
    const board = this.#board;
    const { store } = this.#search;
    store.count = board.count;
    this.#expand();
    board.barrier.wait();
    if (!board.isPlain) return this.#undo();
    this.#takeIn();
    board.barrier.wait();
    if (board.isLeft) {
      if (this.#worker === 0) this.#takeInLeft();
      board.barrier.wait();
    }
    this.#number();
    board.barrier.wait();
  }

  #expand(): void {
    const search = this.#search;
    const { from, to, workers } = this.#board;
    const worker = this.#worker;
    const sink = this.#sink;
    this.#takenBefore.set(search.taken);
    this.#cutsBefore = [...search.cuts];
    const { transitions, lost, notes } = search;
    const { news } = notes;
    const begin = from + Math.floor((to - from) * worker / workers);
    const end = from + Math.floor((to - from) * (worker + 1) / workers);
    sink.clear();
    let failed = false;
    try {
      for (let index = begin; index < end && notes.news === news && !sink.isOverfull;) {
        index = search.expandRange(index, Math.min(end, index + batch));
      }
    } catch {
      // Whoever does the round alone will meet it again.
      failed = true;
    }
    const isWhole = !sink.isOverfull && !(sink.keepsKnown && search.lost > lost);
    const plain = !failed && notes.news === news && isWhole;
    this.#board.setExpanded(worker, plain, search.transitions - transitions);
    if (plain) this.#exchange.route(this.#successors, worker, sink.count, this.#board.routed(worker));
  }

  #undo(): void {
    const search = this.#search;
    search.taken.set(this.#takenBefore);
    // Reasons stay known.
    for (const reason of search.cuts.keys()) search.cuts.set(reason, 0);
    for (const [reason, count] of this.#cutsBefore) search.cuts.set(reason, count);
    search.stoppedBy = undefined;
  }

  #takeIn(): void {
    const board = this.#board;
    const owner = this.#worker;
    const { store } = this.#search;
    const end = partEnd(owner, board.workers, store.shift);
    for (let worker = 0; worker < board.workers; worker++) {
      const routed = board.routed(worker)[owner]!;
      const at = this.#successors.listAt(worker, owner);
      board.fresh(worker)[owner] = this.#exchange.takeIn(store, this.#successors, at, routed, end);
      board.left(worker)[owner] = this.#exchange.left;
    }
  }

  #takeInLeft(): void {
    const board = this.#board;
    for (let owner = 0; owner < board.workers; owner++) {
      for (let worker = 0; worker < board.workers; worker++) {
        const at = this.#successors.listAt(worker, owner);
        for (let i = 0; i < board.left(worker)[owner]!; i++) {
          const isNew = takeInLeft(this.#search.store, this.#successors, this.#successors.lists[at + i]!);
          if (isNew) board.fresh(worker)[owner]!++;
        }
      }
    }
  }

  /** Gives the new states of this worker's piece their numbers and their places, and checks them. */
  #number(): void {
    const search = this.#search;
    let first = this.#board.count;
    for (let worker = 0; worker < this.#worker; worker++) first += this.#board.freshOf(worker);
    let noted = 0;
    numberFresh(search.store, this.#successors, this.#worker, this.#sink.count, first, (number) => {
      const { news } = search.notes;
      search.discovered(number);
      if (search.notes.news !== news) this.#noted[noted++] = number;
    });
    this.#board.setNoted(this.#worker, noted);
  }
}
