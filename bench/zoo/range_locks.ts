/**
 * Locks on ranges of bytes, shared or exclusive, as POSIX has them: locking again converts, unlocking splits, and
 * a count of 0 means "to the end".
 *
 * The model knows each owner's lock on each byte; the implementation keeps a sorted list of ranges per owner, of
 * which neighbours of one mode are merged.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** How bytes are locked. */
export type Mode = "shared" | "exclusive";

/** What an owner asks for; `ranges` counts the ranges of all. */
export type Command =
  | {
    readonly kind: "lock";
    readonly owner: number;
    readonly at: number;
    readonly count: number;
    readonly mode: Mode;
  }
  | { readonly kind: "unlock"; readonly owner: number; readonly at: number; readonly count: number }
  | { readonly kind: "test"; readonly owner: number; readonly at: number }
  | { readonly kind: "ranges" };

/** What is answered. */
export type Reply =
  | { readonly kind: "locked" | "refused" | "unlocked" | "none" }
  | { readonly kind: "held"; readonly at: number; readonly end: number; readonly mode: Mode }
  | { readonly kind: "ranges"; readonly count: number };

/** What the model knows. */
export interface ByteState {
  /** By owner and byte. */
  locks: (Mode | "none")[][];
}

/** Bytes that an owner has locked in one mode. */
export interface Range {
  at: number;
  /** The byte behind the last one. */
  end: number;
  mode: Mode;
}

/** What the implementation knows. */
export interface RangeState {
  owned: Range[][];
  /** Where a rule counts them. */
  refusals: number;
}

/** What a mistake may replace. */
export interface RangeRules {
  end(at: number, count: number): number;
  /** Whether another owner's ranges stand in the way of `wanted`. */
  isBlocked(others: readonly Range[], wanted: Range, own: readonly Range[]): boolean;
  /** What is done to the owner's ranges before it is known whether a lock is granted. */
  prepared(own: readonly Range[], wanted: Range): Range[];
  /** What remains of a range after the bytes from `at` to `end` were cut out of it. */
  remains(range: Range, at: number, end: number, by: "lock" | "unlock"): Range[];
  cut(own: readonly Range[], at: number, end: number, by: "lock" | "unlock", rules: RangeRules): Range[];
  /** Whether `range` becomes part of a new one; it may touch or overlap it. */
  merges(range: Range, wanted: Range): boolean;
  union(range: Range, wanted: Range): Range;
  added(own: readonly Range[], wanted: Range, others: Range[]): Range[];
  /** What a refusal ends in. */
  refused(state: RangeState): "refused" | "locked";
  /** The first range that a test finds. */
  found(others: readonly Range[], at: number): Range | undefined;
}

const owners = 2;
/** Bytes that can be locked. */
export const size = 4;
const mostCount = 2;

/** Whether two ranges have a byte in common. */
export const overlaps = (range: Range, { at, end }: { at: number; end: number }): boolean =>
  range.at < end && at < range.end;
/** Whether two owners can not have these modes on one byte. */
export const conflict = (one: Mode, other: Mode): boolean => one === "exclusive" || other === "exclusive";

/** The rules without a mistake. */
export const correct: RangeRules = {
  end: (at, count) => count === 0 ? size : Math.min(size, at + count),
  isBlocked: (others, wanted) =>
    others.some((range) => overlaps(range, wanted) && conflict(range.mode, wanted.mode)),
  prepared: (own) => [...own],
  remains: (range, at, end) =>
    [{ ...range, end: Math.min(range.end, at) }, { ...range, at: Math.max(range.at, end) }]
      .filter((rest) => rest.at < rest.end),
  cut: (own, at, end, by, rules) => own.flatMap((range) => rules.remains(range, at, end, by)),
  merges: (range, wanted) => range.mode === wanted.mode && range.at <= wanted.end && wanted.at <= range.end,
  union: (range, wanted) => ({
    ...wanted,
    at: Math.min(range.at, wanted.at),
    end: Math.max(range.end, wanted.end),
  }),
  added: (own, wanted) => [...own, wanted],
  refused: () => "refused",
  found: (others, at) => others.find((range) => range.end > at),
};

const owner = z.int().min(0).max(owners - 1);
const at = z.int().min(0).max(size - 1);
const count = z.int().min(0).max(mostCount);
const mode = z.enum(["shared", "exclusive"]);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("lock"), owner, at, count, mode }),
    z.strictObject({ kind: z.literal("unlock"), owner, at, count }),
    z.strictObject({ kind: z.literal("test"), owner, at }),
    z.strictObject({ kind: z.literal("ranges") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const places = below(owners).flatMap((owner) => below(size).map((at) => ({ owner, at })));
const areas = places.flatMap((place) => below(mostCount + 1).map((count) => ({ ...place, count })));
const commands: readonly Command[] = [
  { kind: "ranges" },
  ...places.map((place) => ({ kind: "test", ...place }) as const),
  ...areas.flatMap((area) =>
    (["shared", "exclusive"] as const).map((mode) => ({ kind: "lock", ...area, mode }) as const)
  ),
  ...areas.map((area) => ({ kind: "unlock", ...area }) as const),
];

/** The bytes of each maximal run of one mode. */
function runs(locks: readonly (Mode | "none")[]): { bytes: number[]; mode: Mode }[] {
  const all: { bytes: number[]; mode: Mode }[] = [];
  locks.forEach((mode, byte) => {
    if (mode === "none") return;
    if (locks[byte - 1] === mode) all.at(-1)!.bytes.push(byte);
    else all.push({ bytes: [byte], mode });
  });
  return all;
}

/** A lock for each byte. */
export const model: Machine<ByteState, Command, Reply> = {
  ...plain,
  name: "range-locks",
  schema: {
    ...schema,
    state: z.strictObject({
      locks: z.array(z.array(z.enum(["none", "shared", "exclusive"])).length(size)).length(owners),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ locks: below(owners).map(() => below(size).map(() => "none")) }),
  step({ locks }, command) {
    if (command.kind === "ranges") {
      return { kind: "ranges", count: locks.reduce((sum, each) => sum + runs(each).length, 0) };
    }
    const own = locks[command.owner]!;
    const others = locks[owners - 1 - command.owner]!;
    if (command.kind === "test") {
      const run = runs(others).find(({ bytes }) => bytes.at(-1)! >= command.at);
      if (run === undefined) return { kind: "none" };
      return { kind: "held", at: run.bytes[0]!, end: run.bytes.at(-1)! + 1, mode: run.mode };
    }
    const bytes = below(size).filter((byte) =>
      byte >= command.at && (command.count === 0 || byte < command.at + command.count)
    );
    if (command.kind === "unlock") {
      for (const byte of bytes) own[byte] = "none";
      return { kind: "unlocked" };
    }
    const { mode } = command;
    if (
      bytes.some((byte) => others[byte] === "exclusive" || (mode === "exclusive" && others[byte] !== "none"))
    ) {
      return { kind: "refused" };
    }
    for (const byte of bytes) own[byte] = mode;
    return { kind: "locked" };
  },
};

function lock(state: RangeState, owner: number, wanted: Range, rules: RangeRules): Reply {
  const others = state.owned[owners - 1 - owner]!;
  const before = state.owned[owner]!;
  const own = rules.prepared(before, wanted);
  state.owned[owner] = own;
  if (rules.isBlocked(others, wanted, before) && rules.refused(state) === "refused") {
    return { kind: "refused" };
  }
  state.refusals = 0;
  let merged = wanted;
  const rest: Range[] = [];
  for (const range of own) {
    if (rules.merges(range, merged)) merged = rules.union(range, merged);
    else if (overlaps(range, wanted)) rest.push(...rules.remains(range, wanted.at, wanted.end, "lock"));
    else rest.push(range);
  }
  state.owned[owner] = rules.added(rest, merged, others).sort((one, other) => one.at - other.at);
  return { kind: "locked" };
}

/** Ranges in lists. */
export function implementation(rules: RangeRules): Machine<RangeState, Command, Reply> {
  return {
    ...plain,
    name: "range-locks in lists",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ owned: below(owners).map(() => []), refusals: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "lock": {
          const end = rules.end(command.at, command.count);
          return lock(state, command.owner, { at: command.at, end, mode: command.mode }, rules);
        }
        case "unlock": {
          const end = rules.end(command.at, command.count);
          state.owned[command.owner] = rules.cut(
            state.owned[command.owner]!,
            command.at,
            end,
            "unlock",
            rules,
          );
          return { kind: "unlocked" };
        }
        case "test": {
          const range = rules.found(state.owned[owners - 1 - command.owner]!, command.at);
          return range === undefined ? { kind: "none" } : { kind: "held", ...range };
        }
        case "ranges":
          return { kind: "ranges", count: state.owned.flat().length };
      }
    },
  };
}
