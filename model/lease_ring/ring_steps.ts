/**
 * The steps of the lease ring's mechanism: what each command does to offsets and bytes.
 *
 * @module
 */
import type { DeepReadonly, World } from "../../lockstep/machine.ts";
import { type HeldMessage, type RingRules } from "./ring_rules.ts";
import {
  isNextLease,
  isNextMessage,
  type LeaseRingCommand,
  type LeaseRingReply,
  type LeaseRingView,
  otherLeaseNext,
  otherMessageNext,
  unusedLease,
} from "./vocabulary.ts";

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

/** Carries out a command on `state` by `rules`. */
export function step(
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

/** The bytes behind every live lease and every unread message. */
export function view(state: DeepReadonly<RingOffsetsState>, rules: RingRules): LeaseRingView {
  return {
    leases: state.leases.map((lease, name) =>
      lease.status === "live" ? leaseContent(state, name, rules) : null
    ),
    unread: state.held.filter((held) => held.status === "unread")
      .map((held) => contentOf(state.cells, held.offset, held.length)),
  };
}
