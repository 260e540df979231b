/**
 * Threads that do rounds of a search together with the one that owns them.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import { Board, order } from "./board.ts";
import type { EdgeStore } from "./edge_store.ts";
import type { Recipe, WorkerOptions } from "./explore_workers.ts";
import type { Search } from "./search.ts";
import { Share, type ShareResult } from "./share.ts";
import type { CrewMemory, Order } from "./share_worker.ts";
import type { StoreView } from "./state_store.ts";
import { successorCapacity, Successors } from "./successors.ts";

type AnySearch = Search<unknown, AnyCommand, unknown, unknown, unknown>;

/** Several workers on one search, this thread among them. Disposing ends the other threads. */
export class Crew implements Disposable {
  readonly #search: AnySearch;
  readonly #workers: number;
  readonly #threads: Worker[] = [];
  readonly #board: Board;
  readonly #own: Share;
  readonly #noted: Int32Array;
  readonly #successors: Successors;
  #ready = 0;
  #failure: string | undefined;
  #table: Int32Array | undefined;
  #arena: Int32Array | undefined;
  /** How many times as many successors as on average are allowed for. */
  #margin = 1.5;
  /** Whether any round was done together. */
  worked = false;

  constructor(search: AnySearch, workers: number, recipe: Recipe, settings: WorkerOptions) {
    const { symmetry, deadlock, tickBudget } = settings;
    const options = {
      symmetry,
      deadlock,
      tickBudget,
      learn: search.learnt === undefined ? false : "at once",
    };
    const { words } = search.store;
    const keepsEdges = search.edges !== undefined;
    const memory: CrewMemory = {
      board: new SharedArrayBuffer(Board.bytes(workers)),
      successors: new SharedArrayBuffer(Successors.bytes(words, workers)),
      noted: new Int32Array(new SharedArrayBuffer(workers * successorCapacity * 4)),
    };
    this.#search = search;
    this.#workers = workers;
    this.#noted = memory.noted;
    this.#board = new Board(memory.board, workers);
    this.#successors = new Successors(memory.successors, words, workers);
    this.#own = new Share(search.machine, options as WorkerOptions, {
      worker: 0,
      board: this.#board,
      successors: this.#successors,
      noted: this.#noted,
      keepsEdges,
      taught: search.learnt,
    });
    const url = new URL("./share_worker.ts", import.meta.url).href;
    for (let worker = 1; worker < workers; worker++) {
      const thread = new Worker(url, { type: "module" });
      thread.onmessage = () => this.#ready++;
      thread.onerror = (event) => {
        event.preventDefault();
        this.#failure = event.message;
      };
      const first: Order = {
        recipe,
        options: options as WorkerOptions,
        worker,
        workers,
        words,
        memory,
        keepsEdges,
      };
      thread.postMessage(first);
      this.#threads.push(thread);
    }
  }

  /** Whether all threads have built their machines. @throws {Error} when one could not. */
  get isReady(): boolean {
    if (this.#failure !== undefined) throw new Error(`Cannot explore with workers: ${this.#failure}`);
    return this.#ready === this.#threads.length;
  }

  /** Expands states from `index` on, up to `end` or fewer; returns the first one that is not expanded. */
  expand(index: number, end: number): number {
    const search = this.#search;
    const { store } = search;
    const board = this.#board;
    const most = this.#workers * successorCapacity;
    const perState = Math.max(1, search.transitions / Math.max(1, index)) * this.#margin;
    const to = Math.min(end, index + Math.max(this.#workers, Math.floor(most / perState)));
    if (store.count + most > search.maximumStates || !search.reserve(most)) {
      return search.expandRange(index, to);
    }
    this.#show();
    board.order = order.round;
    board.from = index;
    board.to = to;
    board.count = store.count;
    board.barrier.wait();
    this.#own.round();
    if (!board.isPlain) {
      if (to - index > this.#workers) this.#margin = Math.min(this.#margin * 1.25, 64);
      return search.expandRange(index, to);
    }
    this.worked = true;
    if (search.edges !== undefined) this.#addEdges(search.edges, index, to);
    store.count += board.allFresh;
    search.takenIn(board.transitions);
    for (let worker = 0; worker < this.#workers; worker++) {
      const first = worker * successorCapacity;
      const noted = this.#noted.subarray(first, first + board.noted(worker));
      for (const state of noted) search.discovered(state);
    }
    return to;
  }

  /** Adds the edges of all states of a round, in order. */
  #addEdges(edges: EdgeStore, from: number, to: number): void {
    const { parents, moves, targets, numbers, capacity } = this.#successors;
    const { count } = this.#board;
    let begun = from;
    for (let worker = 0; worker < this.#workers; worker++) {
      const found = this.#board.routed(worker).reduce((sum, part) => sum + part, 0);
      for (let at = worker * capacity; at < worker * capacity + found; at++) {
        for (; begun <= parents[at]!; begun++) edges.begin();
        const target = targets[at]!;
        edges.add(target < count ? target : numbers[target - count]!, moves[at]!);
      }
    }
    for (; begun < to; begun++) edges.begin();
  }

  /** Has everyone see the store's arrays of now. */
  #show(): void {
    const { arena, parents, moves, table, mask, shift, count } = this.#search.store;
    if (table === this.#table && arena === this.#arena) return;
    const view: StoreView = { arena, parents, moves, table, mask, shift, count };
    for (const thread of this.#threads) thread.postMessage(view);
    this.#own.mirror(view);
    // The first time they wait for the message already.
    if (this.#table !== undefined) {
      this.#board.order = order.reload;
      this.#board.barrier.wait();
      // Nobody may miss this order for the next one.
      this.#board.barrier.wait();
    }
    this.#table = table;
    this.#arena = arena;
  }

  /** Has everyone stop, and adds up what they have counted. */
  async finish(): Promise<void> {
    if (this.#table === undefined) return;
    const results = Promise.all(this.#threads.map((thread) =>
      new Promise<ShareResult>((resolve) => {
        thread.onmessage = ({ data }) => resolve(data as ShareResult);
      })
    ));
    this.#board.order = order.finish;
    this.#board.barrier.wait();
    const search = this.#search;
    for (const { taken, cuts } of [this.#own.result, ...await results]) {
      taken.forEach((count, move) => search.taken[move]! += count);
      for (const [reason, count] of cuts) search.cuts.set(reason, search.cuts.get(reason)! + count);
    }
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.terminate();
  }
}
