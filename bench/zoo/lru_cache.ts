/**
 * A cache that forgets the entry that was used least recently.
 *
 * The model is a list in order of use; the implementation stamps its entries with a clock.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "put" | "get" | "drop"; readonly key: number }
  | { readonly kind: "count" };

type Reply =
  | { readonly kind: "put" | "hit" | "miss" | "dropped" }
  | { readonly kind: "counted"; readonly entries: number };

interface ListState {
  /** Least recently used first. */
  keys: number[];
}

interface Entry {
  key: number;
  stamp: number;
}

interface StampedState {
  entries: Entry[];
  clock: number;
  count: number;
}

interface Rules {
  tick(clock: number): number;
  refreshes(state: StampedState, entry: Entry, by: "put" | "get"): boolean;
  /** The entry to forget. */
  victim(state: StampedState): number;
  missing(state: StampedState, key: number): void;
  evictsFor(state: StampedState, key: number): boolean;
  dropped(state: StampedState, index: number): void;
}

const capacity = 2;
const keys = 3;
const clockPeriod = 12;
const longClockPeriod = 44;

function oldest(entries: readonly Entry[]): number {
  let found = 0;
  entries.forEach(({ stamp }, index) => {
    if (stamp < entries[found]!.stamp) found = index;
  });
  return found;
}

const correct: Rules = {
  tick: (clock) => clock + 1,
  refreshes: () => true,
  victim: ({ entries }) => oldest(entries),
  missing() {},
  evictsFor: ({ entries }, key) => entries.length >= capacity && entries.every((entry) => entry.key !== key),
  dropped(state, index) {
    state.entries.splice(index, 1);
    state.count--;
  },
};

const key = z.int().min(0).max(keys - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["put", "get", "drop"]), key }),
    z.strictObject({ kind: z.literal("count") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).map((key) => ({ kind: "put", key }) as const),
  ...below(keys).map((key) => ({ kind: "get", key }) as const),
  ...below(keys).map((key) => ({ kind: "drop", key }) as const),
  { kind: "count" },
];

const model: Machine<ListState, Command, Reply> = {
  ...plain,
  name: "lru-cache",
  schema: { ...schema, state: z.strictObject({ keys: z.array(key).max(capacity) }) },
  starts: [null],
  commands,
  initial: () => ({ keys: [] }),
  step({ keys }, command) {
    if (command.kind === "count") return { kind: "counted", entries: keys.length };
    const at = keys.indexOf(command.key);
    if (at >= 0) keys.splice(at, 1);
    switch (command.kind) {
      case "put":
        if (at < 0 && keys.length === capacity) keys.shift();
        keys.push(command.key);
        return { kind: "put" };
      case "get":
        if (at >= 0) keys.push(command.key);
        return { kind: at >= 0 ? "hit" : "miss" };
      case "drop":
        return { kind: at >= 0 ? "dropped" : "miss" };
    }
  },
};

function implementation(rules: Rules): Machine<StampedState, Command, Reply> {
  const remove = (state: StampedState, index: number): void => {
    state.entries.splice(index, 1);
    state.count--;
  };
  return {
    ...plain,
    name: "lru-cache with stamps",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ entries: [], clock: 0, count: 0 }),
    step(state, command) {
      if (command.kind === "count") return { kind: "counted", entries: state.count };
      const index = state.entries.findIndex(({ key }) => key === command.key);
      const entry = state.entries[index];
      if (command.kind === "drop") {
        if (entry === undefined) return { kind: "miss" };
        rules.dropped(state, index);
        return { kind: "dropped" };
      }
      state.clock = rules.tick(state.clock);
      const stamp = state.clock;
      if (command.kind === "get") {
        if (entry === undefined) {
          rules.missing(state, command.key);
          return { kind: "miss" };
        }
        if (rules.refreshes(state, entry, "get")) entry.stamp = stamp;
        return { kind: "hit" };
      }
      if (rules.evictsFor(state, command.key)) remove(state, rules.victim(state));
      const still = state.entries.find(({ key }) => key === command.key);
      if (still === undefined) {
        state.entries.push({ key: command.key, stamp });
        state.count++;
      } else if (rules.refreshes(state, still, "put")) still.stamp = stamp;
      return { kind: "put" };
    },
  };
}

/** The cache's house. */
export function lruCacheHouse(): ZooHouse {
  return {
    name: "lru-cache",
    model,
    walk: { weights: { put: 4, get: 3, drop: 1, count: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "get-does-not-refresh": {
        title: "a hit does not count as a use",
        rule: { refreshes: (_state, _entry, by) => by === "put" },
      },
      "put-does-not-refresh": {
        title: "putting an entry that is there does not count as a use",
        rule: { refreshes: (_state, _entry, by) => by === "get" },
      },
      "update-evicts": {
        title: "putting an entry that is there forgets one when the cache is full",
        rule: { evictsFor: ({ entries }) => entries.length >= capacity },
      },
      "drop-is-not-counted": {
        title: "dropping the newest entry does not change the count",
        rule: {
          dropped(state, index) {
            const newest = index === state.entries.length - 1 && state.entries.length === capacity;
            state.entries.splice(index, 1);
            if (!newest) state.count--;
          },
        },
      },
      "clock-wraps": {
        title: "the clock wraps at 12, and the newest entry looks like the oldest",
        rule: { tick: (clock) => (clock + 1) % clockPeriod },
      },
      "clock-wraps-late": {
        title: "the clock wraps at 44, and the newest entry looks like the oldest",
        rule: { tick: (clock) => (clock + 1) % longClockPeriod },
      },
      "miss-counts": {
        title: "looking for an entry that is not there makes the oldest one younger, every third tick",
        rule: {
          missing(state) {
            const index = oldest(state.entries);
            if (state.entries.length === capacity && state.clock % 3 === 0) {
              state.entries[index]!.stamp = state.clock;
            }
          },
        },
      },
      "second-forgotten": {
        title: "from the ninth use on, the entry that came last is forgotten",
        rule: { victim: (state) => state.clock >= 9 ? state.entries.length - 1 : oldest(state.entries) },
      },
      "seventh-drop": {
        title: "dropping after seven uses does not change the count",
        rule: {
          dropped(state, index) {
            state.entries.splice(index, 1);
            if (state.clock !== 7) state.count--;
          },
        },
      },
      "fifth-get": {
        title: "every fifth use does not refresh when it is a hit",
        rule: { refreshes: ({ clock }, _entry, by) => by === "put" || clock % 5 !== 0 },
      },
      "favourite-key": {
        title: "from the sixth use on, the last key is never forgotten",
        rule: {
          victim: (state) => {
            const others = state.entries.findIndex(({ key }) => key !== keys - 1);
            return state.clock >= 6 && others >= 0 ? others : oldest(state.entries);
          },
        },
      },
      "tenth-put": {
        title: "from the tenth use on, putting what is there does not count as a use",
        rule: { refreshes: ({ clock }, _entry, by) => by === "get" || clock < 10 },
      },
    }),
  };
}
