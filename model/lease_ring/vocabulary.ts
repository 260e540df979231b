/**
 * What both machines of the lease ring speak: sizes, commands, replies, names, and the promises about progress.
 *
 * @module
 */
import { z } from "zod";
import type { LeadsTo } from "../../lockstep/machine.ts";

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
