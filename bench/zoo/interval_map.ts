/**
 * A map from positions to values in few intervals: neighbours of equal value are one interval, and a claim takes the
 * first hole that is large enough.
 *
 * The model has a value for each position; the implementation has the intervals in order, remembers the one that was
 * read last, and from where on it is worth looking for a hole.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is asked for; a range that leaves the map is not possible. */
export type Command =
  | { readonly kind: "assign"; readonly from: number; readonly length: number; readonly value: number }
  | { readonly kind: "erase"; readonly from: number; readonly length: number }
  | { readonly kind: "read"; readonly at: number }
  | { readonly kind: "claim"; readonly length: number; readonly value: number };

/** What is answered. `full`: there would be too many intervals, nothing was changed. `none`: no hole is large enough. */
export type Reply =
  | { readonly kind: "assigned" | "erased" | "full" | "none" }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "claimed"; readonly at: number };

/** What the model knows. */
export interface PositionState {
  /** By position, 0 = nothing. */
  values: number[];
}

/** Positions with one value; `to` is the position behind the last one. */
export interface Interval {
  from: number;
  to: number;
  value: number;
}

/** What the implementation knows. */
export interface IntervalState {
  intervals: Interval[];
  /** A part of the interval that was read last. */
  recent: Interval | null;
  /** No hole that begins before this position is larger than `largestBefore`. */
  scanFrom: number;
  largestBefore: number;
}

/** What changes positions. */
export type Change = "assign" | "claim" | "erase";

/** What a mistake may replace. */
export interface IntervalRules {
  /** What is left of an interval when positions are cut out. */
  rest(interval: Interval, from: number, to: number): Interval[];
  /** Whether a new interval may be joined with the one behind, when it was or was not joined with the one before. */
  joinsNext(hasJoinedPrevious: boolean, by: Change): boolean;
  /** Whether a change is refused, by the number of intervals before neighbours are joined and after. */
  isRefused(apart: number, joined: number, by: Change): boolean;
  /** The intervals after a change was refused. */
  afterRefusal(intervals: Interval[], cut: Interval[]): Interval[];
  /** Whether a change of positions makes the interval that was read last stale. */
  isStale(recent: Interval, from: number, to: number): boolean;
  /** Whether to look for holes from `hole` on, where one begins now of which positions up to `to` were erased. */
  movesScan(hole: number, to: number, largestBefore: number): boolean;
  /** From where on to look after a claim that ends there. */
  scanAfterClaim(scanFrom: number, end: number): number;
  /** From where on to look after a claim of that hole was refused. */
  scanAfterRefusal(hole: number, length: number, scanFrom: number): number;
  /** The largest hole that was passed over, with one more. */
  largest(before: number, hole: number): number;
}

const area = 6;
const most = 4;
const longest = 3;

/** The rules without a mistake. */
export const correct: IntervalRules = {
  rest: (interval, from, to) =>
    [{ ...interval, to: Math.min(interval.to, from) }, { ...interval, from: Math.max(interval.from, to) }]
      .filter((each) => each.from < each.to),
  joinsNext: () => true,
  isRefused: (_apart, joined) => joined > most,
  afterRefusal: (intervals) => intervals,
  isStale: (recent, from, to) => from < recent.to && recent.from < to,
  movesScan: () => true,
  scanAfterClaim: (_scanFrom, end) => end,
  scanAfterRefusal: (hole) => hole,
  largest: Math.max,
};

const position = z.int().min(0).max(area - 1);
const length = z.int().min(1).max(longest);
const value = z.int().min(1).max(2);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("assign"), from: position, length, value }),
    z.strictObject({ kind: z.literal("erase"), from: position, length }),
    z.strictObject({ kind: z.literal("read"), at: position }),
    z.strictObject({ kind: z.literal("claim"), length, value }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

/** Whether a range ends within the map. */
function isInside({ from, length }: { readonly from: number; readonly length: number }): boolean {
  return from + length <= area;
}

const values = [1, 2];
const ranges = below(area).flatMap((from) =>
  below(longest).map((more) => ({ from, length: more + 1 })).filter(isInside)
);
const commands: readonly Command[] = [
  ...below(area).map((at) => ({ kind: "read", at }) as const),
  ...ranges.flatMap((range) => values.map((value) => ({ kind: "assign", ...range, value }) as const)),
  ...ranges.map((range) => ({ kind: "erase", ...range }) as const),
  ...below(longest).flatMap((less) =>
    values.map((value) => ({ kind: "claim", length: less + 1, value }) as const)
  ),
];

/** Writes a value, 0 = nothing, unless the values would then need too many intervals. */
function write(state: PositionState, from: number, to: number, value: number): boolean {
  const after = state.values.map((old, at) => at >= from && at < to ? value : old);
  const needed = after.filter((each, at) => each !== 0 && each !== after[at - 1]).length;
  if (needed > most) return false;
  state.values = after;
  return true;
}

/** A value for each position. */
export const model: Machine<PositionState, Command, Reply> = {
  ...plain,
  name: "interval map",
  schema: {
    ...schema,
    state: z.strictObject({ values: z.array(z.int().min(0).max(2)).length(area) }),
  },
  starts: [null],
  commands,
  initial: () => ({ values: below(area).map(() => 0) }),
  step(state, command) {
    switch (command.kind) {
      case "read":
        return { kind: "value", value: state.values[command.at]! };
      case "assign": {
        const { from, length, value } = command;
        if (!isInside(command)) return undefined;
        return { kind: write(state, from, from + length, value) ? "assigned" : "full" };
      }
      case "erase": {
        const { from, length } = command;
        if (!isInside(command)) return undefined;
        return { kind: write(state, from, from + length, 0) ? "erased" : "full" };
      }
      case "claim": {
        const { length, value } = command;
        const at = state.values.findIndex((_, at) =>
          at + length <= area && state.values.slice(at, at + length).every((each) => each === 0)
        );
        if (at < 0) return { kind: "none" };
        return write(state, at, at + length, value) ? { kind: "claimed", at } : { kind: "full" };
      }
    }
  },
};

/** Puts an interval where nothing is. */
function insert(
  intervals: readonly Interval[],
  added: Interval,
  by: Change,
  rules: IntervalRules,
): Interval[] {
  const before = intervals.filter(({ to }) => to <= added.from);
  const behind = intervals.filter(({ from }) => from >= added.to);
  const joined = { ...added };
  const previous = before.at(-1);
  const joinsPrevious = previous?.to === added.from && previous.value === added.value;
  if (joinsPrevious) joined.from = before.pop()!.from;
  const next = behind[0];
  if (next?.from === added.to && next.value === added.value && rules.joinsNext(joinsPrevious, by)) {
    joined.to = behind.shift()!.to;
  }
  return [...before, joined, ...behind];
}

/** Replaces positions by an interval, or by nothing; `false` when there is no room for the intervals. */
function change(
  state: IntervalState,
  { from, to }: { from: number; to: number },
  added: Interval | undefined,
  by: Change,
  rules: IntervalRules,
): boolean {
  const cut = state.intervals.flatMap((each) =>
    each.from < to && from < each.to ? rules.rest(each, from, to) : [each]
  );
  const after = added === undefined ? cut : insert(cut, added, by, rules);
  const apart = cut.length + (added === undefined ? 0 : 1);
  if (rules.isRefused(apart, after.length, by)) {
    state.intervals = rules.afterRefusal(state.intervals, cut);
    return false;
  }
  state.intervals = after;
  if (state.recent !== null && rules.isStale(state.recent, from, to)) state.recent = null;
  return true;
}

function read(state: IntervalState, at: number): number {
  const holds = ({ from, to }: Interval): boolean => from <= at && at < to;
  if (state.recent !== null && holds(state.recent)) return state.recent.value;
  const found = state.intervals.find(holds);
  if (found === undefined) return 0;
  state.recent = { ...found };
  return found.value;
}

/** The first hole of such a length, -1 = none; learns which holes are too small. */
function findHole(state: IntervalState, length: number, rules: IntervalRules): number {
  const fromStart = length <= state.largestBefore;
  let at = fromStart ? 0 : state.scanFrom;
  let largest = fromStart ? 0 : state.largestBefore;
  for (const { from, to } of [...state.intervals, { from: area, to: area }]) {
    if (from - at >= length) {
      state.largestBefore = largest;
      return at;
    }
    if (from > at) largest = rules.largest(largest, from - at);
    at = Math.max(at, to);
  }
  state.largestBefore = largest;
  state.scanFrom = area;
  return -1;
}

function claim(state: IntervalState, length: number, value: number, rules: IntervalRules): Reply {
  const at = findHole(state, length, rules);
  if (at < 0) return { kind: "none" };
  const range = { from: at, to: at + length };
  if (!change(state, range, { ...range, value }, "claim", rules)) {
    state.scanFrom = rules.scanAfterRefusal(at, length, state.scanFrom);
    return { kind: "full" };
  }
  state.scanFrom = rules.scanAfterClaim(state.scanFrom, at + length);
  return { kind: "claimed", at };
}

function erase(state: IntervalState, from: number, to: number, rules: IntervalRules): Reply {
  if (!change(state, { from, to }, undefined, "erase", rules)) return { kind: "full" };
  const hole = Math.max(0, ...state.intervals.filter((each) => each.to <= from).map((each) => each.to));
  if (from < state.scanFrom && rules.movesScan(hole, to, state.largestBefore)) state.scanFrom = hole;
  return { kind: "erased" };
}

/** Intervals in order. */
export function implementation(rules: IntervalRules): Machine<IntervalState, Command, Reply> {
  return {
    ...plain,
    name: "interval map of few intervals",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ intervals: [], recent: null, scanFrom: 0, largestBefore: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "read":
          return { kind: "value", value: read(state, command.at) };
        case "assign": {
          const { from, length, value } = command;
          if (!isInside(command)) return undefined;
          const range = { from, to: from + length };
          const isDone = change(state, range, { ...range, value }, "assign", rules);
          return { kind: isDone ? "assigned" : "full" };
        }
        case "erase":
          return isInside(command)
            ? erase(state, command.from, command.from + command.length, rules)
            : undefined;
        case "claim":
          return claim(state, command.length, command.value, rules);
      }
    },
  };
}
