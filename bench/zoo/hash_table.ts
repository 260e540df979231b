/**
 * A hash table with open addressing: what is dropped leaves a mark, so that the probing goes on past it.
 *
 * The model is a list of values by key; the implementation probes slots that it doubles when they fill up.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "put"; readonly key: number; readonly value: number }
  | { readonly kind: "get" | "drop"; readonly key: number }
  | { readonly kind: "count" };

type Reply =
  | { readonly kind: "put" | "dropped" | "miss" }
  | { readonly kind: "hit"; readonly value: number }
  | { readonly kind: "counted"; readonly entries: number };

interface MapState {
  /** By key, -1 = absent. */
  values: number[];
}

type Slot = { key: number; value: number } | "empty" | "dropped";

interface TableState {
  slots: Slot[];
  entries: number;
}

interface Rules {
  next(slot: number, slots: number): number;
  mark(state: TableState, slot: number): Slot;
  /** Where a new entry goes: the first mark that was passed, or the empty slot at the end. */
  place(mark: number | undefined, end: number): number;
  /** Whether a put looks on for its key behind a mark. */
  looksOn: boolean;
  isFull(state: TableState): boolean;
  /** The slots that are moved when the table grows. */
  moved(slots: readonly Slot[]): readonly Slot[];
}

const keys = 5;
const values = 2;
const firstSlots = 4;

const inUse = (slot: Slot): boolean => slot !== "empty";

const correct: Rules = {
  next: (slot, slots) => (slot + 1) % slots,
  mark: () => "dropped",
  place: (mark, end) => mark ?? end,
  looksOn: true,
  isFull: ({ slots }) => slots.filter(inUse).length >= slots.length - 1,
  moved: (slots) => slots,
};

const key = z.int().min(0).max(keys - 1);
const value = z.int().min(0).max(values - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("put"), key, value }),
    z.strictObject({ kind: z.enum(["get", "drop"]), key }),
    z.strictObject({ kind: z.literal("count") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).flatMap((key) => below(values).map((value) => ({ kind: "put", key, value }) as const)),
  ...below(keys).map((key) => ({ kind: "get", key }) as const),
  ...below(keys).map((key) => ({ kind: "drop", key }) as const),
  { kind: "count" },
];

const model: Machine<MapState, Command, Reply> = {
  ...plain,
  name: "hash-table",
  schema: {
    ...schema,
    state: z.strictObject({ values: z.array(z.int().min(-1).max(values - 1)).length(keys) }),
  },
  starts: [null],
  commands,
  initial: () => ({ values: below(keys).map(() => -1) }),
  step({ values }, command) {
    switch (command.kind) {
      case "put":
        values[command.key] = command.value;
        return { kind: "put" };
      case "get":
        return values[command.key]! < 0 ? { kind: "miss" } : { kind: "hit", value: values[command.key]! };
      case "drop": {
        const absent = values[command.key]! < 0;
        values[command.key] = -1;
        return { kind: absent ? "miss" : "dropped" };
      }
      case "count":
        return { kind: "counted", entries: values.filter((value) => value >= 0).length };
    }
  },
};

/** The slot of `key`, or where a new entry of it would go. */
function probe({ slots }: TableState, key: number, rules: Rules): { found?: number; place?: number } {
  let mark: number | undefined;
  let slot = (key * 2) % slots.length;
  for (let probed = 0; probed < slots.length && slot < slots.length; probed++) {
    const here = slots[slot]!;
    if (here === "empty") return { place: rules.place(mark, slot) };
    if (here === "dropped") mark ??= slot;
    else if (here.key === key) return { found: slot };
    slot = rules.next(slot, slots.length);
  }
  return mark === undefined ? {} : { place: mark };
}

function put(state: TableState, key: number, value: number, rules: Rules): void {
  const at = (2 * key) % state.slots.length;
  const { found, place } = !rules.looksOn && state.slots[at] === "dropped"
    ? { found: undefined, place: at }
    : probe(state, key, rules);
  const slot = found ?? place;
  if (slot === undefined) throw new RangeError("Cannot put: no slot is free");
  state.slots[slot] = { key, value };
  if (found === undefined) state.entries++;
}

function grow(state: TableState, rules: Rules): void {
  const { slots } = state;
  const live = rules.moved(slots).filter((slot) => typeof slot === "object").length;
  // Marks are left behind: a table of marks keeps its length.
  const length = live * 2 >= slots.length ? slots.length * 2 : slots.length;
  state.slots = below(length).map(() => "empty");
  state.entries = 0;
  for (const slot of rules.moved(slots)) {
    if (typeof slot === "object") put(state, slot.key, slot.value, rules);
  }
}

function implementation(rules: Rules): Machine<TableState, Command, Reply> {
  return {
    ...plain,
    name: "hash-table in slots",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ slots: below(firstSlots).map(() => "empty"), entries: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "put":
          if (rules.isFull(state)) grow(state, rules);
          put(state, command.key, command.value, rules);
          return { kind: "put" };
        case "get": {
          const { found } = probe(state, command.key, rules);
          const slot = found === undefined ? "empty" : state.slots[found]!;
          return typeof slot === "object" ? { kind: "hit", value: slot.value } : { kind: "miss" };
        }
        case "drop": {
          const { found } = probe(state, command.key, rules);
          if (found === undefined) return { kind: "miss" };
          state.slots[found] = rules.mark(state, found);
          state.entries--;
          return { kind: "dropped" };
        }
        case "count":
          return { kind: "counted", entries: state.entries };
      }
    },
  };
}

/** The hash table's house. */
export function hashTableHouse(): ZooHouse {
  return {
    name: "hash-table",
    model,
    walk: { weights: { put: 4, get: 3, drop: 3, count: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "drop-cuts-chain": {
        title: "dropping leaves an empty slot, and what was pushed past it is lost",
        rule: { mark: () => "empty" },
      },
      "put-stops-at-mark": {
        title: "putting takes the first slot when it is marked, though the key is farther on",
        rule: { looksOn: false },
      },
      "grow-forgets-last": {
        title: "growing does not move the last slot",
        rule: { moved: (slots) => slots.slice(0, -1) },
      },
      "grown-slot-not-marked": {
        title: "in a table that has grown, dropping from the first slot leaves no mark",
        rule: { mark: ({ slots }, slot) => slots.length > firstSlots && slot === 0 ? "empty" : "dropped" },
      },
      "third-mark-lost": {
        title: "where two other slots are marked already, dropping leaves an empty slot",
        rule: {
          mark: ({ slots }) => slots.filter((slot) => slot === "dropped").length === 2 ? "empty" : "dropped",
        },
      },
      "second-mark-lost": {
        title: "where another slot is marked already, dropping leaves an empty slot",
        rule: { mark: ({ slots }) => slots.includes("dropped") ? "empty" : "dropped" },
      },
      "count-in-grown": {
        title: "in a table that has grown, dropping does not change the count",
        rule: {
          mark(state) {
            if (state.slots.length > firstSlots) state.entries++;
            return "dropped";
          },
        },
      },
      "grow-forgets-front": {
        title: "growing forgets the first slot when its value is 1",
        rule: {
          moved: (slots) =>
            slots.filter((slot, index) => index > 0 || typeof slot !== "object" || slot.value === 0),
        },
      },
      "fourth-mark-lost": {
        title: "where three other slots are marked already, dropping leaves an empty slot",
        rule: {
          mark: ({ slots }) => slots.filter((slot) => slot === "dropped").length === 3 ? "empty" : "dropped",
        },
      },
    }),
  };
}
