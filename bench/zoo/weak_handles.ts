/**
 * Objects behind strong and weak handles: an object lives as long as a strong handle, its slot as long as any.
 *
 * The model knows what each handle refers to; the implementation counts.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done; `assign` makes one handle refer to what another refers to, `live` asks how many objects live. */
export type Command =
  | { readonly kind: "make"; readonly as: number }
  | { readonly kind: "clone"; readonly strong: number; readonly as: number }
  | { readonly kind: "drop" | "get" | "unique"; readonly strong: number }
  | { readonly kind: "set"; readonly strong: number; readonly value: number }
  | { readonly kind: "assign"; readonly strong: number; readonly from: number }
  | { readonly kind: "downgrade"; readonly strong: number; readonly as: number }
  | { readonly kind: "upgrade"; readonly weak: number; readonly as: number }
  | { readonly kind: "forget"; readonly weak: number }
  | { readonly kind: "live" };

/** What is answered. */
export type Reply =
  | { readonly kind: "exhausted" | "gone" | "done" }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "unique"; readonly is: boolean }
  | { readonly kind: "live"; readonly objects: number };

/** What the model knows; objects are -1 where a name is free. */
export interface ReferenceState {
  strong: number[];
  weak: number[];
  values: number[];
}

/** What the implementation knows. */
export interface CountState {
  /** By name, the slot. */
  strong: number[];
  /** By name, the slot. */
  weak: number[];
  /** The strong handles count as one weak one together, which keeps the slot. */
  slots: { strong: number; weak: number; value: number }[];
  free: number[];
  live: number;
  /** The weak handle that was upgraded last, -1 = none; its object is known to live. */
  recent: number;
}

/** What a mistake may replace. */
export interface CountRules {
  /** Counts a strong handle more. */
  acquire(state: CountState, slot: number, by: "clone" | "upgrade" | "assign"): void;
  /** Counts a strong handle less. */
  release(state: CountState, slot: number, by: "drop" | "assign", rules: CountRules): void;
  /** The last strong handle has gone. */
  destroys(state: CountState, slot: number, by: "drop" | "assign"): void;
  /** Counts a weak handle less. */
  releaseWeak(state: CountState, slot: number, by: "forget" | "strong"): void;
  /** Counts a weak handle more. */
  acquireWeak(state: CountState, slot: number): void;
  /** Lets one handle go for what another refers to. */
  assign(state: CountState, old: number, slot: number, rules: CountRules): void;
  isAlive(state: CountState, weak: number, slot: number): boolean;
  isUnique(state: CountState, slot: number): boolean;
  /** Counts living objects when one is asked for. */
  made(state: CountState, isExhausted: boolean): void;
  forgetsRecent(state: CountState, slot: number, by: "drop" | "assign"): boolean;
}

const strongNames = 3;
const weakNames = 2;
const objects = 2;

/** The rules without a mistake. */
export const correct: CountRules = {
  acquire(state, slot) {
    state.slots[slot]!.strong++;
  },
  release(state, slot, by, rules) {
    if (--state.slots[slot]!.strong > 0) return;
    rules.destroys(state, slot, by);
    if (rules.forgetsRecent(state, slot, by)) state.recent = -1;
    rules.releaseWeak(state, slot, "strong");
  },
  destroys(state, slot) {
    state.slots[slot]!.value = 0;
    state.live--;
  },
  releaseWeak(state, slot) {
    if (--state.slots[slot]!.weak === 0) state.free.push(slot);
  },
  acquireWeak(state, slot) {
    state.slots[slot]!.weak++;
  },
  assign(state, old, slot, rules) {
    rules.acquire(state, slot, "assign");
    rules.release(state, old, "assign", rules);
  },
  isAlive: ({ slots, recent }, weak, slot) => recent === weak || slots[slot]!.strong > 0,
  isUnique: ({ slots }, slot) => slots[slot]!.strong === 1 && slots[slot]!.weak === 1,
  made(state, isExhausted) {
    if (!isExhausted) state.live++;
  },
  forgetsRecent: ({ recent, weak }, slot) => recent >= 0 && weak[recent] === slot,
};

const strongName = z.int().min(0).max(strongNames - 1);
const weakName = z.int().min(0).max(weakNames - 1);
const value = z.int().min(0).max(1);
const strong = strongName.meta({ refersTo: "strong" });
const weak = weakName.meta({ refersTo: "weak" });
const asStrong = strongName.meta({ creates: "strong" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("make"), as: asStrong }),
    z.strictObject({ kind: z.literal("clone"), strong, as: asStrong }),
    z.strictObject({ kind: z.enum(["drop", "get", "unique"]), strong }),
    z.strictObject({ kind: z.literal("set"), strong, value }),
    z.strictObject({ kind: z.literal("assign"), strong, from: strong }),
    z.strictObject({ kind: z.literal("downgrade"), strong, as: weakName.meta({ creates: "weak" }) }),
    z.strictObject({ kind: z.literal("upgrade"), weak, as: asStrong }),
    z.strictObject({ kind: z.literal("forget"), weak }),
    z.strictObject({ kind: z.literal("live") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const strongs = below(strongNames);
const weaks = below(weakNames);
const commands: readonly Command[] = [
  { kind: "live" },
  ...strongs.map((as) => ({ kind: "make", as }) as const),
  ...(["get", "unique", "drop"] as const).flatMap((kind) => strongs.map((strong) => ({ kind, strong }))),
  ...strongs.flatMap((strong) => below(2).map((value) => ({ kind: "set", strong, value }) as const)),
  ...strongs.flatMap((strong) => strongs.map((as) => ({ kind: "clone", strong, as }) as const)),
  ...strongs.flatMap((strong) => strongs.map((from) => ({ kind: "assign", strong, from }) as const)),
  ...strongs.flatMap((strong) => weaks.map((as) => ({ kind: "downgrade", strong, as }) as const)),
  ...weaks.flatMap((weak) => strongs.map((as) => ({ kind: "upgrade", weak, as }) as const)),
  ...weaks.map((weak) => ({ kind: "forget", weak }) as const),
];

/** What each handle refers to. */
export const model: Machine<ReferenceState, Command, Reply> = {
  ...plain,
  name: "weak-handles",
  schema: {
    ...schema,
    state: z.strictObject({
      strong: z.array(z.int().min(-1).max(objects - 1)).length(strongNames),
      weak: z.array(z.int().min(-1).max(objects - 1)).length(weakNames),
      values: z.array(value).length(objects),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ strong: strongs.map(() => -1), weak: weaks.map(() => -1), values: [0, 0] }),
  step({ strong, weak, values }, command) {
    switch (command.kind) {
      case "live":
        return { kind: "live", objects: below(objects).filter((each) => strong.includes(each)).length };
      case "make": {
        if (command.as !== strong.indexOf(-1)) return undefined;
        const object = below(objects).find((each) => !strong.includes(each) && !weak.includes(each));
        if (object === undefined) return { kind: "exhausted" };
        strong[command.as] = object;
        values[object] = 0;
        return { kind: "done" };
      }
      case "upgrade": {
        const object = weak[command.weak]!;
        if (object < 0 || command.as !== strong.indexOf(-1)) return undefined;
        if (!strong.includes(object)) return { kind: "gone" };
        strong[command.as] = object;
        return { kind: "done" };
      }
      case "forget":
        if (weak[command.weak]! < 0) return undefined;
        weak[command.weak] = -1;
        return { kind: "done" };
    }
    const object = strong[command.strong]!;
    if (object < 0) return undefined;
    switch (command.kind) {
      case "clone":
        if (command.as !== strong.indexOf(-1)) return undefined;
        strong[command.as] = object;
        return { kind: "done" };
      case "downgrade":
        if (command.as !== weak.indexOf(-1)) return undefined;
        weak[command.as] = object;
        return { kind: "done" };
      case "assign":
        if (strong[command.from]! < 0) return undefined;
        strong[command.strong] = strong[command.from]!;
        return { kind: "done" };
      case "drop":
        strong[command.strong] = -1;
        return { kind: "done" };
      case "set":
        values[object] = command.value;
        return { kind: "done" };
      case "get":
        return { kind: "value", value: values[object]! };
      case "unique": {
        const handles = [...strong, ...weak].filter((each) => each === object);
        return { kind: "unique", is: handles.length === 1 };
      }
    }
  },
};

function make(state: CountState, as: number, rules: CountRules): Reply {
  const slot = state.free.pop();
  rules.made(state, slot === undefined);
  if (slot === undefined) return { kind: "exhausted" };
  state.slots[slot] = { ...state.slots[slot]!, strong: 1, weak: 1 };
  state.strong[as] = slot;
  return { kind: "done" };
}

function upgrade(state: CountState, weak: number, as: number, rules: CountRules): Reply {
  const slot = state.weak[weak]!;
  if (!rules.isAlive(state, weak, slot)) return { kind: "gone" };
  rules.acquire(state, slot, "upgrade");
  state.strong[as] = slot;
  state.recent = weak;
  return { kind: "done" };
}

/** Counts of handles in slots. */
export function implementation(rules: CountRules): Machine<CountState, Command, Reply> {
  return {
    ...plain,
    name: "weak-handles with counts",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      strong: strongs.map(() => -1),
      weak: weaks.map(() => -1),
      slots: below(objects).map(() => ({ strong: 0, weak: 0, value: 0 })),
      free: below(objects).reverse(),
      live: 0,
      recent: -1,
    }),
    step(state, command) {
      switch (command.kind) {
        case "live":
          return { kind: "live", objects: state.live };
        case "make":
          return make(state, command.as, rules);
        case "upgrade":
          return upgrade(state, command.weak, command.as, rules);
        case "forget":
          rules.releaseWeak(state, state.weak[command.weak]!, "forget");
          state.weak[command.weak] = -1;
          if (state.recent === command.weak) state.recent = -1;
          return { kind: "done" };
      }
      const slot = state.strong[command.strong]!;
      switch (command.kind) {
        case "clone":
          rules.acquire(state, slot, "clone");
          state.strong[command.as] = slot;
          return { kind: "done" };
        case "downgrade":
          rules.acquireWeak(state, slot);
          state.weak[command.as] = slot;
          return { kind: "done" };
        case "assign":
          rules.assign(state, slot, state.strong[command.from]!, rules);
          state.strong[command.strong] = state.strong[command.from]!;
          return { kind: "done" };
        case "drop":
          rules.release(state, slot, "drop", rules);
          state.strong[command.strong] = -1;
          return { kind: "done" };
        case "set":
          state.slots[slot]!.value = command.value;
          return { kind: "done" };
        case "get":
          return { kind: "value", value: state.slots[slot]!.value };
        case "unique":
          return { kind: "unique", is: rules.isUnique(state, slot) };
      }
    },
  };
}
