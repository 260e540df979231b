/**
 * Objects that readers may still look at when they are retired: they can be used again two epochs later, and an epoch
 * ends only when every reader that is pinned was pinned in it.
 *
 * The model knows for how many epochs an object has been retired, and which readers are behind; the implementation
 * numbers the epochs by threes, with a bag of retired objects for each.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done; pins can be nested, and only a pinned reader retires. `collect` ends the epoch if it can. */
export type Command =
  | { readonly kind: "pin" | "unpin"; readonly reader: number }
  | { readonly kind: "retire"; readonly reader: number; readonly object: number }
  | { readonly kind: "allocate" | "collect" };

/** What is answered. */
export type Reply =
  | { readonly kind: "done" | "exhausted" }
  | { readonly kind: "allocated"; readonly object: number };

/** What the model knows. */
export interface AgeState {
  /** How deep each reader is pinned, and whether that began in the epoch before this one. */
  readers: { depth: number; isBehind: boolean }[];
  /** An object is free, live, or retired in this epoch or in the one before. */
  objects: ("free" | "live" | "now" | "before")[];
}

/** What the implementation knows. */
export interface EpochState {
  /** The number of the epoch, from 0 to 2. */
  epoch: number;
  /** The epoch in which each was pinned. */
  readers: { depth: number; epoch: number }[];
  /** How many of those that are pinned were pinned in the epoch before. */
  behind: number;
  /** By epoch. */
  bags: number[][];
  isFree: boolean[];
  /** No object before this one is free. */
  hint: number;
}

/** What a mistake may replace. */
export interface EpochRules {
  /** A pin inside another one. */
  pinAgain(state: EpochState, reader: number): void;
  depthAfterUnpin(depth: number): number;
  /** Whether a reader that is no longer pinned was counted as behind. */
  wasBehind(state: EpochState, reader: number): boolean;
  /** The epoch whose bag is emptied at the beginning of one. */
  emptied(epoch: number): number;
  /** Looks whether the epoch can end, and empties the bag. */
  collect(state: EpochState, rules: EpochRules): void;
  /** How many of those that are pinned have not seen the new epoch. */
  behindAfter(pinned: number): number;
  hintAfterFree(hint: number, bag: readonly number[]): number;
  /** The epoch in whose bag an object goes that a reader retires. */
  retiredIn(state: EpochState, reader: number): number;
  /** Puts an object into a bag; one that is full is a reason to collect before. */
  retire(state: EpochState, reader: number, object: number, rules: EpochRules): void;
}

const readers = 2;
const objects = 4;
const mostDepth = 2;
/** Objects of one epoch after which retiring collects first. */
export const fullBag = 2;
/** Epochs that are told apart. */
export const epochs = 3;

/** Makes the objects of a bag free. */
export function empty(state: EpochState, epoch: number, rules: EpochRules): void {
  const bag = state.bags[epoch]!;
  for (const object of bag) state.isFree[object] = true;
  state.hint = rules.hintAfterFree(state.hint, bag);
  state.bags[epoch] = [];
}

/** The rules without a mistake. */
export const correct: EpochRules = {
  pinAgain() {},
  depthAfterUnpin: (depth) => depth - 1,
  wasBehind: (state, reader) => state.readers[reader]!.epoch !== state.epoch,
  // What was retired two epochs ago: of three numbers the next one.
  emptied: (epoch) => (epoch + 1) % epochs,
  collect(state, rules) {
    if (state.behind > 0) return;
    state.epoch = (state.epoch + 1) % epochs;
    state.behind = rules.behindAfter(state.readers.filter(({ depth }) => depth > 0).length);
    empty(state, rules.emptied(state.epoch), rules);
  },
  behindAfter: (pinned) => pinned,
  hintAfterFree: (hint, bag) => Math.min(hint, ...bag),
  retiredIn: ({ epoch }) => epoch,
  retire(state, reader, object, rules) {
    if (state.bags[rules.retiredIn(state, reader)]!.length >= fullBag) rules.collect(state, rules);
    state.bags[rules.retiredIn(state, reader)]!.push(object);
  },
};

const reader = z.int().min(0).max(readers - 1);
const object = z.int().min(0).max(objects - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["pin", "unpin"]), reader }),
    z.strictObject({ kind: z.literal("retire"), reader, object }),
    z.strictObject({ kind: z.enum(["allocate", "collect"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "allocate" },
  { kind: "collect" },
  ...(["pin", "unpin"] as const).flatMap((kind) => below(readers).map((reader) => ({ kind, reader }))),
  ...below(readers).flatMap((reader) =>
    below(objects).map((object) => ({ kind: "retire", reader, object }) as const)
  ),
];

function endEpoch({ readers, objects }: AgeState): void {
  if (readers.some(({ depth, isBehind }) => depth > 0 && isBehind)) return;
  for (const reader of readers) reader.isBehind = reader.depth > 0;
  objects.forEach((each, object) => {
    if (each === "before") objects[object] = "free";
    if (each === "now") objects[object] = "before";
  });
}

/** Ages of retired objects. */
export const model: Machine<AgeState, Command, Reply> = {
  ...plain,
  name: "epoch-reclamation",
  schema: {
    ...schema,
    state: z.strictObject({
      readers: z.array(
        z.strictObject({ depth: z.int().min(0).max(mostDepth), isBehind: z.boolean() }),
      ).length(readers),
      objects: z.array(z.enum(["free", "live", "now", "before"])).length(objects),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({
    readers: below(readers).map(() => ({ depth: 0, isBehind: false })),
    objects: below(objects).map(() => "free"),
  }),
  step(state, command) {
    const { readers, objects } = state;
    switch (command.kind) {
      case "allocate": {
        const object = objects.indexOf("free");
        if (object < 0) return { kind: "exhausted" };
        objects[object] = "live";
        return { kind: "allocated", object };
      }
      case "collect":
        endEpoch(state);
        return { kind: "done" };
    }
    const reader = readers[command.reader]!;
    switch (command.kind) {
      case "pin":
        if (reader.depth === mostDepth) return undefined;
        reader.depth++;
        return { kind: "done" };
      case "unpin":
        if (reader.depth === 0) return undefined;
        reader.depth--;
        if (reader.depth === 0) reader.isBehind = false;
        return { kind: "done" };
      case "retire":
        if (reader.depth === 0 || objects[command.object] !== "live") return undefined;
        if (objects.filter((each) => each === "now").length >= fullBag) endEpoch(state);
        objects[command.object] = "now";
        return { kind: "done" };
    }
  },
};

function unpin(state: EpochState, reader: number, rules: EpochRules): void {
  const unpinned = state.readers[reader]!;
  // A reader that has been let go of too early is not pinned any more.
  if (unpinned.depth === 0) return;
  unpinned.depth = rules.depthAfterUnpin(unpinned.depth);
  if (unpinned.depth === 0 && rules.wasBehind(state, reader)) state.behind--;
}

/** Bags by epochs. */
export function implementation(rules: EpochRules): Machine<EpochState, Command, Reply> {
  return {
    ...plain,
    name: "epoch-reclamation with bags",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      epoch: 0,
      readers: below(readers).map(() => ({ depth: 0, epoch: 0 })),
      behind: 0,
      bags: below(epochs).map(() => []),
      isFree: below(objects).map(() => true),
      hint: 0,
    }),
    step(state, command) {
      switch (command.kind) {
        case "allocate": {
          const object = state.isFree.indexOf(true, state.hint);
          state.hint = object < 0 ? objects : object + 1;
          if (object < 0) return { kind: "exhausted" };
          state.isFree[object] = false;
          return { kind: "allocated", object };
        }
        case "collect":
          rules.collect(state, rules);
          return { kind: "done" };
        case "pin": {
          const pinned = state.readers[command.reader]!;
          if (pinned.depth > 0) rules.pinAgain(state, command.reader);
          else pinned.epoch = state.epoch;
          pinned.depth++;
          return { kind: "done" };
        }
        case "unpin":
          unpin(state, command.reader, rules);
          return { kind: "done" };
        case "retire":
          rules.retire(state, command.reader, command.object, rules);
          return { kind: "done" };
      }
    },
  };
}
