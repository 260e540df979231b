/**
 * Lease ring, the specification: what a writer and a reader of a shared byte ring may rely on.
 *
 * Actors: one writer, who hands over messages; one reader, who takes them in order as leases and gives them back in
 * any order; the reader's owner, who may end a lease whose holder is gone.
 *
 * Promised:
 * - Messages arrive whole, once, in the order of writing.
 * - No byte of an unread message or of a live lease is ever written.
 * - A lease is either a view of the ring or a copy; the answer to `receive` says which. A view holds its bytes in
 *   the ring until it ends, a copy holds none.
 * - Bytes come back in order: what is given back early waits until everything older has been given back.
 * - A lease that has ended is refused ("stale"), never served.
 * - A write may be refused as full. It must be refused when the held bytes and the message exceed the capacity, and
 *   must not be refused when the held bytes, the longest held message, the message and one byte fit: a ring that
 *   restarts at its front leaves a hole no longer than the message that did not fit at the end, and one byte may be
 *   kept free to tell full from empty. Between the two, an implementation does as it likes.
 *
 * The model refuses to know offsets, chunks, holes, headers and counters: it is a queue of named messages.
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
} from "./lease_ring/vocabulary.ts";

/** State of the specification. */
export interface LeaseRingState {
  /** Messages that hold bytes of the ring, oldest first. */
  held: { message: number; length: number; status: "unread" | "leased" | "done" }[];
  /** By name. `message` and `length` are 0 unless live. */
  leases: { status: "unused" | "live" | "ended"; message: number; length: number; copied: boolean }[];
}

/** The machine of the specification. */
export type LeaseRingMachine = Machine<
  LeaseRingState,
  LeaseRingCommand,
  LeaseRingReply,
  LeaseRingStart,
  LeaseRingView
>;

/** Bytes from the oldest held message on, holes and the gap byte not counted. */
function usedBytes(state: DeepReadonly<LeaseRingState>): number {
  let used = 0;
  for (const held of state.held) used += held.length;
  return used;
}

/** Whether a write of `length` bytes may be refused and may be accepted. */
function writeFreedom(
  state: LeaseRingState,
  length: number,
  capacity: number,
): "full" | "written" | "either" {
  const used = usedBytes(state);
  let longest = 0;
  for (const held of state.held) longest = Math.max(longest, held.length);
  if (used + length > capacity) return "full";
  return used + longest + length + 1 <= capacity ? "written" : "either";
}

function popDone(state: LeaseRingState): void {
  while (state.held[0]?.status === "done") state.held.shift();
}

function receive(
  state: LeaseRingState,
  as: number,
  world: World<LeaseRingReply>,
): LeaseRingReply | undefined {
  const next = state.held.find((held) => held.status === "unread");
  if (next === undefined) return { kind: "empty" };
  const copied =
    world.choose(2, (heard) => heard.kind !== "received" ? "impossible" : heard.copied ? 1 : 0) === 1;
  const { message, length } = next;
  state.leases[as] = { status: "live", message, length, copied };
  next.status = copied ? "done" : "leased";
  popDone(state);
  return { kind: "received", content: message, length, copied };
}

function endLease(
  state: LeaseRingState,
  name: number,
  world: World<LeaseRingReply>,
): boolean | undefined {
  const lease = state.leases[name];
  if (lease === undefined || lease.status === "unused") return world.refuse(unusedLease);
  if (lease.status === "ended") return false;
  if (!lease.copied) state.held.find((held) => held.message === lease.message)!.status = "done";
  state.leases[name] = { status: "ended", message: 0, length: 0, copied: false };
  popDone(state);
  return true;
}

function step(
  scope: LeaseRingScope,
  state: LeaseRingState,
  command: LeaseRingCommand,
  world: World<LeaseRingReply>,
): LeaseRingReply | undefined {
  switch (command.kind) {
    case "write": {
      if (!isNextMessage(state, command.as)) return world.refuse(otherMessageNext);
      const freedom = writeFreedom(state, command.length, scope.capacityBytes);
      const answer = freedom === "either"
        ? (["full", "written"] as const)[world.choose(2, (heard) => heard.kind === "written" ? 1 : 0)]!
        : freedom;
      if (answer === "written") {
        state.held.push({ message: command.as, length: command.length, status: "unread" });
      }
      return { kind: answer };
    }
    case "receive":
      if (!isNextLease(state, command.as)) return world.refuse(otherLeaseNext);
      return receive(state, command.as, world);
    case "read": {
      const lease = state.leases[command.lease];
      if (lease === undefined || lease.status === "unused") return world.refuse(unusedLease);
      if (lease.status === "ended") return { kind: "stale" };
      return { kind: "read", content: lease.message, length: lease.length };
    }
    case "drop": {
      const next = state.held.find((held) => held.status === "unread");
      if (next === undefined) return { kind: "empty" };
      next.status = "done";
      popDone(state);
      return { kind: "dropped", content: next.message, length: next.length };
    }
    case "release":
    case "expire": {
      const ended = endLease(state, command.lease, world);
      if (ended === undefined) return undefined;
      return { kind: !ended ? "stale" : command.kind === "release" ? "released" : "expired" };
    }
  }
}

/** Builds the specification for a scope. @throws {RangeError} when the scope is out of range. */
export function leaseRing(scope: LeaseRingScope): LeaseRingMachine {
  checkLeaseRingScope(scope);
  const message = z.int().min(0).max(scope.messages - 1);
  const length = z.int().min(0).max(Math.max(...scope.lengths));
  return {
    name: "lease-ring",
    schema: {
      ...leaseRingSchemas(scope),
      state: z.strictObject({
        held: z.array(z.strictObject({ message, length, status: z.enum(["unread", "leased", "done"]) }))
          .max(scope.messages),
        leases: z.array(
          z.strictObject({
            status: z.enum(["unused", "live", "ended"]),
            message,
            length,
            copied: z.boolean(),
          }),
        ).length(scope.leases),
      }),
    },
    starts: leaseRingStarts(scope),
    commands: leaseRingCommands(scope),
    initial: () => ({
      held: [],
      leases: Array.from({ length: scope.leases }, () => ({
        status: "unused",
        message: 0,
        length: 0,
        copied: false,
      })),
    }),
    step: (state, command, world) => step(scope, state, command, world),
    view: (state) => ({
      leases: state.leases.map((lease) => lease.status === "live" ? lease.message : null),
      unread: state.held.filter((held) => held.status === "unread").map((held) => held.message),
    }),
    always: {
      "held bytes never exceed the capacity": (state) => usedBytes(state) <= scope.capacityBytes,
      "the oldest held message is unread or leased": (state) => state.held[0]?.status !== "done",
      "a live view holds its bytes": {
        when: (state) => state.leases.some((lease) => lease.status === "live" && !lease.copied),
        then: (state) =>
          state.leases.every((lease) =>
            lease.status !== "live" || lease.copied ||
            state.held.some((held) => held.message === lease.message && held.status === "leased")
          ),
      },
      "unread messages are younger than all others": (state) => {
        const firstUnread = state.held.findIndex((held) => held.status === "unread");
        return firstUnread < 0 || state.held.slice(firstUnread).every((held) => held.status !== "leased");
      },
    },
    sometimes: {
      "a release waits for an older lease": (state) => state.held.some((held) => held.status === "done"),
      "a copy outlives its bytes in the ring": (state) =>
        state.leases.some((lease) =>
          lease.status === "live" && state.held.every((held) => held.message !== lease.message)
        ),
      "all names are in use": (state) => state.held.length === scope.messages,
    },
    leadsTo: leaseRingLiveness(scope),
    actor: leaseRingActor,
    show: (state) =>
      `ring [${
        state.held.map((held) => `m${held.message}:${held.length} ${held.status}`).join(", ")
      }]  leases [${
        state.leases.map((lease, name) =>
          lease.status === "live" ? `l${name}=m${lease.message}` : lease.status
        )
          .join(", ")
      }]`,
  };
}
