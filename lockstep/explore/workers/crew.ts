/**
 * Threads that expand the states of a search together with the one that owns it.
 *
 * The states are cut into chunks in the order in which a search alone would expand them. Any thread expands any
 * chunk, at any time after its states are there; what chunks have found is taken in by this thread, in order. So
 * states have the numbers, parents and moves that they have in a search alone, on every run, and nobody waits at
 * the end of a level.
 *
 * @module
 */
import type { AnyCommand } from "../../machine.ts";
import { Board } from "./board.ts";
import { ChunkExpander } from "./chunk_expander.ts";
import { type Chunk, chunkLimits, Chunks, type ChunkShape } from "./chunks.ts";
import { type Commit, compileCommit } from "./commit.ts";
import type { Order, Shown, Told } from "./crew_thread.ts";
import type { EdgeStore } from "../edge_store.ts";
import type { Recipe, WorkerOptions } from "./explore_workers.ts";
import { messageOf } from "../notes.ts";
import type { Search, SearchParts } from "../search.ts";
import type { StoreView } from "../state_store.ts";

type AnySearch = Search<unknown, AnyCommand, unknown, unknown, unknown>;

/** States of one chunk: enough to be worth handing over, few enough to be found in the cache when it is taken in. */
const chunkStates = { fewest: 32, most: 512 } as const;

/** States of a level from which on it is worth meeting. */
const defaultMinimumLevel = 256;

/** Chunks that may be under way, per worker. */
const slotsPerWorker = 4;

/** After how long without a chunk this thread looks around. */
const patienceMs = 100;

/** Threads can not be had, or not with this machine. */
export class ThreadError extends Error {
  /** Always "EnvironmentError": what is missing is of the machine it runs on. */
  override readonly name = "EnvironmentError";
}

/** Several workers on one search, this thread among them. Disposing ends the other threads. */
export class Crew implements Disposable {
  readonly #search: AnySearch;
  readonly #minimumLevel: number;
  readonly #workers: number;
  readonly #threads: Worker[] = [];
  readonly #board: Board;
  readonly #chunks: Chunks;
  readonly #own: ChunkExpander;
  readonly #commit: Commit;
  readonly #numbers: Int32Array = new Int32Array(chunkLimits.candidates);
  /** Reasons for cuts, per worker in the order in which it has met them. */
  readonly #reasons: string[][];
  #failure: string | undefined;
  #table: Int32Array | undefined;
  #arena: Int32Array | undefined;
  /** The chunk that is taken in next. */
  #next = 0;
  /** The first state that is in no chunk yet. */
  #unplanned = 0;
  readonly #chunkStates: { readonly fewest: number; readonly most: number; now: number };
  readonly #delegates: boolean;
  /** Whether any chunk was expanded together. */
  worked = false;

  constructor(
    search: AnySearch,
    workers: number,
    recipe: Recipe,
    { symmetry, deadlock, tickBudget, minimumLevel, chunkStates: most, delegates }: WorkerOptions,
  ) {
    // Threads are told once what was learnt.
    search.learning.settle();
    const options = {
      symmetry,
      deadlock,
      tickBudget,
      learn: search.learning.expander === undefined ? false : "at once",
    } as WorkerOptions;
    const shape: ChunkShape = {
      words: search.store.words,
      moves: search.moves.count,
      keepsEdges: search.edges !== undefined,
      slots: slotsPerWorker * workers,
    };
    const board = new SharedArrayBuffer(Board.bytes(shape.slots));
    const chunks = new SharedArrayBuffer(Chunks.bytes(shape));
    this.#search = search;
    this.#workers = workers;
    this.#minimumLevel = minimumLevel ?? defaultMinimumLevel;
    const states = most ?? chunkStates.most;
    this.#chunkStates = { fewest: Math.min(chunkStates.fewest, states), most: states, now: states };
    this.#delegates = delegates ?? false;
    this.#board = new Board(board, shape.slots);
    this.#chunks = new Chunks(chunks, shape);
    this.#commit = compileCommit(shape.words);
    this.#reasons = Array.from({ length: workers }, () => []);
    this.#own = new ChunkExpander(search.machine, options, {
      worker: 0,
      board: this.#board,
      chunks: this.#chunks,
      keepsEdges: shape.keepsEdges,
      taught: search.learning.expander as unknown as SearchParts["taught"],
      onReason: (reason) => void this.#reasons[0]!.push(reason),
    });
    for (let worker = 1; worker < workers; worker++) {
      this.#threads.push(this.#begin({ recipe, options, worker, shape, board, chunks }));
    }
  }

  #begin(order: Order): Worker {
    let thread: Worker;
    try {
      thread = new Worker(new URL("./crew_thread.ts", import.meta.url).href, { type: "module" });
    } catch (error) {
      this[Symbol.dispose]();
      throw this.#error(`no thread can be started (${messageOf(error)})`);
    }
    thread.onmessage = ({ data }) => {
      const told = data as Told;
      if ("failure" in told) this.#failure ??= told.failure;
      else this.#reasons[order.worker]!.push(told.reason);
    };
    thread.onerror = (event) => {
      event.preventDefault();
      this.#failure ??= event.message;
    };
    thread.postMessage(order);
    return thread;
  }

  /** Whether all threads have built their machines. @throws {ThreadError} when one could not. */
  get isReady(): boolean {
    if (this.#failure !== undefined) throw this.#error(`a thread has failed (${this.#failure})`);
    return this.#board.ready === this.#threads.length;
  }

  #error(what: string): ThreadError {
    return new ThreadError(`Cannot explore with ${this.#workers} workers: ${what}`);
  }

  /** Goes on from the state `index`, which is the first one that is not expanded; returns which one is then. */
  advance(index: number): number {
    const board = this.#board;
    this.#unplanned = Math.max(this.#unplanned, index);
    this.#plan();
    const next = this.#next;
    if (next === board.planned) return this.#alone(index, this.#search.levels.at(-1)!);
    if (!this.#delegates && board.claimThis(next)) return this.#chunkAlone(next);
    if (board.isDelivered(next)) return this.#takeIn(next);
    const other = this.#delegates ? -1 : board.claim();
    if (other >= 0) this.#own.expand(other);
    else board.waitForDelivery(next, patienceMs);
    return index;
  }

  /** Cuts the states that are there into chunks, as long as there are slots for these. */
  #plan(): void {
    const { store, levels } = this.#search;
    const { fewest, now } = this.#chunkStates;
    const board = this.#board;
    while (board.planned - this.#next < board.slots) {
      const from = this.#unplanned;
      const levelEnd = levels.at(-1)!;
      // A chunk lies within one level, so that it is known when the level is complete.
      const left = (from < levelEnd ? levelEnd : store.count) - from;
      if (left === 0) return;
      const isBusy = board.planned > this.#next;
      if (isBusy ? from >= levelEnd && left < fewest : left < this.#minimumLevel) return;
      if (this.#table === undefined) this.#show();
      const share = Math.ceil((store.count - from) / (2 * this.#workers));
      const states = Math.max(fewest, Math.min(now, share));
      this.#unplanned = from + Math.min(left, states);
      board.plan(from, this.#unplanned);
      this.worked = true;
    }
  }

  /** Expands states as a search alone does; returns the first one that is not expanded. */
  #alone(from: number, to: number): number {
    const search = this.#search;
    let index = from;
    while (index < to && search.stoppedBy === undefined) index = search.expandRange(index, to);
    if (this.#table !== undefined) this.#show();
    return index;
  }

  #chunkAlone(chunk: number): number {
    this.#next++;
    return this.#alone(this.#board.from(chunk), this.#board.to(chunk));
  }

  /** Takes in a chunk that is expanded. */
  #takeIn(number: number): number {
    const search = this.#search;
    const { store } = search;
    const board = this.#board;
    const chunk = this.#chunks.slots[number % board.slots]!;
    const { plain, transitions, candidates, edges } = board.result(number);
    const { fewest, most, now } = this.#chunkStates;
    this.#chunkStates.now = plain ? Math.min(most, now + 1) : Math.max(fewest, now >> 1);
    const count = store.count + candidates;
    const reasons = this.#reasons[board.worker(number)]!;
    const states = board.to(number) - board.from(number);
    const fits = count < store.fullAt && count <= search.maximumStates &&
      (search.edges?.hasRoom(states, edges) ?? true);
    if (!plain || !fits || chunk.cuts.some((count, reason) => count > 0 && reasons[reason] === undefined)) {
      return this.#chunkAlone(number);
    }
    this.#commit(store, chunk, candidates, this.#numbers);
    search.takenIn(transitions, chunk.taken);
    chunk.cuts.forEach((count, reason) => {
      if (count > 0) search.cuts.set(reasons[reason]!, search.cuts.get(reasons[reason]!)! + count);
    });
    if (search.edges !== undefined) {
      this.#addEdges(search.edges, chunk, edges, board.from(number), board.to(number));
    }
    board.visible = store.count;
    this.#next++;
    return board.to(number);
  }

  /** Adds the edges of all states of a chunk, in order. */
  #addEdges(edges: EdgeStore, chunk: Chunk, count: number, from: number, to: number): void {
    const { edgeTargets, edgeMoves, edgeParents } = chunk;
    let begun = from;
    for (let edge = 0; edge < count; edge++) {
      for (; begun <= edgeParents[edge]!; begun++) edges.begin();
      const target = edgeTargets[edge]!;
      edges.add(target < 0 ? this.#numbers[-1 - target]! : target, edgeMoves[edge]!);
    }
    for (; begun < to; begun++) edges.begin();
  }

  /** Has everyone see the states that are there now. */
  #show(): void {
    const { arena, parents, moves, table, mask, shift, count } = this.#search.store;
    this.#board.visible = count;
    if (table === this.#table && arena === this.#arena) return;
    const view: StoreView = { arena, parents, moves, table, mask, shift, count };
    const generation = this.#board.generation + 1;
    const learnt = this.#table === undefined ? this.#search.learning.expander?.tree.snapshot : undefined;
    // First: a thread that gets the message must not take the board for older than it.
    this.#board.generation = generation;
    for (const thread of this.#threads) thread.postMessage({ view, generation, learnt } satisfies Shown);
    this.#own.mirror(view);
    this.#table = table;
    this.#arena = arena;
  }

  [Symbol.dispose](): void {
    this.#board.close();
    for (const thread of this.#threads) thread.terminate();
  }
}
