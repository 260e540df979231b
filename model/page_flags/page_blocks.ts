/**
 * The blocks of a page as a sequential object: what allocations and frees answer when each takes effect at one moment.
 *
 * The same promises as `page_flags.ts`, for checking recorded histories of whole operations: an allocation answers a
 * free block or null (another page would serve it), at its start or as an interior pointer, and a free makes the block
 * free. Freeing what is not handed out is not possible. The model refuses to know threads.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";

/** A whole operation. The pointer of block b is 2 * b + 2, an interior one is one more. */
export type PageBlocksCommand =
  | { readonly kind: "malloc" | "mallocAligned" }
  | { readonly kind: "free"; readonly pointer: number };

/** By block: the pointer that is handed out, 0 = free. */
export interface PageBlocksState {
  blocks: number[];
}

/** Builds the machine for a page of `blocks` blocks, 1 to 16. A reply is a pointer, or 0 for null and for `free`. */
export function pageBlocks(blocks: number): Machine<PageBlocksState, PageBlocksCommand, number> {
  const pointer = z.int().min(2).max(2 * blocks + 1);
  const pointers = Array.from({ length: 2 * blocks }, (_, index) => index + 2);
  return {
    name: "page-blocks",
    schema: {
      state: z.strictObject({ blocks: z.array(z.int().min(0).max(2 * blocks + 1)).length(blocks) }),
      command: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.enum(["malloc", "mallocAligned"]) }),
        z.strictObject({ kind: z.literal("free"), pointer }),
      ]),
      reply: z.int().min(0).max(2 * blocks + 1),
      start: z.null(),
    },
    starts: [null],
    commands: [
      { kind: "malloc" },
      { kind: "mallocAligned" },
      ...pointers.map((pointer) => ({ kind: "free", pointer }) as const),
    ],
    initial: () => ({ blocks: Array.from({ length: blocks }, () => 0) }),
    step(state, command, world) {
      if (command.kind === "free") {
        const block = state.blocks.indexOf(command.pointer);
        if (block < 0) return world.refuse("the pointer is not handed out");
        state.blocks[block] = 0;
        return 0;
      }
      const free = state.blocks.flatMap((pointer, block) => pointer === 0 ? [block] : []);
      const pick = world.choose(free.length + 1);
      if (pick === free.length) return 0;
      const block = free[pick]!;
      return state.blocks[block] = 2 * block + (command.kind === "malloc" ? 2 : 3);
    },
    always: {
      "a block is handed out under its own pointer": ({ blocks }) =>
        blocks.every((pointer, block) => pointer === 0 || pointer >> 1 === block + 1),
    },
    sometimes: { "all blocks are handed out": ({ blocks }) => blocks.every((pointer) => pointer !== 0) },
    actor: () => "thread",
  };
}
