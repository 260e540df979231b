/**
 * A buddy allocator: blocks of 1, 2, 4 … units, split in halves and joined again, that grow and shrink in place.
 *
 * The model knows the blocks that are in use, and what is free follows from them; the implementation keeps a list of
 * free blocks for each order, with a bit for each list that has any.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is asked for; a block of an order has 2^order units. `largest` asks for the largest free block. */
export type Command =
  | { readonly kind: "allocate"; readonly order: number; readonly as: number }
  | { readonly kind: "free"; readonly block: number }
  | { readonly kind: "resize"; readonly block: number; readonly order: number }
  | { readonly kind: "largest" };

/** What is answered. */
export type Reply =
  | { readonly kind: "exhausted" | "freed" | "resized" | "refused" }
  | { readonly kind: "allocated"; readonly offset: number }
  | { readonly kind: "largest"; readonly order: number };

/** What the model knows: the blocks in use, by name. */
export interface BlockState {
  blocks: ({ offset: number; order: number } | null)[];
}

/** What the implementation knows. */
export interface ListState {
  /** By name, -1 = none. */
  offsets: number[];
  /** By order: where the free blocks begin, the lowest first. */
  lists: number[][];
  /** A bit for each order whose list has a block. */
  summary: number;
  /** By offset: the order of the block in use that begins there, -1 = none. */
  orders: number[];
  /** The order of the largest free block, -1 = none. */
  largest: number;
}

/** What a mistake may replace. */
export interface BuddyRules {
  buddyOf(offset: number, order: number): number;
  /** Where a block and its buddy begin once they are joined. */
  joined(offset: number, buddy: number): number;
  /** Whether a block that was joined is joined further. */
  joinsOn(state: ListState, order: number): boolean;
  add(state: ListState, order: number, offset: number, by: "split" | "free" | "shrink" | "put back"): void;
  remove(state: ListState, order: number, offset: number, by: "join" | "grow"): void;
  /** Whether a block can grow into its buddy. */
  growsInto(state: ListState, order: number, offset: number, buddy: number): boolean;
  /** The orders of the blocks that a growth which fails gives back. */
  putBack(taken: readonly number[]): readonly number[];
  notes(state: ListState, offset: number, order: number, by: "allocate" | "grow" | "shrink"): void;
  /** The orders of the parts that are given back, the largest first. */
  parts(from: number, to: number): readonly number[];
  /** The largest free block after a block of an order was freed. */
  largestAfterFree(state: ListState, order: number): number;
}

/** The order of the whole area. */
export const topOrder = 4;
const units = 1 << topOrder;
const orders = topOrder;
const names = 4;

/** The highest order with a free block, -1 = none. */
export function highest({ lists }: ListState): number {
  return lists.findLastIndex((list) => list.length > 0);
}

/** The rules without a mistake. */
export const correct: BuddyRules = {
  buddyOf: (offset, order) => offset ^ (1 << order),
  joined: (offset, buddy) => Math.min(offset, buddy),
  joinsOn: () => true,
  add(state, order, offset) {
    const list = state.lists[order]!;
    list.push(offset);
    list.sort((one, other) => one - other);
    state.summary |= 1 << order;
  },
  remove(state, order, offset) {
    const list = state.lists[order]!;
    list.splice(list.indexOf(offset), 1);
    if (list.length === 0) state.summary &= ~(1 << order);
  },
  growsInto: ({ lists }, order, offset, buddy) => buddy > offset && lists[order]!.includes(buddy),
  putBack: (taken) => taken,
  notes(state, offset, order) {
    state.orders[offset] = order;
  },
  parts: (from, to) => below(from).slice(to).reverse(),
  largestAfterFree: highest,
};

const name = z.int().min(0).max(names - 1);
const order = z.int().min(0).max(orders - 1);
const block = name.meta({ refersTo: "block" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("allocate"), order, as: name.meta({ creates: "block" }) }),
    z.strictObject({ kind: z.literal("free"), block }),
    z.strictObject({ kind: z.literal("resize"), block, order }),
    z.strictObject({ kind: z.literal("largest") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "largest" },
  ...below(orders).flatMap((order) => below(names).map((as) => ({ kind: "allocate", order, as }) as const)),
  ...below(names).map((block) => ({ kind: "free", block }) as const),
  ...below(names).flatMap((block) =>
    below(orders).map((order) => ({ kind: "resize", block, order }) as const)
  ),
];

/** Where an aligned block of an order has nothing in use, the lowest first; of the block `but` it does not care. */
function freeOffsets({ blocks }: BlockState, order: number, but = -1): number[] {
  return below(units >> order).map((index) => index << order).filter((begin) =>
    blocks.every((used, name) =>
      used === null || name === but || used.offset + (1 << used.order) <= begin ||
      begin + (1 << order) <= used.offset
    )
  );
}

/** The blocks in use. */
export const model: Machine<BlockState, Command, Reply> = {
  ...plain,
  name: "buddy-allocator",
  schema: {
    ...schema,
    state: z.strictObject({
      blocks: z.array(
        z.union([z.null(), z.strictObject({ offset: z.int().min(0).max(units - 1), order })]),
      ).length(names),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ blocks: below(names).map(() => null) }),
  step(state, command) {
    const { blocks } = state;
    switch (command.kind) {
      case "allocate": {
        if (command.as !== blocks.indexOf(null)) return undefined;
        // The smallest free block is taken that has room: one whose whole is not free as well.
        for (let order = command.order; order <= topOrder; order++) {
          const wholes = freeOffsets(state, order + 1);
          const offset = freeOffsets(state, order).find((each) => !wholes.includes(each & ~(1 << order)));
          if (offset === undefined) continue;
          blocks[command.as] = { offset, order: command.order };
          return { kind: "allocated", offset };
        }
        return { kind: "exhausted" };
      }
      case "free":
        if (blocks[command.block] === null) return undefined;
        blocks[command.block] = null;
        return { kind: "freed" };
      case "resize": {
        const used = blocks[command.block]!;
        if (used === null || used.order === command.order) return undefined;
        if (!freeOffsets(state, command.order, command.block).includes(used.offset)) {
          return { kind: "refused" };
        }
        used.order = command.order;
        return { kind: "resized" };
      }
      case "largest":
        return {
          kind: "largest",
          order: below(topOrder + 1).findLastIndex((each) => freeOffsets(state, each)[0] !== undefined),
        };
    }
  },
};

function allocate(state: ListState, order: number, as: number, rules: BuddyRules): Reply {
  let from = order;
  while (from <= topOrder && (state.summary & (1 << from)) === 0) from++;
  const offset = state.lists[from]?.shift();
  if (offset === undefined) return { kind: "exhausted" };
  if (state.lists[from]!.length === 0) state.summary &= ~(1 << from);
  while (from > order) {
    from--;
    rules.add(state, from, offset + (1 << from), "split");
  }
  state.largest = highest(state);
  state.offsets[as] = offset;
  rules.notes(state, offset, order, "allocate");
  return { kind: "allocated", offset };
}

function free(state: ListState, block: number, rules: BuddyRules): Reply {
  let offset = state.offsets[block]!;
  const freed = state.orders[offset]!;
  let order = freed;
  state.offsets[block] = -1;
  state.orders[offset] = -1;
  while (order < topOrder) {
    const buddy = rules.buddyOf(offset, order);
    if (!state.lists[order]!.includes(buddy)) break;
    rules.remove(state, order, buddy, "join");
    offset = rules.joined(offset, buddy);
    order++;
    if (!rules.joinsOn(state, order)) break;
  }
  rules.add(state, order, offset, "free");
  state.largest = rules.largestAfterFree(state, freed);
  return { kind: "freed" };
}

function grow(state: ListState, offset: number, to: number, rules: BuddyRules): Reply {
  const taken: number[] = [];
  for (let order = state.orders[offset]!; order < to; order++) {
    const buddy = offset ^ (1 << order);
    if (!rules.growsInto(state, order, offset, buddy)) {
      for (const each of rules.putBack(taken)) rules.add(state, each, offset ^ (1 << each), "put back");
      return { kind: "refused" };
    }
    rules.remove(state, order, buddy, "grow");
    taken.push(order);
  }
  rules.notes(state, offset, to, "grow");
  return { kind: "resized" };
}

function shrink(state: ListState, offset: number, to: number, rules: BuddyRules): Reply {
  for (const order of rules.parts(state.orders[offset]!, to)) {
    rules.add(state, order, offset + (1 << order), "shrink");
  }
  rules.notes(state, offset, to, "shrink");
  return { kind: "resized" };
}

/** Lists of free blocks. */
export function implementation(rules: BuddyRules): Machine<ListState, Command, Reply> {
  return {
    ...plain,
    name: "buddy-allocator with lists",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      offsets: below(names).map(() => -1),
      lists: below(topOrder + 1).map((order) => order === topOrder ? [0] : []),
      summary: 1 << topOrder,
      orders: below(units).map(() => -1),
      largest: topOrder,
    }),
    step(state, command) {
      switch (command.kind) {
        case "allocate":
          return allocate(state, command.order, command.as, rules);
        case "free":
          return free(state, command.block, rules);
        case "resize": {
          const offset = state.offsets[command.block]!;
          const change = state.orders[offset]! < command.order ? grow : shrink;
          const reply = change(state, offset, command.order, rules);
          state.largest = highest(state);
          return reply;
        }
        case "largest":
          return { kind: "largest", order: state.largest };
      }
    },
  };
}
