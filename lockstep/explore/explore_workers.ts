/**
 * Exploring with several threads over shared memory, with the result of one.
 *
 * Workers expand the pieces of a level while the states and the table lie still; then the pieces are taken in, in
 * order. So states have the same numbers, parents and moves as in a search alone, on every run, and so have all
 * verdicts and traces. Only levels large enough to be worth it are shared.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, Plain } from "../machine.ts";
import type { Exploration, ExploreOptions } from "./exploration.ts";
import { summary } from "./explore.ts";
import { Search } from "./search.ts";
import { type Piece, pieceSize, pieceStates, type SharedLevel } from "./share.ts";

/** How a worker builds the machine for itself: a machine holds functions, which can not be sent. */
export interface Recipe {
  /** Absolute URL of a module. */
  readonly module: string;
  /** An exported function of it that returns the machine. */
  readonly name: string;
  readonly arguments: readonly Plain[];
}

/** Limits and wishes of a search with workers. */
export interface WorkerOptions extends ExploreOptions {
  /** Levels with fewer states are expanded by this thread alone. Default 4096. */
  readonly minimumLevel?: number;
}

type AnySearch = Search<unknown, AnyCommand, unknown, unknown, unknown>;

/** Threads that expand levels; disposing ends them. */
class Crew implements Disposable {
  readonly #threads: Worker[] = [];

  /** Starts the threads and waits until each has built its machine. */
  async start(count: number, recipe: Recipe, { symmetry, learn, tickBudget }: ExploreOptions): Promise<void> {
    const url = new URL("./share_worker.ts", import.meta.url).href;
    for (let at = 0; at < count; at++) this.#threads.push(new Worker(url, { type: "module" }));
    await this.#all({ recipe, options: { symmetry, learn, tickBudget } });
  }

  /** Has a level expanded; its pieces in order. */
  async expand(level: SharedLevel): Promise<Piece[]> {
    const pieces = await this.#all(level) as Piece[][];
    return pieces.flat().sort((one, other) => one.number - other.number);
  }

  #all(message: unknown): Promise<unknown[]> {
    return Promise.all(this.#threads.map((thread) =>
      new Promise<unknown>((resolve, reject) => {
        thread.onmessage = ({ data }) => resolve(data);
        thread.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`Cannot explore with workers: ${event.message}`));
        };
        thread.postMessage(message);
      })
    ));
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.terminate();
  }
}

/**
 * Explores the machine of a recipe with some threads beside this one. States, transitions, depth, verdicts and
 * traces are those of {@link explore}.
 *
 * Promises about steps and progress, `stopAtFirst` and `reduction` need every step in order: then there is one
 * worker. Workers need the permission to read the recipe's module.
 *
 * @param workers Threads, at least 1; 1 uses none but this one.
 * @throws {RangeError} for fewer than 1 worker.
 * @throws {TypeError} when the recipe's module has no such function.
 */
export async function exploreWorkers(
  recipe: Recipe,
  workers: number,
  options: WorkerOptions = {},
): Promise<Exploration<unknown, AnyCommand, unknown, unknown>> {
  if (!(workers >= 1 && Number.isInteger(workers))) {
    throw new RangeError(`Cannot explore: there are ${workers} workers, must be a whole number from 1`);
  }
  const module = await import(recipe.module) as Readonly<Record<string, unknown>>;
  const build = module[recipe.name];
  if (typeof build !== "function") {
    throw new TypeError(`Cannot explore: ${recipe.module} exports no function ${recipe.name}`);
  }
  const machine = build(...recipe.arguments) as AnyMachine;
  const shares = workers > 1 && canShare(machine, options);
  const search: AnySearch = new Search(
    machine,
    options,
    undefined,
    false,
    shares ? (bytes) => new SharedArrayBuffer(bytes) : undefined,
  );
  using crew = new Crew();
  let started = false;
  let reported = search.milliseconds;
  search.begin();
  for (let index = 0; search.goesOn(index);) {
    const end = search.levels.at(-1)!;
    if (shares && end - index >= (options.minimumLevel ?? 2 * pieceStates)) {
      if (!started) await crew.start(workers, recipe, options);
      started = true;
      const level = levelOf(search, index, end, workers);
      index = takeIn(search, await crew.expand(level), level);
    } else index = search.expandRange(index, Math.min(end, index + pieceStates));
    if (search.milliseconds - reported <= 100) continue;
    reported = search.milliseconds;
    options.onProgress?.(search.progress(search.levels.length, index));
    await new Promise<void>((resume) => setTimeout(resume, 0));
  }
  search.end();
  return summary(search);
}

/** Whether nobody needs to see every step in order. */
function canShare({ leadsTo, everyStep, someStep }: AnyMachine, options: ExploreOptions): boolean {
  return (leadsTo === undefined || options.liveness === false) && everyStep === undefined &&
    someStep === undefined && !options.stopAtFirst && options.reduction === undefined;
}

function levelOf(
  { store: { arena, table, mask, shift } }: AnySearch,
  from: number,
  to: number,
  workers: number,
): SharedLevel {
  const piece = pieceSize(to - from, workers);
  return { arena, table, mask, shift, from, to, piece, next: new Int32Array(new SharedArrayBuffer(4)) };
}

/** Takes in the pieces of a level in order; returns the first state that is not expanded. */
function takeIn(search: AnySearch, pieces: readonly Piece[], { from, to, piece }: SharedLevel): number {
  const { store } = search;
  const { words } = store;
  const most = pieces.reduce((sum, { found }) => sum + (found?.parents.length ?? Infinity), store.count);
  const bounded = search.maximumStates < Infinity || search.options.maximumBytes !== undefined;
  // Where a limit may be met, each step counts until there.
  if (bounded && (most > search.maximumStates || search.options.maximumBytes !== undefined)) {
    return search.expandRange(from, to);
  }
  for (const { number, found } of pieces) {
    const first = from + number * piece;
    if (search.stoppedBy !== undefined) return first;
    if (found === undefined) {
      const end = Math.min(to, first + piece);
      const reached = search.expandRange(first, end);
      if (reached < end) return reached;
      continue;
    }
    const { states, parents, moves, transitions, taken } = found;
    for (let at = 0; at < parents.length && search.stoppedBy === undefined; at++) {
      search.receive(states, at * words, parents[at]!, moves[at]!);
    }
    search.transitions += transitions;
    taken.forEach((count, move) => search.taken[move]! += count);
  }
  return to;
}
