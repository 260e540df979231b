/**
 * The thread of one worker: builds the machine from its recipe, then expands its share of each level it is sent.
 *
 * @module
 */
import type { AnyMachine } from "../machine.ts";
import type { ExploreOptions } from "./exploration.ts";
import type { Recipe } from "./explore_workers.ts";
import { Share, type SharedLevel } from "./share.ts";

interface Thread {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

/** What a worker is told first. */
export interface Order {
  readonly recipe: Recipe;
  readonly options: ExploreOptions;
}

const thread = globalThis as unknown as Thread;
let share: Share | undefined;

async function build({ recipe, options }: Order): Promise<void> {
  const module = await import(recipe.module) as Readonly<Record<string, (...given: unknown[]) => AnyMachine>>;
  share = new Share(module[recipe.name]!(...recipe.arguments), options);
  thread.postMessage("ready");
}

thread.onmessage = ({ data }) => {
  if (share === undefined) return void build(data as Order);
  const pieces = share.expand(data as SharedLevel);
  const transfer = pieces.flatMap(({ found }) =>
    found === undefined
      ? []
      : [found.states.buffer, found.parents.buffer, found.moves.buffer, found.taken.buffer]
  );
  thread.postMessage(pieces, transfer);
};
