/**
 * Exploring with several threads over shared memory, with the result of one.
 *
 * Workers expand pieces of the levels ahead of time; what they find is taken in in the order of a search alone. So
 * states have the same numbers, parents and moves as there, on every run, and so have all verdicts and traces. Only
 * levels large enough to be worth it are shared.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, Plain } from "../../machine.ts";
import { checkAsked } from "../check_options.ts";
import { Crew } from "./crew.ts";
import type { Exploration, ExploreOptions } from "../exploration.ts";
import { summary } from "../explore.ts";
import { Search } from "../search.ts";

/** How a worker builds the machine for itself: a machine holds functions, which can not be sent. */
export interface Recipe {
  /** Absolute URL of a module. */
  readonly module: string;
  /** An exported function of it that returns the machine. */
  readonly name: string;
  /** What it is called with. */
  readonly arguments: readonly Plain[];
}

/** Limits and wishes of a search with workers. */
export interface WorkerOptions extends ExploreOptions {
  /**
   * Levels with fewer states are expanded by this thread alone. Default 256; when given, threads start in a small
   * search, too, as soon as it is decided whether steps are learnt.
   */
  readonly minimumLevel?: number;
  /** States that a thread is given at a time, at most. Default 512. */
  readonly chunkStates?: number;
  /** Whether this thread leaves to the others what it could do itself while it waits for them. Default false. */
  readonly delegates?: boolean;
}

type AnySearch = Search<unknown, AnyCommand, unknown, unknown, unknown>;

/** States from which on it is worth starting threads: they take some time, during which this one goes on. */
const startedFrom = 4096;

/** States that this thread expands alone before it looks around, at most. */
const piece = 2048;

/**
 * Explores the machine of a recipe with some threads beside this one. States, transitions, depth, verdicts and
 * traces are those of {@link explore}.
 *
 * `reduction` needs every step in order: then there is one worker, as in a small search. Workers need the permission
 * to read the recipe's module.
 *
 * @example A machine that each thread builds for itself
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exploreWorkers } from "./explore_workers.ts";
 *
 * const module = import.meta.resolve("./slow_machine_for_test.ts");
 * const { states, exhausted } = await exploreWorkers(
 *   { module, name: "slowMachine", arguments: [{ size: 4, pausedEvery: 0, lively: true }] },
 *   2,
 * );
 * assertEquals([states > 0, exhausted], [true, true]);
 * ```
 *
 * @param workers Threads, at least 1; 1 uses none but this one.
 * @throws {RangeError} for fewer than 1 worker.
 * @throws {TypeError} when the recipe's module has no such function.
 * @throws {ThreadError} when a thread can not be started or can not build the machine.
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
  const shares = workers > 1 && (options.reduction ?? false) === false;
  const allocate = shares ? (bytes: number) => new SharedArrayBuffer(bytes) : undefined;
  const search: AnySearch = new Search(machine, options, undefined, false, { allocate });
  const startAt = options.minimumLevel === undefined ? startedFrom : 1;
  using crews = new DisposableStack();
  let crew: Crew | undefined;
  let reported = search.milliseconds;
  checkAsked(machine, options);
  search.begin();
  for (let index = 0; search.goesOn(index);) {
    if (shares && crew === undefined && search.store.count >= startAt && !search.learning.isUndecided) {
      crew = crews.use(new Crew(search, workers, recipe, options));
      // Whoever wants small levels shared does not want them to be over before.
      while (options.minimumLevel !== undefined && !crew.isReady) await pause(1);
    }
    index = crew?.isReady ? crew.advance(index) : search.expandSome(index, piece);
    if (search.milliseconds - reported <= 100) continue;
    reported = search.milliseconds;
    options.onProgress?.(search.progress(search.levels.length, index));
    await pause(0);
  }
  search.end();
  const result = { ...summary(search), workers: crew?.worked ? workers : 1 };
  search.release();
  return result;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}
