/**
 * Lease ring, the mechanism: start, end, split, restart and gap, byte by byte.
 *
 * State: `start` is where the oldest held byte is (written only by the reader), `end` is where the next byte will be
 * written (written only by the writer), `cells` says for every byte of the area which outstanding message it was
 * last written for. Equal offsets mean an empty ring, so one byte always stays free (the gap).
 *
 * Rules, for a message of n bytes, capacity C and `available` = bytes from end to start around the ring:
 * - n fits when n < available.
 * - It is placed at `end` when the contiguous room there suffices; otherwise at the front ("restart", leaving the
 *   tail as a hole) when half of the ring and three times n are available; otherwise in two chunks ("split"). A message
 *   that restarts is longer than the tail, so more than twice its length lies before \`start\`.
 * - A message in one chunk is leased as a view, one in two chunks is copied and its bytes are given back at once.
 * - Bytes that are given back move `start` to the end of the longest prefix of held messages that is given back.
 *
 * Each known mistake is one of these rules changed: {@link ringMistakes}.
 *
 * The model refuses to know how words reach the memory: an operation is one step, the header's bytes are not data,
 * and contents are names, never values.
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly, Machine, World } from "../lockstep/machine.ts";
import {
  checkLeaseRingScope,
  isNextLease,
  isNextMessage,
  leaseRingActor,
  type LeaseRingCommand,
  leaseRingCommands,
  leaseRingLiveness,
  type LeaseRingReply,
  leaseRingSchemas,
  type LeaseRingScope,
  type LeaseRingStart,
  leaseRingStarts,
  type LeaseRingView,
  otherLeaseNext,
  otherMessageNext,
  unusedLease,
} from "./lease_ring.ts";

/** A message that holds bytes: where it begins and how many bytes follow, around the end of the area. */
export interface HeldMessage {
  message: number;
  offset: number;
  length: number;
  status: "unread" | "leased" | "done";
}

/** State of the mechanism. */
export interface RingOffsetsState {
  start: number;
  end: number;
  /** Per byte of the area: the outstanding message that it was last written for, -1 for none. */
  cells: number[];
  /** Oldest first. What the bookkeeping of names follows, whatever a mistake does to `start`. */
  held: HeldMessage[];
  /** By name. A copy keeps what it found when it was made in `content`; all fields are 0 unless live. */
  leases: {
    status: "unused" | "live" | "ended";
    message: number;
    offset: number;
    length: number;
    copied: boolean;
    content: number;
  }[];
}

/** The rules of the mechanism that a mistake may change. Offsets and lengths are in bytes. */
export interface RingRules {
  /** Whether a message fits. */
  fits(length: number, available: number): boolean;
  /** Whether a message that does not fit in the tail goes to the front. */
  restarts(length: number, available: number, capacity: number): boolean;
  /** `start` after message `held` was leased as a view; `undefined` = unchanged. */
  startAfterView(held: DeepReadonly<HeldMessage>, capacity: number): number | undefined;
  /** Whether the bytes of a copy are looked for only when it is read first, after `start` has moved. */
  readonly copiesLate: boolean;
  /** `start` after the bytes of `given` were given back; `prefixEnd` = end of the prefix that just became free. */
  startAfterReturn(
    given: DeepReadonly<HeldMessage>,
    how: "release" | "copy" | "drop",
    prefixEnd: number | undefined,
    capacity: number,
  ): number | undefined;
  /** `start` after the oldest held message, which began at or after `start`, is given back. */
  startAfter(held: DeepReadonly<HeldMessage>, start: number, capacity: number): number;
  /** Whether reading through a lease that its owner has ended is refused. */
  readonly refusesExpired: boolean;
  /** Whether releasing a lease that has ended stores its end once more. */
  readonly staleReleaseMovesStart: boolean;
}

function endOf(held: DeepReadonly<HeldMessage>, capacity: number): number {
  return (held.offset + held.length) % capacity;
}

/** The correct rules. */
export const ringRules: RingRules = {
  fits: (length, available) => length < available,
  restarts: (length, available, capacity) => 2 * available >= capacity && available >= 3 * length,
  startAfterView: () => undefined,
  copiesLate: false,
  startAfterReturn: (_given, _how, prefixEnd) => prefixEnd,
  startAfter: (held, _start, capacity) => endOf(held, capacity),
  refusesExpired: true,
  staleReleaseMovesStart: false,
};

/** The name of a known mistake of the mechanism. */
export type RingMistake =
  | "eager-start"
  | "late-copy"
  | "absolute-release"
  | "late-release-backwards"
  | "copy-frees-older"
  | "exact-fill"
  | "never-freed"
  | "drop-frees-older"
  | "restart-over-start"
  | "hole-forgotten"
  | "stale-lease-served";

/** The known mistakes, each as the one rule that it changes. */
export const ringMistakes: Readonly<Record<RingMistake, Partial<RingRules>>> = {
  "eager-start": { startAfterView: endOf },
  "late-copy": { copiesLate: true },
  "absolute-release": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "release" ? endOf(given, capacity) : prefixEnd,
  },
  "late-release-backwards": { staleReleaseMovesStart: true },
  "copy-frees-older": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "copy" ? endOf(given, capacity) : prefixEnd,
  },
  "exact-fill": { fits: (length, available) => length <= available },
  "never-freed": { startAfterReturn: () => undefined },
  "drop-frees-older": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "drop" ? endOf(given, capacity) : prefixEnd,
  },
  "restart-over-start": { restarts: (_length, available, capacity) => 2 * available >= capacity },
  "hole-forgotten": { startAfter: (held, start, capacity) => (start + held.length) % capacity },
  "stale-lease-served": { refusesExpired: false },
};

/** The machine of the mechanism. */
export type RingOffsetsMachine = Machine<
  RingOffsetsState,
  LeaseRingCommand,
  LeaseRingReply,
  LeaseRingStart,
  LeaseRingView
>;

/** Bytes that may be written from `end` on, the gap byte included. */
export function availableBytes(
  state: { readonly start: number; readonly end: number },
  capacity: number,
): number {
  return state.end >= state.start ? capacity - state.end + state.start : state.start - state.end;
}

function mark(cells: number[], offset: number, length: number, name: number): void {
  const capacity = cells.length;
  for (let index = 0; index < length; index++) cells[(offset + index) % capacity] = name;
}

/** The message whose bytes fill the range, or -1. */
function contentOf(cells: readonly number[], offset: number, length: number): number {
  const capacity = cells.length;
  const name = cells[offset]!;
  for (let index = 1; index < length; index++) if (cells[(offset + index) % capacity] !== name) return -1;
  return name;
}

function write(state: RingOffsetsState, length: number, name: number, rules: RingRules): LeaseRingReply {
  const capacity = state.cells.length;
  const available = availableBytes(state, capacity);
  if (!rules.fits(length, available)) return { kind: "full" };
  const tail = state.end >= state.start ? capacity - state.end : state.start - state.end;
  const restarts = length > tail && state.end >= state.start &&
    rules.restarts(length, available, capacity);
  const offset = restarts ? 0 : state.end;
  mark(state.cells, offset, length, name);
  state.end = (offset + length) % capacity;
  state.held.push({ message: name, offset, length, status: "unread" });
  return { kind: "written" };
}

/** Takes the freed prefix off `held` and says where it ended. */
function popDone(state: RingOffsetsState, rules: RingRules): number | undefined {
  let prefixEnd: number | undefined;
  while (state.held[0]?.status === "done") {
    prefixEnd = rules.startAfter(state.held.shift()!, prefixEnd ?? state.start, state.cells.length);
  }
  return prefixEnd;
}

function giveBack(
  state: RingOffsetsState,
  held: HeldMessage,
  how: "release" | "copy" | "drop",
  rules: RingRules,
): void {
  held.status = "done";
  const start = rules.startAfterReturn(held, how, popDone(state, rules), state.cells.length);
  if (start !== undefined) state.start = start;
}

function receive(state: RingOffsetsState, as: number, rules: RingRules): LeaseRingReply {
  const next = state.held.find((held) => held.status === "unread");
  if (next === undefined) return { kind: "empty" };
  const { message, offset, length } = next;
  const found = contentOf(state.cells, offset, length);
  const copied = offset + length > state.cells.length;
  // A copy has left the ring: where it lay matters only to a ring that has not copied yet.
  const content = copied && !rules.copiesLate ? found : 0;
  state.leases[as] = {
    status: "live",
    message,
    offset: copied && !rules.copiesLate ? 0 : offset,
    length,
    copied,
    content,
  };
  if (copied) giveBack(state, next, "copy", rules);
  else {
    next.status = "leased";
    const start = rules.startAfterView(next, state.cells.length);
    if (start !== undefined) state.start = start;
  }
  return { kind: "received", content: found < 0 ? null : found, length, copied };
}

function leaseContent(state: DeepReadonly<RingOffsetsState>, name: number, rules: RingRules): number {
  const lease = state.leases[name]!;
  return lease.copied && !rules.copiesLate
    ? lease.content
    : contentOf(state.cells, lease.offset, lease.length);
}

function read(
  state: RingOffsetsState,
  name: number,
  rules: RingRules,
  world: World<LeaseRingReply>,
): LeaseRingReply | undefined {
  const lease = state.leases[name];
  if (lease === undefined || lease.status === "unused") return world.refuse(unusedLease);
  if (lease.status === "ended") {
    // A mistaken ring serves whatever the bytes of an expired lease hold now; the length stays in the lease.
    if (rules.refusesExpired || lease.length === 0) return { kind: "stale" };
    const found = contentOf(state.cells, lease.offset, lease.length);
    return { kind: "read", content: found < 0 ? null : found, length: lease.length };
  }
  const found = leaseContent(state, name, rules);
  return { kind: "read", content: found < 0 ? null : found, length: lease.length };
}

function endLease(
  state: RingOffsetsState,
  name: number,
  expired: boolean,
  rules: RingRules,
  world: World<LeaseRingReply>,
): LeaseRingReply | undefined {
  const lease = state.leases[name];
  if (lease === undefined || lease.status === "unused") return world.refuse(unusedLease);
  const { message, offset, length, copied } = lease;
  if (lease.status === "ended") {
    if (rules.staleReleaseMovesStart && length > 0) state.start = (offset + length) % state.cells.length;
    return { kind: "stale" };
  }
  // A correct ring forgets a lease that has ended; some mistakes consist in not forgetting it.
  const remembers = !copied && (rules.staleReleaseMovesStart || (expired && !rules.refusesExpired));
  state.leases[name] = {
    status: "ended",
    message: 0,
    offset: remembers ? offset : 0,
    length: remembers ? length : 0,
    copied: false,
    content: 0,
  };
  if (!copied) giveBack(state, state.held.find((held) => held.message === message)!, "release", rules);
  return { kind: expired ? "expired" : "released" };
}

/** Names that nobody uses any more leave no trace in the cells: a later message of that name is another message. */
function forgetUnused(state: RingOffsetsState, rules: RingRules): void {
  let used = 0;
  for (const held of state.held) used |= 1 << held.message;
  for (const lease of state.leases) {
    if (lease.status === "live" && (!lease.copied || rules.copiesLate)) used |= 1 << lease.message;
  }
  for (let cell = 0; cell < state.cells.length; cell++) {
    const name = state.cells[cell]!;
    if (name >= 0 && (used >> name & 1) === 0) state.cells[cell] = -1;
  }
}

function drop(state: RingOffsetsState, rules: RingRules): LeaseRingReply {
  const next = state.held.find((held) => held.status === "unread");
  if (next === undefined) return { kind: "empty" };
  const { offset, length } = next;
  const found = contentOf(state.cells, offset, length);
  giveBack(state, next, "drop", rules);
  return { kind: "dropped", content: found < 0 ? null : found, length };
}

function step(
  state: RingOffsetsState,
  command: LeaseRingCommand,
  rules: RingRules,
  world: World<LeaseRingReply>,
): LeaseRingReply | undefined {
  switch (command.kind) {
    case "write":
      if (!isNextMessage(state, command.as)) return world.refuse(otherMessageNext);
      return write(state, command.length, command.as, rules);
    case "read":
      return read(state, command.lease, rules, world);
    case "receive": {
      if (!isNextLease(state, command.as)) return world.refuse(otherLeaseNext);
      const reply = receive(state, command.as, rules);
      forgetUnused(state, rules);
      return reply;
    }
    case "drop": {
      const reply = drop(state, rules);
      forgetUnused(state, rules);
      return reply;
    }
    case "release":
    case "expire": {
      const reply = endLease(state, command.lease, command.kind === "expire", rules, world);
      forgetUnused(state, rules);
      return reply;
    }
  }
}

function view(state: DeepReadonly<RingOffsetsState>, rules: RingRules): LeaseRingView {
  return {
    leases: state.leases.map((lease, name) =>
      lease.status === "live" ? leaseContent(state, name, rules) : null
    ),
    unread: state.held.filter((held) => held.status === "unread")
      .map((held) => contentOf(state.cells, held.offset, held.length)),
  };
}

/** Whether the held messages cover the ring from `start` to `end`, with at most one hole before a restart. */
function tiles(state: DeepReadonly<RingOffsetsState>): boolean {
  let position = state.start;
  let holes = 0;
  for (const held of state.held) {
    if (held.offset !== position) {
      if (held.offset !== 0 || position > state.cells.length) return false;
      holes++;
    }
    position = endOf(held, state.cells.length);
  }
  return position === state.end && holes <= 1;
}

function hasHole(state: DeepReadonly<RingOffsetsState>): boolean {
  return state.held.some((held, index) => {
    const before = state.held[index - 1];
    return held.offset !== (before === undefined ? state.start : endOf(before, state.cells.length));
  });
}

function stateSchema(scope: LeaseRingScope): z.ZodType<RingOffsetsState> {
  const offset = z.int().min(0).max(scope.capacityBytes - 1);
  const message = z.int().min(0).max(scope.messages - 1);
  const length = z.int().min(0).max(Math.max(...scope.lengths));
  const content = z.int().min(-1).max(scope.messages - 1);
  return z.strictObject({
    start: offset,
    end: offset,
    cells: z.array(content).length(scope.capacityBytes),
    held: z.array(z.strictObject({ message, offset, length, status: z.enum(["unread", "leased", "done"]) }))
      .max(scope.messages),
    leases: z.array(z.strictObject({
      status: z.enum(["unused", "live", "ended"]),
      message,
      offset,
      length,
      copied: z.boolean(),
      content,
    })).length(scope.leases),
  });
}

function forwardBytes(from: number, to: number, capacity: number): number {
  return (to - from + capacity) % capacity;
}

function damaged(seen: LeaseRingView): boolean {
  return seen.leases.includes(-1) || seen.unread.includes(-1);
}

/**
 * Builds the mechanism for a scope, correct or with one mistake.
 *
 * A state holds one number per byte of the area: meant for capacities up to a few hundred bytes.
 *
 * @throws {RangeError} when the scope is out of range.
 */
export function ringOffsets(scope: LeaseRingScope, mistake?: RingMistake): RingOffsetsMachine {
  checkLeaseRingScope(scope);
  const rules: RingRules = mistake === undefined ? ringRules : { ...ringRules, ...ringMistakes[mistake] };
  return {
    name: mistake === undefined ? "ring-offsets" : `ring-offsets with ${mistake}`,
    schema: { ...leaseRingSchemas(scope), state: stateSchema(scope) },
    starts: leaseRingStarts(scope),
    commands: leaseRingCommands(scope),
    initial: ({ offset }) => ({
      start: offset,
      end: offset,
      cells: Array.from({ length: scope.capacityBytes }, () => -1),
      held: [],
      leases: Array.from({ length: scope.leases }, () => ({
        status: "unused",
        message: 0,
        offset: 0,
        length: 0,
        copied: false,
        content: 0,
      })),
    }),
    step: (state, command, world) => step(state, command, rules, world),
    view: (state) => view(state, rules),
    always: {
      "no byte of a live lease or an unread message is written": (state) => !damaged(view(state, rules)),
      "equal offsets mean an empty ring": (state) =>
        (state.start === state.end) === (state.held.length === 0),
      "held messages cover the ring from start to end": (state) => tiles(state),
      "only the free prefix has been given back": (state) => state.held[0]?.status !== "done",
    },
    sometimes: {
      "a message is split": (state) =>
        state.held.some((held) =>
          held.offset + held.length > scope.capacityBytes && held.status === "unread"
        ),
      "a hole is left at the end": hasHole,
      "a release waits for an older lease": (state) => state.held.some((held) => held.status === "done"),
      "the ring is full but for the gap": (state) => availableBytes(state, scope.capacityBytes) === 1,
      "a copy outlives its bytes in the ring": (state) =>
        state.leases.some((lease) =>
          lease.status === "live" && lease.copied &&
          state.held.every((held) => held.message !== lease.message)
        ),
    },
    everyStep: {
      "start moves forward, and never past end": ({ before, after }) =>
        forwardBytes(before.start, after.start, scope.capacityBytes) <=
          forwardBytes(before.start, before.end, scope.capacityBytes),
      "a lease that has ended is refused": {
        when: ({ before, command }) =>
          command?.kind === "read" && before.leases[command.lease]?.status === "ended",
        then: ({ reply }) => reply?.kind === "stale",
      },
    },
    someStep: {
      "an exact fill is refused": ({ before, command, reply }) =>
        command?.kind === "write" && reply?.kind === "full" &&
        command.length === availableBytes(before, scope.capacityBytes),
      "a stale lease is refused": ({ reply }) => reply?.kind === "stale",
    },
    leadsTo: leaseRingLiveness(scope),
    actor: leaseRingActor,
    show: (state) =>
      `start ${state.start} end ${state.end} |${
        state.cells.map((name) => name < 0 ? "." : name.toString(36)).join("")
      }|`,
  };
}
