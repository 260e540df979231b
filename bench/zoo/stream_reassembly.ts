/**
 * The receiving end of a byte stream: segments arrive in any order and overlap, and are read in order.
 *
 * The model has one cell per byte of the window; the implementation keeps what is in order apart from a list of
 * segments that wait behind a gap. Of two copies of a byte the first one counts.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What reaches the receiver; `waiting` asks for the bytes behind a gap. */
export type Command =
  | { readonly kind: "segment"; readonly at: number; readonly bytes: number; readonly first: number }
  | { readonly kind: "read"; readonly most: number }
  | { readonly kind: "waiting" };

/** What is answered. */
export type Reply =
  | { readonly kind: "taken" | "duplicate" | "outside"; readonly acknowledges: number }
  | { readonly kind: "read"; readonly bytes: readonly number[] }
  | { readonly kind: "waiting"; readonly bytes: number };

/** What the model knows. */
export interface CellState {
  /** Number of the byte that is read next. */
  next: number;
  /** The bytes from there on, -1 = not arrived. */
  cells: number[];
}

/** Bytes from a number on. */
export interface Segment {
  at: number;
  bytes: number[];
}

/** What the implementation knows. */
export interface StreamState {
  readAt: number;
  /** The first number that is missing. */
  missing: number;
  ready: number[];
  /** Behind the gap, in order, none touching the next. */
  waiting: Segment[];
  /** Bytes from `missing` on that have room. */
  room: number;
  /** Duplicates in a row, where a rule counts them. */
  duplicates: number;
}

/** What a mistake may replace. */
export interface StreamRules {
  /** Numbers from `from` to `to`, negative when `to` is older. */
  ahead(from: number, to: number): number;
  /** What a segment's bytes are without those that are `old`. */
  withoutOld(bytes: readonly number[], old: number): readonly number[];
  /** How many bytes are kept of so many that are new. */
  kept(fresh: number, room: number, old: number): number;
  /** The parts of a segment that no waiting one has. */
  parts(segment: Segment, waiting: readonly Segment[], state: StreamState): Segment[];
  inserted(waiting: readonly Segment[], parts: readonly Segment[], missing: number): Segment[];
  joined(waiting: readonly Segment[]): Segment[];
  advanced(number: number, count: number): number;
  roomAfterRead(state: StreamState, read: number): number;
  roomAfterDrain(state: StreamState, drained: number): number;
  noted(state: StreamState, kind: "taken" | "duplicate" | "outside"): void;
}

/** Numbers of bytes go from 0 to one less. */
export const period = 16;
const windowBytes = 6;
const mostBytes = 3;

const byteAt = (first: number, index: number): number => (first + index) % 2;
/** The number behind the last byte. */
export const end = ({ at, bytes }: Segment): number => (at + bytes.length) % period;

/** The rules without a mistake. */
export const correct: StreamRules = {
  ahead: (from, to) => (to - from + period + period / 2) % period - period / 2,
  withoutOld: (bytes, old) => bytes.slice(old),
  kept: (fresh, room) => Math.min(fresh, room),
  parts(segment, waiting, { missing }) {
    const parts: Segment[] = [];
    const from = correct.ahead(missing, segment.at);
    let part: Segment | undefined;
    segment.bytes.forEach((byte, index) => {
      const at = from + index;
      const isThere = waiting.some((known) => {
        const begin = correct.ahead(missing, known.at);
        return begin <= at && at < begin + known.bytes.length;
      });
      if (isThere) part = undefined;
      else if (part === undefined) parts.push(part = { at: (segment.at + index) % period, bytes: [byte] });
      else part.bytes.push(byte);
    });
    return parts;
  },
  inserted: (waiting, parts, missing) =>
    [...waiting, ...parts].sort((one, other) =>
      correct.ahead(missing, one.at) - correct.ahead(missing, other.at)
    ),
  joined(waiting) {
    const joined: Segment[] = [];
    for (const segment of waiting) {
      const last = joined.at(-1);
      if (last !== undefined && end(last) === segment.at) last.bytes.push(...segment.bytes);
      else joined.push(segment);
    }
    return joined;
  },
  advanced: (number, count) => (number + count) % period,
  roomAfterRead: ({ room }, read) => room + read,
  roomAfterDrain: ({ room }, drained) => room - drained,
  noted() {},
};

const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("segment"),
      at: z.int().min(0).max(period - 1),
      bytes: z.int().min(1).max(mostBytes),
      first: z.int().min(0).max(1),
    }),
    z.strictObject({ kind: z.literal("read"), most: z.int().min(1).max(3) }),
    z.strictObject({ kind: z.literal("waiting") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "waiting" },
  ...below(3).map((less) => ({ kind: "read", most: less + 1 }) as const),
  ...below(period).flatMap((at) =>
    below(mostBytes).flatMap((less) =>
      below(2).map((first) => ({ kind: "segment", at, bytes: less + 1, first }) as const)
    )
  ),
];

/** A cell for each byte of the window. */
export const model: Machine<CellState, Command, Reply> = {
  ...plain,
  name: "stream-reassembly",
  schema: {
    ...schema,
    state: z.strictObject({
      next: z.int().min(0).max(period - 1),
      cells: z.array(z.int().min(-1).max(1)).length(windowBytes),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ next: 0, cells: below(windowBytes).map(() => -1) }),
  step(state, command) {
    const { cells } = state;
    const inOrder = (): number => (cells.indexOf(-1) + windowBytes + 1) % (windowBytes + 1);
    switch (command.kind) {
      case "segment": {
        let kind: "taken" | "duplicate" | "outside" = "duplicate";
        for (const index of below(command.bytes)) {
          const cell = (command.at + index - state.next + period) % period;
          if (cell >= period / 2 || (cell < windowBytes && cells[cell] !== -1)) continue;
          if (cell >= windowBytes) {
            if (kind === "duplicate") kind = "outside";
          } else {
            cells[cell] = byteAt(command.first, index);
            kind = "taken";
          }
        }
        return { kind, acknowledges: (state.next + inOrder()) % period };
      }
      case "read": {
        const bytes = cells.splice(0, Math.min(command.most, inOrder()));
        cells.push(...bytes.map(() => -1));
        state.next = (state.next + bytes.length) % period;
        return { kind: "read", bytes };
      }
      case "waiting":
        return { kind: "waiting", bytes: cells.slice(inOrder()).filter((cell) => cell !== -1).length };
    }
  },
};

function arrive(state: StreamState, at: number, bytes: readonly number[], rules: StreamRules): Reply {
  const begin = rules.ahead(state.readAt, at) - rules.ahead(state.readAt, state.missing);
  const old = Math.min(Math.max(0, -begin), bytes.length);
  const fresh = rules.withoutOld(bytes, old);
  const room = Math.max(0, state.room - Math.max(0, begin));
  const kept = fresh.slice(0, rules.kept(fresh.length, room, old));
  const segment = { at: (at + old) % period, bytes: [...kept] };
  const parts = rules.parts(segment, state.waiting, state).filter((part) => part.bytes.length > 0);
  state.waiting = rules.joined(rules.inserted(state.waiting, parts, state.missing));
  const first = state.waiting[0];
  if (first?.at === state.missing) {
    state.waiting.shift();
    state.ready.push(...first.bytes);
    state.missing = rules.advanced(state.missing, first.bytes.length);
    state.room = rules.roomAfterDrain(state, first.bytes.length);
  }
  const kind = parts.length > 0 ? "taken" : kept.length < fresh.length ? "outside" : "duplicate";
  rules.noted(state, kind);
  return { kind, acknowledges: state.missing };
}

/** Segments in a list. */
export function implementation(rules: StreamRules): Machine<StreamState, Command, Reply> {
  return {
    ...plain,
    name: "stream-reassembly of segments",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ readAt: 0, missing: 0, ready: [], waiting: [], room: windowBytes, duplicates: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "segment": {
          const bytes = below(command.bytes).map((index) => byteAt(command.first, index));
          return arrive(state, command.at, bytes, rules);
        }
        case "read": {
          const bytes = state.ready.splice(0, command.most);
          state.readAt = (state.readAt + bytes.length) % period;
          state.room = rules.roomAfterRead(state, bytes.length);
          return { kind: "read", bytes };
        }
        case "waiting":
          return { kind: "waiting", bytes: state.waiting.reduce((sum, { bytes }) => sum + bytes.length, 0) };
      }
    },
  };
}
