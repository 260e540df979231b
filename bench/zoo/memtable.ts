/**
 * A small log-structured store: changes are gathered in a table that is flushed into a run, and runs are merged
 * into the level below; what was removed leaves a mark until then.
 *
 * The model is a list of values by key; flushing changes nothing that can be seen.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is asked of the store; `from` asks for the first entry at a key or behind it. */
export type Command =
  | { readonly kind: "put"; readonly key: number; readonly value: number }
  | { readonly kind: "remove" | "get" | "from"; readonly key: number }
  | { readonly kind: "count" | "flush" };

/** What is answered. */
export type Reply =
  | { readonly kind: "put" | "removed" | "absent" | "flushed" }
  | { readonly kind: "entry"; readonly key: number; readonly value: number }
  | { readonly kind: "counted"; readonly entries: number };

/** What the model knows. */
export interface MapState {
  /** By key, -1 = absent. */
  values: number[];
}

/** What a level knows of a key: a value, that it was removed, or nothing. */
export type Cell = number | "removed" | "unknown";

/** What the implementation knows. */
export interface StoreState {
  /** By key; at most {@link tableEntries} are known. */
  table: Cell[];
  /** The newer run, by key. */
  run: Cell[];
  /** The older run, without marks. */
  bottom: Cell[];
  /** Whether the run may know keys of a remainder, by the remainder of a key by 2. */
  filter: boolean[];
  entries: number;
  /** The entry that was found in a run last. */
  recent: { key: number; value: number } | null;
  flushes: number;
}

/** What a mistake may replace. */
export interface StoreRules {
  /** What the run keeps of the table. */
  flushed(table: readonly Cell[], state: StoreState): Cell[];
  /** What the filter says of a run. */
  filterOf(run: readonly Cell[]): boolean[];
  merged(run: readonly Cell[], bottom: readonly Cell[], state: StoreState): Cell[];
  /** Whether the table has no room for what is new in it. */
  isFull(table: readonly Cell[], by: "put" | "remove"): boolean;
  /** Whether a put changes anything. */
  writes(state: StoreState, key: number, value: number): boolean;
  forgetsRecent(state: StoreState, key: number, by: "put" | "remove" | "flush"): boolean;
  /** What an iterator sees in a key. */
  seen(state: StoreState, key: number): Cell;
  /** Whether a key was there, for the count. */
  wasThere(state: StoreState, key: number, by: "put" | "remove"): boolean;
}

const keys = 3;
const values = 2;
/** Changes that the table has room for. */
export const tableEntries = 2;

/** What the levels say of a key, from the newest on. */
export function lookUp({ table, run, bottom, filter }: StoreState, key: number): Cell {
  if (table[key] !== "unknown") return table[key]!;
  if (filter[key % 2] && run[key] !== "unknown") return run[key]!;
  return bottom[key]!;
}

/** The rules without a mistake. */
export const correct: StoreRules = {
  flushed: (table) => [...table],
  filterOf: (run) => [0, 1].map((rest) => run.some((cell, key) => key % 2 === rest && cell !== "unknown")),
  merged: (run, bottom) =>
    below(keys).map((key) => {
      const cell = run[key] === "unknown" ? bottom[key]! : run[key]!;
      return cell === "removed" ? "unknown" : cell;
    }),
  isFull: (table) => table.filter((cell) => cell !== "unknown").length === tableEntries,
  writes: () => true,
  forgetsRecent: ({ recent }, key) => recent?.key === key,
  seen: lookUp,
  wasThere: (state, key) => typeof lookUp(state, key) === "number",
};

const key = z.int().min(0).max(keys - 1);
const value = z.int().min(0).max(values - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("put"), key, value }),
    z.strictObject({ kind: z.enum(["remove", "get", "from"]), key }),
    z.strictObject({ kind: z.enum(["count", "flush"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).flatMap((key) => below(values).map((value) => ({ kind: "put", key, value }) as const)),
  ...(["get", "remove", "from"] as const).flatMap((kind) => below(keys).map((key) => ({ kind, key }))),
  { kind: "count" },
  { kind: "flush" },
];

/** A value for each key. */
export const model: Machine<MapState, Command, Reply> = {
  ...plain,
  name: "memtable",
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
      case "remove":
        values[command.key] = -1;
        return { kind: "removed" };
      case "get":
      case "from": {
        const last = command.kind === "get" ? command.key : keys - 1;
        const key = below(keys).find((each) => each >= command.key && each <= last && values[each]! >= 0);
        return key === undefined ? { kind: "absent" } : { kind: "entry", key, value: values[key]! };
      }
      case "count":
        return { kind: "counted", entries: values.filter((value) => value >= 0).length };
      case "flush":
        return { kind: "flushed" };
    }
  },
};

function flush(state: StoreState, rules: StoreRules): void {
  if (state.table.every((cell) => cell === "unknown")) return;
  state.bottom = rules.merged(state.run, state.bottom, state);
  state.run = rules.flushed(state.table, state);
  state.filter = rules.filterOf(state.run);
  state.table = below(keys).map(() => "unknown");
  if (state.recent !== null && rules.forgetsRecent(state, state.recent.key, "flush")) state.recent = null;
}

function write(state: StoreState, key: number, cell: number | "removed", rules: StoreRules): void {
  const by = cell === "removed" ? "remove" : "put";
  if (cell !== "removed" && !rules.writes(state, key, cell)) return;
  if (state.table[key] === "unknown" && rules.isFull(state.table, by)) flush(state, rules);
  state.entries += (cell === "removed" ? 0 : 1) - (rules.wasThere(state, key, by) ? 1 : 0);
  state.table[key] = cell;
  if (rules.forgetsRecent(state, key, by)) state.recent = null;
}

function get(state: StoreState, key: number): Reply {
  if (state.recent?.key === key) return { kind: "entry", ...state.recent };
  const cell = lookUp(state, key);
  if (typeof cell !== "number") return { kind: "absent" };
  if (state.table[key] === "unknown") state.recent = { key, value: cell };
  return { kind: "entry", key, value: cell };
}

/** A table and two runs. */
export function implementation(rules: StoreRules): Machine<StoreState, Command, Reply> {
  const unknown = (): Cell[] => below(keys).map(() => "unknown");
  return {
    ...plain,
    name: "memtable over runs",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      table: unknown(),
      run: unknown(),
      bottom: unknown(),
      filter: [false, false],
      entries: 0,
      recent: null,
      flushes: 0,
    }),
    step(state, command) {
      switch (command.kind) {
        case "put":
          write(state, command.key, command.value, rules);
          return { kind: "put" };
        case "remove":
          write(state, command.key, "removed", rules);
          return { kind: "removed" };
        case "get":
          return get(state, command.key);
        case "from": {
          for (let key = command.key; key < keys; key++) {
            const cell = rules.seen(state, key);
            if (typeof cell === "number") return { kind: "entry", key, value: cell };
          }
          return { kind: "absent" };
        }
        case "count":
          return { kind: "counted", entries: state.entries };
        case "flush":
          flush(state, rules);
          return { kind: "flushed" };
      }
    },
  };
}
