/**
 * A map with transactions inside each other: rolling back undoes what was done since the last beginning.
 *
 * The model keeps a copy of the map for each open transaction; the implementation keeps one map and a log.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "set"; readonly key: number; readonly value: number }
  | { readonly kind: "erase" | "get"; readonly key: number }
  | { readonly kind: "begin" | "commit" | "rollback" };

type Reply =
  | { readonly kind: "set" | "erased" | "begun" | "committed" | "rolled back" | "none" }
  | { readonly kind: "value"; readonly value: number };

interface CopiesState {
  /** The map as it is, then as it was at the open beginnings, innermost first. Per key, -1 = absent. */
  maps: number[][];
}

interface Change {
  key: number;
  before: number;
}

interface LogState {
  map: number[];
  log: Change[];
  /** Length of the log at each open beginning. */
  savepoints: number[];
}

interface Rules {
  logs(state: LogState, change: Change, by: "set" | "erase"): boolean;
  committed(state: LogState, savepoint: number): void;
  /** The changes to undo, in the order of undoing. */
  undoing(changes: readonly Change[]): readonly Change[];
  begun(state: LogState): number;
  keeps: number;
}

const keys = 2;
const values = 2;
const deepest = 3;

const correct: Rules = {
  logs: () => true,
  committed(state) {
    if (state.savepoints.length === 0) state.log = [];
  },
  undoing: (changes) => changes.toReversed(),
  begun: ({ log }) => log.length,
  keeps: Infinity,
};

const key = z.int().min(0).max(keys - 1);
const value = z.int().min(0).max(values - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("set"), key, value }),
    z.strictObject({ kind: z.enum(["erase", "get"]), key }),
    z.strictObject({ kind: z.enum(["begin", "commit", "rollback"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).flatMap((key) => below(values).map((value) => ({ kind: "set", key, value }) as const)),
  ...below(keys).map((key) => ({ kind: "get", key }) as const),
  ...below(keys).map((key) => ({ kind: "erase", key }) as const),
  { kind: "begin" },
  { kind: "commit" },
  { kind: "rollback" },
];

const model: Machine<CopiesState, Command, Reply> = {
  ...plain,
  name: "undo-log",
  schema: {
    ...schema,
    state: z.strictObject({
      maps: z.array(z.array(z.int().min(-1).max(values - 1)).length(keys)).min(1).max(deepest + 1),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ maps: [below(keys).map(() => -1)] }),
  step({ maps }, command) {
    const [map] = maps;
    switch (command.kind) {
      case "set":
        map![command.key] = command.value;
        return { kind: "set" };
      case "erase":
        map![command.key] = -1;
        return { kind: "erased" };
      case "get":
        return map![command.key]! < 0 ? { kind: "none" } : { kind: "value", value: map![command.key]! };
      case "begin":
        if (maps.length > deepest) return undefined;
        maps.unshift([...map!]);
        return { kind: "begun" };
      case "commit":
        if (maps.length === 1) return { kind: "none" };
        maps.splice(1, 1);
        return { kind: "committed" };
      case "rollback":
        if (maps.length === 1) return { kind: "none" };
        maps.shift();
        return { kind: "rolled back" };
    }
  },
};

function change(state: LogState, key: number, value: number, by: "set" | "erase", rules: Rules): void {
  const before = state.map[key]!;
  state.map[key] = value;
  if (state.savepoints.length === 0 || !rules.logs(state, { key, before }, by)) return;
  // The first change of a key since the last beginning is all that has to be known.
  const since = state.log.slice(state.savepoints.at(-1));
  if (since.some((known) => known.key === key && known.before === before)) return;
  state.log.push({ key, before });
  if (state.log.length > rules.keeps) state.log.shift();
}

function implementation(rules: Rules): Machine<LogState, Command, Reply> {
  return {
    ...plain,
    name: "undo-log of changes",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ map: below(keys).map(() => -1), log: [], savepoints: [] }),
    step(state, command) {
      switch (command.kind) {
        case "set":
          change(state, command.key, command.value, "set", rules);
          return { kind: "set" };
        case "erase":
          change(state, command.key, -1, "erase", rules);
          return { kind: "erased" };
        case "get": {
          const value = state.map[command.key]!;
          return value < 0 ? { kind: "none" } : { kind: "value", value };
        }
        case "begin":
          state.savepoints.push(rules.begun(state));
          return { kind: "begun" };
        case "commit": {
          const savepoint = state.savepoints.pop();
          if (savepoint === undefined) return { kind: "none" };
          rules.committed(state, savepoint);
          return { kind: "committed" };
        }
        case "rollback": {
          const savepoint = state.savepoints.pop();
          if (savepoint === undefined) return { kind: "none" };
          for (const { key, before } of rules.undoing(state.log.splice(savepoint))) state.map[key] = before;
          return { kind: "rolled back" };
        }
      }
    },
  };
}

/** The undo log's house. */
export function undoLogHouse(): ZooHouse {
  return {
    name: "undo-log",
    model,
    walk: { weights: { set: 4, get: 2, erase: 1, begin: 3, commit: 1, rollback: 2 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "undone-in-order": {
        title: "changes are undone oldest first",
        rule: { undoing: (changes) => changes },
      },
      "inner-commit-forgets": {
        title: "committing inside another transaction forgets how to undo it",
        rule: {
          committed(state, savepoint) {
            state.log.length = Math.min(state.log.length, savepoint);
          },
        },
      },
      "erase-not-logged": {
        title: "erasing is not logged in the third transaction",
        rule: { logs: (state, _change, by) => by === "set" || state.savepoints.length < deepest },
      },
      "log-of-four": {
        title: "the log forgets its oldest change when it has four",
        rule: { keeps: 4 },
      },
      "begins-too-early": {
        title: "a transaction that begins with three changes in the log takes the last of them with it",
        rule: { begun: ({ log }) => log.length === 3 ? 2 : log.length },
      },
      "third-commit-forgets": {
        title: "committing the third transaction forgets all changes",
        rule: {
          committed(state) {
            if (state.savepoints.length !== 1) state.log = [];
          },
        },
      },
      "three-undone-askew": {
        title: "three changes are undone in the wrong order",
        rule: {
          undoing: (changes) =>
            changes.length === 3 ? [changes[1]!, changes[2]!, changes[0]!] : changes.toReversed(),
        },
      },
      "log-of-three-in-all": {
        title: "the log forgets its oldest change when it has three",
        rule: { keeps: 3 },
      },
      "set-back-not-logged": {
        title: "changing a 1 inside two transactions is not logged",
        rule: {
          logs: ({ savepoints }, { before }, by) => by === "erase" || before !== 1 || savepoints.length !== 2,
        },
      },
    }),
  };
}
