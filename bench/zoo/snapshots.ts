/**
 * A map with snapshots that can be read, closed, and gone back to.
 *
 * The model copies the map for each snapshot; the implementation keeps the versions of each key that some snapshot
 * still sees, and lets snapshots between which nothing was written share an epoch.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done; `look` reads a key as a snapshot has it. */
export type Command =
  | { readonly kind: "put"; readonly key: number; readonly value: number }
  | { readonly kind: "erase" | "read"; readonly key: number }
  | { readonly kind: "open"; readonly as: number }
  | { readonly kind: "close" | "restore"; readonly snapshot: number }
  | { readonly kind: "look"; readonly snapshot: number; readonly key: number };

/** What is answered. */
export type Reply =
  | { readonly kind: "done" | "absent" }
  | { readonly kind: "value"; readonly value: number };

/** What the model knows; -1 = absent. */
export interface CopyState {
  values: number[];
  snapshots: (number[] | null)[];
}

/** What a key was from an epoch on; -1 = absent. */
export interface Version {
  from: number;
  value: number;
}

/** What the implementation knows. */
export interface VersionState {
  /** By key, the newest first. */
  chains: Version[][];
  /** The epoch of what is written now. */
  clock: number;
  /** Whether something was written since the newest epoch was opened. */
  isDirty: boolean;
  /** Epochs that snapshots see, the oldest first, and how many do. */
  opened: { epoch: number; holders: number }[];
  /** By name the epoch of a snapshot, -1 = none. */
  snapshots: number[];
  /** What was looked at last. */
  recent: { snapshot: number; key: number; value: number } | null;
}

/** What a mistake may replace. */
export interface VersionRules {
  /** Whether no snapshot sees the newest version, so that it can be overwritten. */
  isPrivate(version: Version, clock: number): boolean;
  /** Whether a put leaves the key as it is. */
  isEqual(state: VersionState, key: number, value: number): boolean;
  dirties(by: "put" | "erase" | "restore"): boolean;
  /** What an erasure leaves of a chain whose newest version is private. */
  erased(chain: readonly Version[]): Version[];
  nextEpoch(clock: number): number;
  /** Whether an epoch ends with one of its holders. */
  ends(holders: number): boolean;
  /** The versions that are kept when an epoch has ended. */
  kept(chain: readonly Version[], epochs: readonly number[]): Version[];
  /** What is left of the chains when the last snapshot was closed. */
  rebased(chain: readonly Version[]): Version[];
  /** Whether going back to a snapshot changes a key. */
  restores(state: VersionState, key: number, value: number): boolean;
  forgetsRecent(recent: { snapshot: number }, closed: number): boolean;
}

const keys = 2;
const names = 3;

/** What a chain says of an epoch. */
export function seen(chain: readonly Version[], epoch: number): number {
  return chain.find(({ from }) => from <= epoch)?.value ?? -1;
}

/** The rules without a mistake. */
export const correct: VersionRules = {
  isPrivate: ({ from }, clock) => from === clock,
  isEqual: ({ chains }, key, value) => (chains[key]![0]?.value ?? -1) === value,
  dirties: () => true,
  erased: ([newest, ...older]) => older.length === 0 ? [] : [{ ...newest!, value: -1 }, ...older],
  nextEpoch: (clock) => clock + 1,
  ends: (holders) => holders === 0,
  kept: (chain, epochs) =>
    chain.filter(({ from }, index) =>
      index === 0 || epochs.some((epoch) => from <= epoch && epoch < chain[index - 1]!.from)
    ),
  rebased: (chain) =>
    chain.slice(0, 1).filter(({ value }) => value >= 0).map(({ value }) => ({ from: 0, value })),
  restores: () => true,
  forgetsRecent: (recent, closed) => recent.snapshot === closed,
};

const key = z.int().min(0).max(keys - 1);
const value = z.int().min(0).max(1);
const name = z.int().min(0).max(names - 1);
const snapshot = name.meta({ refersTo: "snapshot" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("put"), key, value }),
    z.strictObject({ kind: z.enum(["erase", "read"]), key }),
    z.strictObject({ kind: z.literal("open"), as: name.meta({ creates: "snapshot" }) }),
    z.strictObject({ kind: z.enum(["close", "restore"]), snapshot }),
    z.strictObject({ kind: z.literal("look"), snapshot, key }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).map((key) => ({ kind: "read", key }) as const),
  ...below(keys).flatMap((key) => below(2).map((value) => ({ kind: "put", key, value }) as const)),
  ...below(keys).map((key) => ({ kind: "erase", key }) as const),
  ...below(names).map((as) => ({ kind: "open", as }) as const),
  ...below(names).flatMap((snapshot) => below(keys).map((key) => ({ kind: "look", snapshot, key }) as const)),
  ...(["close", "restore"] as const).flatMap((kind) => below(names).map((snapshot) => ({ kind, snapshot }))),
];

const told = (value: number): Reply => value < 0 ? { kind: "absent" } : { kind: "value", value };
const copyOfMap = z.array(z.int().min(-1).max(1)).length(keys);

/** A copy for each snapshot. */
export const model: Machine<CopyState, Command, Reply> = {
  ...plain,
  name: "snapshots",
  schema: {
    ...schema,
    state: z.strictObject({
      values: copyOfMap,
      snapshots: z.array(z.union([z.null(), copyOfMap])).length(names),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ values: below(keys).map(() => -1), snapshots: below(names).map(() => null) }),
  step(state, command) {
    const { values, snapshots } = state;
    switch (command.kind) {
      case "read":
        return told(values[command.key]!);
      case "put":
        values[command.key] = command.value;
        return { kind: "done" };
      case "erase":
        values[command.key] = -1;
        return { kind: "done" };
      case "open":
        if (command.as !== snapshots.indexOf(null)) return undefined;
        snapshots[command.as] = [...values];
        return { kind: "done" };
    }
    const copy = snapshots[command.snapshot]!;
    if (copy === null) return undefined;
    switch (command.kind) {
      case "look":
        return told(copy[command.key]!);
      case "close":
        snapshots[command.snapshot] = null;
        return { kind: "done" };
      case "restore":
        state.values = [...copy];
        return { kind: "done" };
    }
  },
};

function write(
  state: VersionState,
  key: number,
  value: number,
  by: "put" | "erase" | "restore",
  rules: VersionRules,
): void {
  if (rules.isEqual(state, key, value)) return;
  const chain = state.chains[key]!;
  const newest = chain[0];
  if (newest === undefined || !rules.isPrivate(newest, state.clock)) {
    chain.unshift({ from: state.clock, value });
  } else if (value < 0) state.chains[key] = rules.erased(chain);
  else newest.value = value;
  if (rules.dirties(by)) state.isDirty = true;
}

function open(state: VersionState, as: number, rules: VersionRules): Reply {
  const newest = state.opened.at(-1);
  if (newest !== undefined && !state.isDirty) {
    newest.holders++;
    state.snapshots[as] = newest.epoch;
    return { kind: "done" };
  }
  state.opened.push({ epoch: state.clock, holders: 1 });
  state.snapshots[as] = state.clock;
  state.clock = rules.nextEpoch(state.clock);
  state.isDirty = false;
  return { kind: "done" };
}

function close(state: VersionState, snapshot: number, rules: VersionRules): Reply {
  const index = state.opened.findIndex(({ epoch }) => epoch === state.snapshots[snapshot]);
  state.snapshots[snapshot] = -1;
  if (state.recent !== null && rules.forgetsRecent(state.recent, snapshot)) state.recent = null;
  const ended = state.opened[index];
  if (ended === undefined || !rules.ends(--ended.holders)) return { kind: "done" };
  state.opened.splice(index, 1);
  // What comes next must not share the epoch before the one that has ended.
  if (index === state.opened.length) state.isDirty = true;
  const epochs = state.opened.map(({ epoch }) => epoch);
  state.chains = state.chains.map((chain) =>
    epochs.length === 0 ? rules.rebased(chain) : rules.kept(chain, epochs)
  );
  if (epochs.length === 0) state.clock = 0;
  return { kind: "done" };
}

/** Chains of versions. */
export function implementation(rules: VersionRules): Machine<VersionState, Command, Reply> {
  return {
    ...plain,
    name: "snapshots of versions",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      chains: below(keys).map(() => []),
      clock: 0,
      isDirty: true,
      opened: [],
      snapshots: below(names).map(() => -1),
      recent: null,
    }),
    step(state, command) {
      switch (command.kind) {
        case "read":
          return told(state.chains[command.key]![0]?.value ?? -1);
        case "put":
          write(state, command.key, command.value, "put", rules);
          return { kind: "done" };
        case "erase":
          write(state, command.key, -1, "erase", rules);
          return { kind: "done" };
        case "open":
          return open(state, command.as, rules);
        case "close":
          return close(state, command.snapshot, rules);
        case "look": {
          const { snapshot, key } = command;
          if (state.recent?.snapshot === snapshot && state.recent.key === key) {
            return told(state.recent.value);
          }
          const value = seen(state.chains[key]!, state.snapshots[snapshot]!);
          state.recent = { snapshot, key, value };
          return told(value);
        }
        case "restore":
          for (const key of below(keys)) {
            const value = seen(state.chains[key]!, state.snapshots[command.snapshot]!);
            if (rules.restores(state, key, value)) write(state, key, value, "restore", rules);
          }
          return { kind: "done" };
      }
    },
  };
}
