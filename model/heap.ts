/**
 * A heap, the specification: what callers of `malloc` and `free` rely on, from any thread.
 *
 * Promised: an allocated block has the alignment and at least the size that were asked for, it overlaps no other
 * block, nobody else changes its contents, moving it keeps them as far as both sizes go, and any thread may free it.
 *
 * Refuses to know addresses, pages, size classes, threads' heaps, and when memory runs out.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../lockstep/machine.ts";

/** Sizes of one instance. */
export interface HeapScope {
  /** How many threads call, 1 to 4. */
  readonly threads: number;
  /** How many blocks may be live: their names are 0 to this number less 1. */
  readonly blocks: number;
  /** The sizes that are asked for, in bytes. */
  readonly sizes: readonly number[];
  /** The alignments that are asked for, powers of two in bytes; 0 = no wish. */
  readonly alignments: readonly number[];
}

/** A command: `thread` makes the call. */
export type HeapCommand =
  | {
    readonly kind: "allocate";
    readonly thread: number;
    readonly bytes: number;
    readonly alignment: number;
    readonly as: number;
  }
  | { readonly kind: "reallocate"; readonly thread: number; readonly block: number; readonly bytes: number }
  | { readonly kind: "free"; readonly thread: number; readonly block: number };

/** What is wrong with an allocated block, in words; the specification allows none of them. */
export type HeapFault = "misaligned" | "short" | "overlaps" | "contents lost" | "null";

/** The answer: an allocation with its faults, or done. */
export type HeapReply =
  | { readonly kind: "allocated"; readonly faults: readonly HeapFault[] }
  | { readonly kind: "freed" };

/** State: the size of each live block, 0 = none. */
export interface HeapState {
  blocks: number[];
}

/** Of each name whether its block has the contents that were written to it; null = no block. */
export type HeapView = readonly (boolean | null)[];

/** The specification as a machine. */
export function heap(scope: HeapScope): Machine<HeapState, HeapCommand, HeapReply, null, HeapView> {
  const { threads, blocks, sizes, alignments } = scope;
  const name = z.int().min(0).max(blocks - 1);
  const thread = z.int().min(0).max(threads - 1);
  const bytes = z.int().min(1).max(Math.max(...sizes));
  const all = Array.from({ length: threads }, (_, index) => index);
  const names = Array.from({ length: blocks }, (_, index) => index);
  const commands: HeapCommand[] = all.flatMap((caller) => [
    ...names.flatMap((as) =>
      sizes.flatMap((size) =>
        alignments.map((
          alignment,
        ) => ({ kind: "allocate", thread: caller, bytes: size, alignment, as } as const))
      )
    ),
    ...names.map((block) => ({ kind: "free", thread: caller, block } as const)),
    ...names.flatMap((block) =>
      sizes.map((size) => ({ kind: "reallocate", thread: caller, block, bytes: size } as const))
    ),
  ]);
  return {
    name: "heap",
    schema: {
      state: z.strictObject({ blocks: z.array(z.int().min(0).max(Math.max(...sizes))).length(blocks) }),
      command: z.discriminatedUnion("kind", [
        z.strictObject({
          kind: z.literal("allocate"),
          thread,
          bytes,
          alignment: z.int().min(0),
          as: name.meta({ creates: "block" }),
        }),
        z.strictObject({
          kind: z.literal("reallocate"),
          thread,
          block: name.meta({ refersTo: "block" }),
          bytes,
        }),
        z.strictObject({ kind: z.literal("free"), thread, block: name.meta({ refersTo: "block" }) }),
      ]),
      reply: z.discriminatedUnion("kind", [
        z.strictObject({
          kind: z.literal("allocated"),
          faults: z.array(z.enum(["misaligned", "short", "overlaps", "contents lost", "null"])),
        }),
        z.strictObject({ kind: z.literal("freed") }),
      ]),
      start: z.null(),
      view: z.array(z.boolean().nullable()),
    },
    starts: [null],
    commands,
    initial: () => ({ blocks: names.map(() => 0) }),
    step(state, command, world) {
      if (command.kind === "allocate") {
        // Names are given in order: only the smallest free one.
        if (command.as !== state.blocks.indexOf(0)) return world.refuse("this is not the smallest free name");
        state.blocks[command.as] = command.bytes;
        return { kind: "allocated", faults: [] };
      }
      if (state.blocks[command.block] === 0) return world.refuse("the block is not live");
      state.blocks[command.block] = command.kind === "free" ? 0 : command.bytes;
      return command.kind === "free" ? { kind: "freed" } : { kind: "allocated", faults: [] };
    },
    view: (state) => state.blocks.map((size) => size === 0 ? null : true),
    always: {},
    sometimes: { "all blocks are live": ({ blocks: sized }) => sized.every((size) => size > 0) },
    actor: ({ thread: caller }) => `thread ${caller}`,
  };
}
