/**
 * A slab of slots behind handles: a handle that was freed is refused, also after its slot was handed out again.
 *
 * The model knows which handle is alive; the implementation compares generations, which wrap at 4.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "allocate"; readonly as: number }
  | { readonly kind: "free"; readonly handle: number }
  | { readonly kind: "store"; readonly handle: number; readonly value: number }
  | { readonly kind: "load"; readonly handle: number }
  | { readonly kind: "forget"; readonly handle: number };

type Reply =
  | { readonly kind: "exhausted" | "freed" | "stale" | "stored" | "forgotten" }
  | { readonly kind: "allocated"; readonly slot: number }
  | { readonly kind: "loaded"; readonly value: number };

interface ModelState {
  /** By name: the slot and whether it is alive; `slot` -1 = the name is free. */
  handles: { slot: number; alive: boolean }[];
  /** Slots that are free, the one that was freed last at the end. */
  free: number[];
  values: number[];
}

interface SlabState {
  handles: { slot: number; generation: number }[];
  free: number[];
  values: number[];
  generations: number[];
}

interface Rules {
  accepts(state: SlabState, handle: { slot: number; generation: number }, what: string): boolean;
  afterFree(state: SlabState, slot: number): void;
  takeFree(state: SlabState): number | undefined;
  clears(state: SlabState, slot: number): boolean;
}

const slots = 2;
const names = 3;
const values = 2;
const generations = 4;

const correct: Rules = {
  accepts: (state, handle) => state.generations[handle.slot] === handle.generation,
  afterFree(state, slot) {
    state.generations[slot] = state.generations[slot]! + 1;
    state.free.push(slot);
  },
  takeFree: (state) => state.free.pop(),
  clears: () => true,
};

const handle = z.int().min(0).max(names - 1);
const value = z.int().min(0).max(values - 1);
const refers = handle.meta({ refersTo: "handle" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("allocate"), as: handle.meta({ creates: "handle" }) }),
    z.strictObject({ kind: z.literal("free"), handle: refers }),
    z.strictObject({ kind: z.literal("store"), handle: refers, value }),
    z.strictObject({ kind: z.literal("load"), handle: refers }),
    z.strictObject({ kind: z.literal("forget"), handle: refers }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(names).map((as) => ({ kind: "allocate", as }) as const),
  ...below(names).map((handle) => ({ kind: "free", handle }) as const),
  ...below(names).map((handle) => ({ kind: "load", handle }) as const),
  ...below(names).flatMap((handle) =>
    below(values).map((value) => ({ kind: "store", handle, value }) as const)
  ),
  ...below(names).map((handle) => ({ kind: "forget", handle }) as const),
];

const slotSchema = z.int().min(0).max(slots - 1);

const model: Machine<ModelState, Command, Reply> = {
  ...plain,
  name: "slab",
  schema: {
    ...schema,
    state: z.strictObject({
      handles: z.array(z.strictObject({ slot: z.int().min(-1).max(slots - 1), alive: z.boolean() })).length(
        names,
      ),
      free: z.array(slotSchema).max(slots),
      values: z.array(value).length(slots),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({
    handles: below(names).map(() => ({ slot: -1, alive: false })),
    free: below(slots).reverse(),
    values: below(slots).map(() => 0),
  }),
  step(state, command) {
    if (command.kind === "allocate") {
      if (command.as !== state.handles.findIndex(({ slot }) => slot < 0)) return undefined;
      const slot = state.free.pop();
      if (slot === undefined) return { kind: "exhausted" };
      state.handles[command.as] = { slot, alive: true };
      state.values[slot] = 0;
      return { kind: "allocated", slot };
    }
    const known = state.handles[command.handle]!;
    if (known.slot < 0) return undefined;
    if (command.kind === "forget") {
      if (known.alive) return undefined;
      known.slot = -1;
      return { kind: "forgotten" };
    }
    if (!known.alive) return { kind: "stale" };
    switch (command.kind) {
      case "free":
        known.alive = false;
        state.free.push(known.slot);
        return { kind: "freed" };
      case "store":
        state.values[known.slot] = command.value;
        return { kind: "stored" };
      case "load":
        return { kind: "loaded", value: state.values[known.slot]! };
    }
  },
};

function implementation(rules: Rules): Machine<SlabState, Command, Reply> {
  return {
    ...plain,
    name: "slab with generations",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      handles: below(names).map(() => ({ slot: -1, generation: 0 })),
      free: below(slots).reverse(),
      values: below(slots).map(() => 0),
      generations: below(slots).map(() => 0),
    }),
    step(state, command) {
      if (command.kind === "allocate") {
        const slot = rules.takeFree(state);
        if (slot === undefined) return { kind: "exhausted" };
        state.handles[command.as] = { slot, generation: state.generations[slot]! };
        if (rules.clears(state, slot)) state.values[slot] = 0;
        return { kind: "allocated", slot };
      }
      const known = state.handles[command.handle]!;
      if (command.kind === "forget") {
        known.slot = -1;
        return { kind: "forgotten" };
      }
      if (known.slot < 0 || !rules.accepts(state, known, command.kind)) return { kind: "stale" };
      switch (command.kind) {
        case "free":
          rules.afterFree(state, known.slot);
          return { kind: "freed" };
        case "store":
          state.values[known.slot] = command.value;
          return { kind: "stored" };
        case "load":
          return { kind: "loaded", value: state.values[known.slot]! };
      }
    },
  };
}

/** The slab's house. */
export function slabHouse(): ZooHouse {
  const bumped = (by: (generation: number) => number) => (state: SlabState, slot: number): void => {
    state.generations[slot] = by(state.generations[slot]!);
    state.free.push(slot);
  };
  return {
    name: "slab",
    model,
    walk: { weights: { allocate: 5, free: 4, load: 2, store: 2, forget: 3 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "generation-wraps": {
        title: "generations wrap at 4, and a handle from before is accepted again",
        rule: { afterFree: bumped((generation) => (generation + 1) % generations) },
      },
      "first-in-first-out": {
        title: "the slot that was freed first is handed out first once all were in use",
        rule: {
          takeFree: (state) =>
            state.generations.every((generation) => generation > 0) ? state.free.shift() : state.free.pop(),
        },
      },
      "double-free": {
        title: "freeing a stale handle is accepted",
        rule: { accepts: (state, handle, what) => what === "free" || correct.accepts(state, handle, what) },
      },
      "dirty-slot": {
        title: "a slot that was handed out twice before is not cleared",
        rule: { clears: (state, slot) => state.generations[slot]! < 2 },
      },
      "generation-of-neighbour": {
        title: "freeing the last slot renews the generation of the first one",
        rule: {
          afterFree(state, slot) {
            const renewed = slot === slots - 1 ? 0 : slot;
            state.generations[renewed] = state.generations[renewed]! + 1;
            state.free.push(slot);
          },
        },
      },
      "stale-load": {
        title: "loading through a handle that is one generation old is accepted in the second slot",
        rule: {
          accepts: (state, handle, what) =>
            correct.accepts(state, handle, what) ||
            (what === "load" && handle.slot === 1 && state.generations[1] === handle.generation + 1),
        },
      },
      "last-slot-withheld": {
        title: "the last free slot is withheld once four slots were given back",
        rule: {
          takeFree: (state) => {
            const given = state.generations.reduce((sum, generation) => sum + generation, 0);
            return given >= 4 && state.free.length === 1 ? undefined : state.free.pop();
          },
        },
      },
      "third-free-queued": {
        title: "a slot that is freed for the third time is handed out last",
        rule: {
          afterFree(state, slot) {
            state.generations[slot] = state.generations[slot]! + 1;
            if (state.generations[slot] === 3) state.free.unshift(slot);
            else state.free.push(slot);
          },
        },
      },
      "old-store": {
        title: "storing through a handle that is two generations old is accepted",
        rule: {
          accepts: (state, handle, what) =>
            correct.accepts(state, handle, what) ||
            (what === "store" && state.generations[handle.slot] === handle.generation + 2),
        },
      },
      "third-load": {
        title: "loading through a handle that is three generations old is accepted",
        rule: {
          accepts: (state, handle, what) =>
            correct.accepts(state, handle, what) ||
            (what === "load" && state.generations[handle.slot] === handle.generation + 3),
        },
      },
      "oldest-after-six": {
        title: "after six slots were given back, the one that was freed first is handed out",
        rule: {
          takeFree: (state) => {
            const given = state.generations.reduce((sum, generation) => sum + generation, 0);
            return given >= 6 ? state.free.shift() : state.free.pop();
          },
        },
      },
      "first-slot-dirty-once": {
        title: "the first slot is not cleared when it is handed out for the second time",
        rule: { clears: (state, slot) => slot !== 0 || state.generations[slot] !== 1 },
      },
      "double-free-of-second": {
        title: "freeing the second slot once more is accepted",
        rule: {
          accepts: (state, handle, what) =>
            correct.accepts(state, handle, what) ||
            (what === "free" && handle.slot === 1 && state.generations[1] === handle.generation + 1),
        },
      },
    }),
  };
}
