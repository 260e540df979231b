/**
 * A bounded priority queue whose jobs can be cancelled and moved: the least priority first, then the lowest name.
 *
 * The model has a priority by name; the implementation is a binary heap in an array, with the place of each job.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done to the queue. */
export type Command =
  | { readonly kind: "push"; readonly priority: number; readonly as: number }
  | { readonly kind: "pop" | "peek" }
  | { readonly kind: "cancel"; readonly job: number }
  | { readonly kind: "move"; readonly job: number; readonly priority: number };

/** What is answered. */
export type Reply =
  | { readonly kind: "pushed" | "empty" | "cancelled" | "moved" }
  | { readonly kind: "first"; readonly job: number };

/** What the model knows. */
export interface PriorityState {
  /** By name, -1 = no such job. */
  priorities: number[];
}

/** A job in the heap. */
export interface Entry {
  job: number;
  priority: number;
}

/** What the implementation knows. */
export interface HeapState {
  heap: Entry[];
  /** By name: index in the heap, or what it was last. */
  places: number[];
  /** The job that a peek has seen, -1 = none is remembered. */
  peeked: number;
}

/** What a mistake may replace. */
export interface HeapRules {
  precedes(one: Entry, other: Entry): boolean;
  /** The child that `index` is compared with; `undefined` = there is none. */
  child(heap: readonly Entry[], index: number, rules: HeapRules): number | undefined;
  parent(index: number): number;
  swap(state: HeapState, upper: number, lower: number, by: "up" | "down"): void;
  /** Puts the entry at `index` right after it has come there. */
  restore(state: HeapState, index: number, before: Entry, rules: HeapRules): void;
  /** Fills the hole at `index`, which is not the last one. */
  fill(state: HeapState, index: number, last: Entry): void;
  changes(entry: Entry, priority: number): boolean;
  peeks(state: HeapState): number;
  forgetsPeeked(state: HeapState, by: "push" | "pop" | "cancel" | "move", job: number): boolean;
}

/** Names of jobs, and so the most there can be. */
export const jobs = 6;
/** Priorities go from 0, the first, to one less. */
export const priorities = 3;

/** The rules without a mistake. */
export const correct: HeapRules = {
  precedes: (one, other) =>
    one.priority < other.priority || (one.priority === other.priority && one.job < other.job),
  child(heap, index, rules) {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    if (left >= heap.length) return undefined;
    return right < heap.length && rules.precedes(heap[right]!, heap[left]!) ? right : left;
  },
  parent: (index) => Math.floor((index - 1) / 2),
  swap(state, upper, lower) {
    const { heap, places } = state;
    [heap[upper], heap[lower]] = [heap[lower]!, heap[upper]!];
    places[heap[upper].job] = upper;
    places[heap[lower].job] = lower;
  },
  restore(state, index, _before, rules) {
    up(state, index, rules);
    down(state, index, rules);
  },
  fill(state, index, last) {
    state.heap[index] = last;
    state.places[last.job] = index;
  },
  changes: (entry, priority) => entry.priority !== priority,
  peeks: ({ heap }) => heap[0]?.job ?? -1,
  forgetsPeeked: () => true,
};

const job = z.int().min(0).max(jobs - 1);
const priority = z.int().min(0).max(priorities - 1);
const refers = job.meta({ refersTo: "job" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("push"), priority, as: job.meta({ creates: "job" }) }),
    z.strictObject({ kind: z.enum(["pop", "peek"]) }),
    z.strictObject({ kind: z.literal("cancel"), job: refers }),
    z.strictObject({ kind: z.literal("move"), job: refers, priority }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "pop" },
  { kind: "peek" },
  ...below(priorities).flatMap((priority) =>
    below(jobs).map((as) => ({ kind: "push", priority, as }) as const)
  ),
  ...below(jobs).map((job) => ({ kind: "cancel", job }) as const),
  ...below(jobs).flatMap((job) =>
    below(priorities).map((priority) => ({ kind: "move", job, priority }) as const)
  ),
];

/** A priority for each name. */
export const model: Machine<PriorityState, Command, Reply> = {
  ...plain,
  name: "job-heap",
  schema: {
    ...schema,
    state: z.strictObject({ priorities: z.array(z.int().min(-1).max(priorities - 1)).length(jobs) }),
  },
  starts: [null],
  commands,
  initial: () => ({ priorities: below(jobs).map(() => -1) }),
  step({ priorities }, command) {
    switch (command.kind) {
      case "push":
        if (command.as !== priorities.indexOf(-1)) return undefined;
        priorities[command.as] = command.priority;
        return { kind: "pushed" };
      case "pop":
      case "peek": {
        const known = priorities.filter((priority) => priority >= 0);
        if (known.length === 0) return { kind: "empty" };
        const job = priorities.indexOf(Math.min(...known));
        if (command.kind === "pop") priorities[job] = -1;
        return { kind: "first", job };
      }
      case "cancel":
        if (priorities[command.job]! < 0) return undefined;
        priorities[command.job] = -1;
        return { kind: "cancelled" };
      case "move":
        if (priorities[command.job]! < 0) return undefined;
        priorities[command.job] = command.priority;
        return { kind: "moved" };
    }
  },
};

/** Moves an entry towards the front. */
export function up(state: HeapState, from: number, rules: HeapRules): void {
  for (let index = from; index > 0;) {
    const parent = rules.parent(index);
    if (!rules.precedes(state.heap[index]!, state.heap[parent]!)) return;
    rules.swap(state, parent, index, "up");
    index = parent;
  }
}

/** Moves an entry towards the end. */
export function down(state: HeapState, from: number, rules: HeapRules): void {
  for (let index = from;;) {
    const child = rules.child(state.heap, index, rules);
    if (child === undefined || !rules.precedes(state.heap[child]!, state.heap[index]!)) return;
    rules.swap(state, index, child, "down");
    index = child;
  }
}

function remove(state: HeapState, index: number, rules: HeapRules): void {
  const { heap } = state;
  const last = heap.pop()!;
  if (index === heap.length) return;
  const before = heap[index]!;
  rules.fill(state, index, last);
  rules.restore(state, index, before, rules);
}

function push(state: HeapState, entry: Entry, rules: HeapRules): void {
  state.places[entry.job] = state.heap.length;
  state.heap.push(entry);
  up(state, state.heap.length - 1, rules);
}

/** A heap in an array. */
export function implementation(rules: HeapRules): Machine<HeapState, Command, Reply> {
  const forget = (state: HeapState, by: "push" | "pop" | "cancel" | "move", job: number): void => {
    if (rules.forgetsPeeked(state, by, job)) state.peeked = -1;
  };
  return {
    ...plain,
    name: "job-heap in an array",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ heap: [], places: below(jobs).map(() => -1), peeked: -1 }),
    step(state, command) {
      switch (command.kind) {
        case "push":
          push(state, { job: command.as, priority: command.priority }, rules);
          forget(state, "push", command.as);
          return { kind: "pushed" };
        case "pop": {
          const first = state.heap[0];
          if (first === undefined) return { kind: "empty" };
          remove(state, 0, rules);
          forget(state, "pop", first.job);
          return { kind: "first", job: first.job };
        }
        case "peek": {
          const first = rules.peeks(state);
          return first < 0 ? { kind: "empty" } : { kind: "first", job: first };
        }
        case "cancel":
          remove(state, state.places[command.job]!, rules);
          forget(state, "cancel", command.job);
          return { kind: "cancelled" };
        case "move": {
          const index = state.places[command.job]!;
          const before = state.heap[index]!;
          if (!rules.changes(before, command.priority)) return { kind: "moved" };
          state.heap[index] = { job: before.job, priority: command.priority };
          rules.restore(state, index, before, rules);
          forget(state, "move", command.job);
          return { kind: "moved" };
        }
      }
    },
  };
}
