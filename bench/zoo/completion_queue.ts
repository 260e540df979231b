/**
 * A bounded queue whose items are given back in any order, while their slots come free in order of queueing.
 *
 * The model is a list; the implementation is a ring of slots behind three counters that wrap.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "push"; readonly value: number }
  | { readonly kind: "take"; readonly as: number }
  | { readonly kind: "release"; readonly item: number }
  | { readonly kind: "room" };

type Reply =
  | { readonly kind: "queued" | "full" | "empty" | "released" }
  | { readonly kind: "taken"; readonly value: number }
  | { readonly kind: "room"; readonly slots: number };

type Status = "queued" | "taken" | "done";

interface ListState {
  items: { value: number; status: Status; name: number }[];
}

interface RingState {
  slots: { value: number; status: Status | "free"; name: number }[];
  /** Counters from 0 to 15: oldest slot in use, next to be taken, next to be written. */
  head: number;
  next: number;
  tail: number;
}

interface Rules {
  full(state: RingState): boolean;
  empty(state: RingState): boolean;
  /** Moves `head` after `slot` was given back. */
  free(state: RingState, slot: number): void;
  /** The slot of a counter. */
  slot(counter: number): number;
  room(state: RingState): number;
}

const capacity = 4;
const counters = 16;
const values = 2;
const names = 3;

function distance(from: number, to: number): number {
  return (to - from + counters) % counters;
}

function freePrefix(state: RingState, most = Infinity): void {
  for (let freed = 0; freed < most && state.head !== state.tail; freed++) {
    const slot = state.slots[state.head % capacity]!;
    if (slot.status !== "done") return;
    slot.status = "free";
    state.head = (state.head + 1) % counters;
  }
}

const correct: Rules = {
  full: ({ head, tail }) => distance(head, tail) >= capacity,
  empty: ({ next, tail }) => next === tail,
  free: (state) => freePrefix(state),
  slot: (counter) => counter % capacity,
  room: ({ head, tail }) => capacity - distance(head, tail),
};

const name = z.int().min(0).max(names - 1);
const value = z.int().min(0).max(values - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("push"), value }),
    z.strictObject({ kind: z.literal("take"), as: name.meta({ creates: "item" }) }),
    z.strictObject({ kind: z.literal("release"), item: name.meta({ refersTo: "item" }) }),
    z.strictObject({ kind: z.literal("room") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(values).map((value) => ({ kind: "push", value }) as const),
  ...below(names).map((as) => ({ kind: "take", as }) as const),
  ...below(names).map((item) => ({ kind: "release", item }) as const),
  { kind: "room" },
];

const freeName = (taken: readonly number[]): number =>
  below(names + 1).find((name) => !taken.includes(name))!;

const model: Machine<ListState, Command, Reply> = {
  ...plain,
  name: "completion-queue",
  schema: {
    ...schema,
    state: z.strictObject({
      items: z.array(z.strictObject({
        value,
        status: z.enum(["queued", "taken", "done"]),
        name: z.int().min(-1).max(names - 1),
      })).max(capacity),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ items: [] }),
  step({ items }, command) {
    switch (command.kind) {
      case "push":
        if (items.length === capacity) return { kind: "full" };
        items.push({ value: command.value, status: "queued", name: -1 });
        return { kind: "queued" };
      case "take": {
        if (command.as !== freeName(items.map(({ name }) => name))) return undefined;
        const item = items.find(({ status }) => status === "queued");
        if (item === undefined) return { kind: "empty" };
        item.status = "taken";
        item.name = command.as;
        return { kind: "taken", value: item.value };
      }
      case "release": {
        const item = items.find(({ name }) => name === command.item);
        if (item === undefined) return undefined;
        item.status = "done";
        item.name = -1;
        while (items[0]?.status === "done") items.shift();
        return { kind: "released" };
      }
      case "room":
        return { kind: "room", slots: capacity - items.length };
    }
  },
};

function implementation(rules: Rules): Machine<RingState, Command, Reply> {
  return {
    ...plain,
    name: "completion-queue in slots",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      slots: below(capacity).map(() => ({ value: 0, status: "free", name: -1 })),
      head: 0,
      next: 0,
      tail: 0,
    }),
    step(state, command) {
      switch (command.kind) {
        case "push": {
          if (rules.full(state)) return { kind: "full" };
          const slot = state.slots[rules.slot(state.tail)]!;
          slot.value = command.value;
          slot.status = "queued";
          slot.name = -1;
          state.tail = (state.tail + 1) % counters;
          return { kind: "queued" };
        }
        case "take": {
          if (rules.empty(state)) return { kind: "empty" };
          const slot = state.slots[rules.slot(state.next)]!;
          slot.status = "taken";
          slot.name = command.as;
          state.next = (state.next + 1) % counters;
          return { kind: "taken", value: slot.value };
        }
        case "release": {
          const slot = state.slots.findIndex(({ status, name }) =>
            status === "taken" && name === command.item
          );
          if (slot >= 0) {
            state.slots[slot]!.status = "done";
            state.slots[slot]!.name = -1;
            rules.free(state, slot);
          }
          return { kind: "released" };
        }
        case "room":
          return { kind: "room", slots: rules.room(state) };
      }
    },
  };
}

/** The completion queue's house. */
export function completionQueueHouse(): ZooHouse {
  return {
    name: "completion-queue",
    model,
    walk: { weights: { push: 4, take: 3, release: 3, room: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "release-frees-older": {
        title: "giving back a later item frees the ones before it",
        rule: {
          free: (state, slot) => {
            for (let counter = state.head; counter !== state.tail; counter = (counter + 1) % counters) {
              if (counter % capacity !== slot) continue;
              state.head = (counter + 1) % counters;
              return;
            }
          },
        },
      },
      "one-too-many": {
        title: "one item more than there are slots is let in",
        rule: { full: ({ head, tail }) => distance(head, tail) > capacity },
      },
      "frees-one": {
        title: "a release frees one slot, even when it completes a longer prefix",
        rule: { free: (state) => freePrefix(state, 1) },
      },
      "full-compares-counters": {
        title: "full is decided by comparing counters that wrap",
        rule: { full: ({ head, tail }) => tail - head >= capacity || tail < head },
      },
      "empty-compares-counters": {
        title: "empty is decided by comparing counters that wrap",
        rule: { empty: ({ next, tail }) => next >= tail },
      },
      "room-ignores-wrap": {
        title: "room is counted without the wrap",
        rule: { room: ({ head, tail }) => Math.min(capacity, capacity - (tail - head)) },
      },
      "take-repeats-slot": {
        title: "the last counter before the wrap stands for the first slot",
        rule: { slot: (counter) => counter === counters - 1 ? 0 : counter % capacity },
      },
      "third-release-keeps": {
        title: "a release of the third slot never frees anything",
        rule: {
          free: (state, slot) => {
            if (slot !== 2) freePrefix(state);
          },
        },
      },
      "odd-full": {
        title: "one slot is withheld while the oldest counter is 5",
        rule: { full: ({ head, tail }) => distance(head, tail) >= (head === 5 ? capacity - 1 : capacity) },
      },
      "room-of-drained": {
        title: "an empty queue says that it is full once six items went through",
        rule: { room: ({ head, tail }) => head === tail && head >= 6 ? 0 : capacity - distance(head, tail) },
      },
      "room-of-one-at-three": {
        title: "one item in the fourth slot takes no room",
        rule: {
          room: ({ head, tail }) => capacity - (head === 3 && tail === 4 ? 0 : distance(head, tail)),
        },
      },
      "ninth-waits": {
        title: "the item with counter 9 waits for another one",
        rule: { empty: ({ next, tail }) => next === tail || (next === 9 && tail === 10) },
      },
      "frees-two-at-most": {
        title: "a release frees two slots at most",
        rule: { free: (state) => freePrefix(state, 2) },
      },
      "second-release-while-full": {
        title: "giving back the second slot frees nothing while the queue is full",
        rule: {
          free(state, slot) {
            if (slot !== 1 || distance(state.head, state.tail) < capacity) freePrefix(state);
          },
        },
      },
      "full-of-taken": {
        title: "three items that are all taken count as a full queue",
        rule: {
          full: ({ head, next, tail }) =>
            distance(head, tail) >= capacity || (distance(head, tail) === 3 && next === tail),
        },
      },
    }),
  };
}
