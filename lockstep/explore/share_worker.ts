/**
 * The thread of one worker: builds the machine from its recipe, then does its share of each round.
 *
 * @module
 */
import type { AnyMachine } from "../machine.ts";
import { Board, order } from "./board.ts";
import type { ExploreOptions } from "./exploration.ts";
import type { Recipe } from "./explore_workers.ts";
import { Share, type ShareResult } from "./share.ts";
import type { StoreView } from "./state_store.ts";
import { Successors } from "./successors.ts";

interface Thread {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

/** What a worker is told first. */
export interface Order {
  readonly recipe: Recipe;
  readonly options: ExploreOptions;
  readonly worker: number;
  readonly workers: number;
  readonly words: number;
  readonly memory: CrewMemory;
  readonly keepsEdges: boolean;
}

/** What all workers see. */
export interface CrewMemory {
  readonly board: SharedArrayBuffer;
  readonly successors: SharedArrayBuffer;
  readonly noted: Int32Array;
}

const thread = globalThis as unknown as Thread;

async function build({ recipe, options, worker, workers, words, memory, keepsEdges }: Order): Promise<void> {
  const module = await import(recipe.module) as Readonly<Record<string, (...given: unknown[]) => AnyMachine>>;
  const board = new Board(memory.board, workers);
  const successors = new Successors(memory.successors, words, workers);
  const { noted } = memory;
  const share = new Share(module[recipe.name]!(...recipe.arguments), options, {
    worker,
    board,
    successors,
    noted,
    keepsEdges,
  });
  thread.onmessage = ({ data }) => work(share, board, data as StoreView);
  thread.postMessage("ready");
}

/** Does rounds until the store is to be seen anew, or all is done. */
function work(share: Share, board: Board, view: StoreView): void {
  share.mirror(view);
  for (;;) {
    board.barrier.wait();
    if (board.order === order.reload) return board.barrier.wait();
    if (board.order === order.finish) return thread.postMessage(share.result satisfies ShareResult);
    share.round();
  }
}

thread.onmessage = ({ data }) => void build(data as Order);
