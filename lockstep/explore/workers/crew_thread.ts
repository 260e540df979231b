/**
 * One more thread of a search: builds the machine from its recipe, then expands chunks until there are no more.
 *
 * @module
 */
import type { AnyMachine } from "../../machine.ts";
import { Board } from "./board.ts";
import { ChunkExpander } from "./chunk_expander.ts";
import { Chunks, type ChunkShape } from "./chunks.ts";
import type { TreeSnapshot } from "../learn/decision_tree.ts";
import type { ExploreOptions } from "../exploration.ts";
import type { Recipe } from "./explore_workers.ts";
import { messageOf } from "../notes.ts";
import type { StoreView } from "../state_store.ts";

interface Thread {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

/** What a thread tells: a reason for a cut that it meets for the first time, or why it can not go on. */
export type Told = { readonly reason: string } | { readonly failure: string };

/** What a thread is told first. */
export interface Order {
  readonly recipe: Recipe;
  readonly options: ExploreOptions;
  readonly worker: number;
  readonly shape: ChunkShape;
  readonly board: SharedArrayBuffer;
  readonly chunks: SharedArrayBuffer;
}

/** What a thread is told whenever the store's arrays have been replaced. */
export interface Shown {
  readonly view: StoreView;
  readonly generation: number;
  /** The first time: what the search has learnt so far. */
  readonly learnt?: TreeSnapshot | undefined;
}

const thread = globalThis as unknown as Thread;

async function build({ recipe, options, worker, shape, ...memory }: Order): Promise<void> {
  const module = await import(recipe.module) as Readonly<Record<string, (...given: unknown[]) => AnyMachine>>;
  const board = new Board(memory.board, shape.slots);
  const expander = new ChunkExpander(module[recipe.name]!(...recipe.arguments), options, {
    worker,
    board,
    chunks: new Chunks(memory.chunks, shape),
    keepsEdges: shape.keepsEdges,
    onReason: (reason) => thread.postMessage({ reason } satisfies Told),
  });
  let claimed = -1;
  thread.onmessage = ({ data }) => {
    const { view, generation, learnt } = data as Shown;
    expander.mirror(view, learnt);
    claimed = work(expander, board, generation, claimed);
  };
  board.addReady();
}

/**
 * Expands chunks until the store's arrays are replaced or the board is closed.
 *
 * @param claimed A chunk that was claimed before, or -1.
 * @returns a chunk that was claimed and is to be expanded when the new arrays are there, or -1.
 */
function work(expander: ChunkExpander, board: Board, generation: number, claimed: number): number {
  for (let chunk = claimed;; chunk = -1) {
    if (chunk < 0) chunk = board.claim();
    if (chunk >= 0) {
      // Looked at after claiming: the chunk may lie where the arrays of before do not reach.
      if (board.generation !== generation) return chunk;
      expander.expand(chunk);
    } else if (board.isClosed) return -1;
    else board.waitForPlan();
  }
}

thread.onmessage = ({ data }) =>
  void build(data as Order).catch((error) => {
    thread.postMessage({ failure: messageOf(error) } satisfies Told);
  });
