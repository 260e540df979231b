/**
 * Values that survive a crash: changes go to a log, and a checkpoint in two steps makes room in it.
 *
 * The model has the values as they are and as they would be after a crash, and how full the log is; the implementation
 * has a ring of stamped entries and two images, and finds out after a crash which of them count.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done; between `begin` and `end` the image of a checkpoint is written. A crash loses what was not flushed. */
export type Command =
  | { readonly kind: "write"; readonly key: number; readonly value: number }
  | { readonly kind: "read"; readonly key: number }
  | { readonly kind: "flush" | "begin" | "end" | "crash" };

/** What is answered. */
export type Reply = { readonly kind: "done" | "full" } | { readonly kind: "value"; readonly value: number };

/** What the model knows. */
export interface DurableState {
  values: number[];
  /** What a crash leaves. */
  durable: number[];
  /** Entries that the end of the checkpoint under way makes room for. */
  covered: number;
  /** Other entries that were flushed. */
  flushed: number;
  /** Entries that were not. */
  pending: number;
  /** The key of the last entry, when it was not flushed, else -1: another write to it takes no room. */
  lastKey: number;
  isUnderWay: boolean;
}

/** A change. */
export interface Entry {
  key: number;
  value: number;
}

/** All values as they were at a position of the log. */
export interface Image {
  values: number[];
  from: number;
  sequence: number;
  isComplete: boolean;
}

/** What the implementation knows. */
export interface LogState {
  /** What survives a crash. */
  disk: { ring: (Entry & { stamp: number } | null)[]; images: Image[] };
  values: number[];
  pending: Entry[];
  /** Where the log begins and ends. */
  from: number;
  end: number;
  /** The image that counts. */
  current: number;
  isUnderWay: boolean;
}

/** What a mistake may replace. */
export interface LogRules {
  /** Entries that count when it is asked whether the log is full. */
  used(state: LogState): number;
  /** The entry that a write to a key changes in place. */
  coalesced(state: LogState, key: number): Entry | undefined;
  /** How many of the pending entries a flush writes. */
  flushes(state: LogState): number;
  /** What marks the entry at a position. */
  stamp(position: number): number;
  begins(state: LogState, flush: () => void): void;
  /** The values of the image that a checkpoint ends with. */
  imaged(state: LogState, image: Image): number[];
  /** Where the log begins after a checkpoint. */
  cut(state: LogState, image: Image): number;
  /** Whether an image counts rather than another one after a crash. */
  isNewer(image: Image, than: Image): boolean;
  /** Entries that are looked at after a crash, at most. */
  replays: number;
  /** What is pending after a crash. */
  afterCrash(pending: readonly Entry[]): Entry[];
}

const keys = 2;
/** Entries that the log has room for. */
export const ringEntries = 4;
/** Positions of the log go from 0 to one less: twice round the ring, which tells old entries from new ones. */
const positions: number = 2 * ringEntries;
/** Numbers of images go from 0 to one less. */
const sequences = 4;

/** How far a position is behind another one. */
export function distance(from: number, to: number): number {
  return (to - from + positions) % positions;
}

/** The rules without a mistake. */
export const correct: LogRules = {
  used: ({ from, end, pending }) => distance(from, end) + pending.length,
  coalesced: ({ pending }, key) => pending.at(-1)?.key === key ? pending.at(-1) : undefined,
  flushes: ({ pending }) => pending.length,
  stamp: (position) => position,
  begins: (_state, flush) => flush(),
  imaged: (_state, image) => image.values,
  cut: (_state, image) => image.from,
  isNewer: (image, than) =>
    image.isComplete &&
    (!than.isComplete || (image.sequence - than.sequence + sequences) % sequences === 1),
  replays: ringEntries,
  afterCrash: () => [],
};

const key = z.int().min(0).max(keys - 1);
const value = z.int().min(0).max(1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("write"), key, value }),
    z.strictObject({ kind: z.literal("read"), key }),
    z.strictObject({ kind: z.enum(["flush", "begin", "end", "crash"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(keys).map((key) => ({ kind: "read", key }) as const),
  ...below(keys).flatMap((key) => below(2).map((value) => ({ kind: "write", key, value }) as const)),
  ...(["flush", "begin", "end", "crash"] as const).map((kind) => ({ kind })),
];

const values = z.array(value).length(keys);
const entries = z.int().min(0).max(ringEntries);

function makeDurable(state: DurableState): void {
  state.durable = [...state.values];
  state.flushed += state.pending;
  state.pending = 0;
  state.lastKey = -1;
}

/** The values now and after a crash. */
export const model: Machine<DurableState, Command, Reply> = {
  ...plain,
  name: "checkpoint-log",
  schema: {
    ...schema,
    state: z.strictObject({
      values,
      durable: values,
      covered: entries,
      flushed: entries,
      pending: entries,
      lastKey: z.int().min(-1).max(keys - 1),
      isUnderWay: z.boolean(),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({
    values: [0, 0],
    durable: [0, 0],
    covered: 0,
    flushed: 0,
    pending: 0,
    lastKey: -1,
    isUnderWay: false,
  }),
  step(state, command) {
    switch (command.kind) {
      case "read":
        return { kind: "value", value: state.values[command.key]! };
      case "write":
        if (state.lastKey !== command.key) {
          if (state.covered + state.flushed + state.pending === ringEntries) return { kind: "full" };
          state.pending++;
          state.lastKey = command.key;
        }
        state.values[command.key] = command.value;
        break;
      case "flush":
        makeDurable(state);
        break;
      case "begin":
        if (state.isUnderWay) return undefined;
        makeDurable(state);
        state.covered = state.flushed;
        state.flushed = 0;
        state.isUnderWay = true;
        break;
      case "end":
        if (!state.isUnderWay) return undefined;
        state.covered = 0;
        state.isUnderWay = false;
        break;
      case "crash":
        state.values = [...state.durable];
        state.flushed += state.covered;
        state.covered = 0;
        state.pending = 0;
        state.lastKey = -1;
        state.isUnderWay = false;
    }
    return { kind: "done" };
  },
};

function flush(state: LogState, rules: LogRules): void {
  for (const entry of state.pending.splice(0, rules.flushes(state))) {
    state.disk.ring[state.end % ringEntries] = { ...entry, stamp: rules.stamp(state.end) };
    state.end = (state.end + 1) % positions;
  }
}

function begin(state: LogState, rules: LogRules): void {
  rules.begins(state, () => flush(state, rules));
  const sequence = (state.disk.images[state.current]!.sequence + 1) % sequences;
  state.disk.images[1 - state.current] = {
    values: [...state.values],
    from: state.end,
    sequence,
    isComplete: false,
  };
  state.isUnderWay = true;
}

function end(state: LogState, rules: LogRules): void {
  state.current = 1 - state.current;
  const image = state.disk.images[state.current]!;
  image.values = [...rules.imaged(state, image)];
  image.from = rules.cut(state, image);
  image.isComplete = true;
  state.from = image.from;
  state.isUnderWay = false;
}

function crash(state: LogState, rules: LogRules): void {
  const { ring, images } = state.disk;
  state.current = rules.isNewer(images[1]!, images[0]!) ? 1 : 0;
  state.values = [...images[state.current]!.values];
  state.from = images[state.current]!.from;
  state.end = state.from;
  for (const _ of below(rules.replays)) {
    const entry = ring[state.end % ringEntries];
    if (entry?.stamp !== rules.stamp(state.end)) break;
    state.values[entry.key] = entry.value;
    state.end = (state.end + 1) % positions;
  }
  state.pending = rules.afterCrash(state.pending);
  state.isUnderWay = false;
}

/** A ring and two images. */
export function implementation(rules: LogRules): Machine<LogState, Command, Reply> {
  const image = (isComplete: boolean): Image => ({ values: [0, 0], from: 0, sequence: 1, isComplete });
  return {
    ...plain,
    name: "checkpoint-log in a ring",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      disk: { ring: below(ringEntries).map(() => null), images: [image(true), image(false)] },
      values: [0, 0],
      pending: [],
      from: 0,
      end: 0,
      current: 0,
      isUnderWay: false,
    }),
    step(state, command) {
      switch (command.kind) {
        case "read":
          return { kind: "value", value: state.values[command.key]! };
        case "write": {
          const { key, value } = command;
          const last = rules.coalesced(state, key);
          if (last !== undefined) last.value = value;
          else if (rules.used(state) >= ringEntries) return { kind: "full" };
          else state.pending.push({ key, value });
          state.values[key] = value;
          break;
        }
        case "flush":
        case "begin":
        case "end":
        case "crash":
          ({ flush, begin, end, crash })[command.kind](state, rules);
      }
      return { kind: "done" };
    },
  };
}
