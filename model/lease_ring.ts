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
import type { DeepReadonly, LeadsTo, Machine, World } from "../lockstep/machine.ts";

/** Sizes of one instance of the model. */
export interface LeaseRingScope {
  /** Bytes of the ring's data area, at least 2. */
  readonly capacityBytes: number;
  /** How many messages may be outstanding: their names are 0 to this number less 1. */
  readonly messages: number;
  /** How many leases the reader may hold: their names are 0 to this number less 1. */
  readonly leases: number;
  /** The lengths that are written, in bytes, each 1 to `capacityBytes` or more (then the ring is always "full"). */
  readonly lengths: readonly number[];
}

function integer(least: number, most: number): z.ZodNumber {
  const allowed = `must be an integer from ${least} to ${most}`;
  return z.int(allowed).min(least, allowed).max(most, allowed);
}

const scopeSchema = z.strictObject({
  capacityBytes: integer(2, 2 ** 32 - 1),
  messages: integer(1, 16),
  leases: integer(1, 16),
  lengths: z.array(integer(1, 2 ** 32 - 1)).min(1, "must name at least one length"),
});

/** Checks a scope. @throws {RangeError} that names the first wrong field, its value and what is allowed. */
export function checkLeaseRingScope(scope: LeaseRingScope): void {
  const result = scopeSchema.safeParse(scope);
  if (result.success) return;
  const issue = result.error.issues[0]!;
  const field = issue.path.join(".");
  const value = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)[key], scope);
  throw new RangeError(`Cannot build a lease ring: ${field} is ${JSON.stringify(value)}, ${issue.message}`);
}

/** A command to the ring. `as` names what the command creates: always the smallest name that is free. */
export type LeaseRingCommand =
  | { readonly kind: "write"; readonly length: number; readonly as: number }
  | { readonly kind: "receive"; readonly as: number }
  | { readonly kind: "read"; readonly lease: number }
  | { readonly kind: "release"; readonly lease: number }
  | { readonly kind: "drop" }
  | { readonly kind: "expire"; readonly lease: number };

/**
 * What the ring answers. `content` is the name of the message whose bytes were found, all of them, or `null` when
 * they are not the bytes of any one outstanding message: never allowed, but an implementation may do it.
 */
export type LeaseRingReply =
  | { readonly kind: "written" | "full" | "empty" | "released" | "expired" | "stale" }
  | {
    readonly kind: "received";
    readonly content: number | null;
    readonly length: number;
    readonly copied: boolean;
  }
  | { readonly kind: "read"; readonly content: number | null; readonly length: number }
  | { readonly kind: "dropped"; readonly content: number | null; readonly length: number };

/** What can be seen at any time: the bytes behind every live lease (by name) and every unread message (in order). */
export interface LeaseRingView {
  /** Per lease name: the message whose bytes it shows, -1 for damaged bytes, `null` when it is not live. */
  readonly leases: readonly (number | null)[];
  /** Per unread message, oldest first: the message whose bytes are there, or -1 for damaged bytes. */
  readonly unread: readonly number[];
}

/** Where a case begins; the specification does not look at it. */
export interface LeaseRingStart {
  /** Offset of the first byte that will be written, 0 to capacity - 1. */
  readonly offset: number;
  /** How many messages have passed already, modulo 2^32: the implementation's counters begin there. */
  readonly sequence: number;
}

/** State of the specification. */
export interface LeaseRingState {
  /** Messages that hold bytes of the ring, oldest first. */
  held: { message: number; length: number; status: "unread" | "leased" | "done" }[];
  /** By name. `message` and `length` are 0 unless live. */
  leases: { status: "unused" | "live" | "ended"; message: number; length: number; copied: boolean }[];
}

/** The schemas that the specification and the mechanism share. */
export interface LeaseRingSchemas {
  readonly command: z.ZodType<LeaseRingCommand>;
  readonly reply: z.ZodType<LeaseRingReply>;
  readonly start: z.ZodType<LeaseRingStart>;
  readonly view: z.ZodType<LeaseRingView>;
}

/** Builds the schemas of commands, replies, starts and views for a scope. */
export function leaseRingSchemas(scope: LeaseRingScope): LeaseRingSchemas {
  const message = z.int().min(0).max(scope.messages - 1);
  const lease = z.int().min(0).max(scope.leases - 1);
  const length = z.int().min(1).max(Math.max(...scope.lengths));
  const content = message.nullable();
  return {
    command: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("write"), length, as: message.meta({ creates: "message" }) }),
      z.strictObject({ kind: z.literal("receive"), as: lease.meta({ creates: "lease" }) }),
      z.strictObject({ kind: z.literal("read"), lease: lease.meta({ refersTo: "lease" }) }),
      z.strictObject({ kind: z.literal("release"), lease: lease.meta({ refersTo: "lease" }) }),
      z.strictObject({ kind: z.literal("drop") }),
      z.strictObject({ kind: z.literal("expire"), lease: lease.meta({ refersTo: "lease" }) }),
    ]),
    reply: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.enum(["written", "full", "empty", "released", "expired", "stale"]) }),
      z.strictObject({ kind: z.literal("received"), content, length, copied: z.boolean() }),
      z.strictObject({ kind: z.literal("read"), content, length }),
      z.strictObject({ kind: z.literal("dropped"), content, length }),
    ]),
    start: z.strictObject({
      offset: z.int().min(0).max(scope.capacityBytes - 1),
      sequence: z.int().min(0).max(2 ** 32 - 1),
    }),
    view: z.strictObject({
      leases: z.array(z.int().min(-1).max(scope.messages - 1).nullable()).length(scope.leases),
      unread: z.array(z.int().min(-1).max(scope.messages - 1)).max(scope.messages),
    }),
  };
}

/** Every command of a scope, simplest first. */
export function leaseRingCommands(scope: LeaseRingScope): readonly LeaseRingCommand[] {
  const messages = Array.from({ length: scope.messages }, (_, name) => name);
  const leases = Array.from({ length: scope.leases }, (_, name) => name);
  return [
    ...scope.lengths.flatMap((length) => messages.map((as) => ({ kind: "write", length, as }) as const)),
    ...leases.map((as) => ({ kind: "receive", as }) as const),
    { kind: "drop" },
    ...leases.map((lease) => ({ kind: "release", lease }) as const),
    ...leases.map((lease) => ({ kind: "read", lease }) as const),
    ...leases.map((lease) => ({ kind: "expire", lease }) as const),
  ];
}

/** The starts of a scope: a fresh ring, and one whose next byte is the last of the area and whose counters wrap. */
export function leaseRingStarts(scope: LeaseRingScope): readonly LeaseRingStart[] {
  return [{ offset: 0, sequence: 0 }, { offset: scope.capacityBytes - 1, sequence: 2 ** 32 - 1 }];
}

/** Who carries out a command. */
export function leaseRingActor(command: LeaseRingCommand): string {
  switch (command.kind) {
    case "write":
      return "writer";
    case "receive":
    case "read":
    case "release":
    case "drop":
      return "reader";
    case "expire":
      return "owner";
  }
}

/** What both machines of the ring know of names: who holds bytes, who holds a lease. */
export interface Names {
  readonly held: readonly { readonly message: number }[];
  readonly leases: readonly { readonly status: "unused" | "live" | "ended"; readonly message: number }[];
}

/** Whether `name` belongs to a message that holds bytes of the ring or is read through a lease. */
export function messageInUse(state: Names, name: number): boolean {
  for (const held of state.held) if (held.message === name) return true;
  for (const lease of state.leases) if (lease.status === "live" && lease.message === name) return true;
  return false;
}

/** Whether `name` is the smallest message name that is free: the only one that a write may create. */
export function isNextMessage(state: Names, name: number): boolean {
  if (messageInUse(state, name)) return false;
  for (let smaller = 0; smaller < name; smaller++) if (!messageInUse(state, smaller)) return false;
  return true;
}

/** Why a write under some name is refused: {@link isNextMessage} does not hold. */
export const otherMessageNext = "this is not the smallest free message name";
/** Why a receive under some name is refused: {@link isNextLease} does not hold. */
export const otherLeaseNext = "this is not the smallest free lease name";
/** Why a lease is neither read nor ended. */
export const unusedLease = "nothing has been received as this lease";

/** Whether `name` is the smallest lease name that is not live: the only one that a receive may create. */
export function isNextLease(state: Names, name: number): boolean {
  if (state.leases[name]?.status === "live") return false;
  for (let smaller = 0; smaller < name; smaller++) if (state.leases[smaller]!.status !== "live") return false;
  return state.leases[name] !== undefined;
}

/** The promises about progress that both machines of the ring keep, for each name of the scope. */
export function leaseRingLiveness<State extends Names>(
  scope: LeaseRingScope,
): Readonly<Record<string, LeadsTo<State, LeaseRingCommand>>> {
  const releases = Array.from({ length: scope.leases }, (_, lease) => ({
    name: `release ${lease}`,
    includes: (command: LeaseRingCommand) => command.kind === "release" && command.lease === lease,
  }));
  const promises: Record<string, LeadsTo<State, LeaseRingCommand>> = {};
  releases.forEach((release, name) => {
    promises[`lease ${name} can end`] = {
      from: (state) => state.leases[name]?.status === "live",
      to: (state) => state.leases[name]?.status !== "live",
      weak: [release],
    };
  });
  for (let name = 0; name < scope.messages; name++) {
    promises[`the bytes of message ${name} come back`] = {
      from: (state) => state.held.some((held) => held.message === name),
      to: (state) => state.held.every((held) => held.message !== name),
      weak: ["drop", ...releases],
    };
  }
  return promises;
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
