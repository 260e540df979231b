/**
 * The words of buffer ownership: operations and their pointers, commands, replies and views, as the specification, the
 * mechanism and the real ring share them.
 *
 * @module
 */
import { z } from "zod";
import {
  hasChannels,
  type OperationName,
  operationShapes,
  operationsOf,
  type OwnershipClass,
} from "./ownership_operations.ts";

/** Size of one instance of the model. */
export interface BufferOwnershipScope {
  readonly class: OwnershipClass;
  /** How many requests may be under way, 1 to 4. */
  readonly requests: number;
  /** How many cells there are, 1 to 6. */
  readonly cells: number;
  /** Completions that fit in the queue; the rest waits in the kernel until it is entered. */
  readonly completions: number;
}

/** A command. `as` is always the smallest name that is free; cells stand in the order of the operation's pointers. */
export type BufferOwnershipCommand =
  | {
    readonly kind: "prepare";
    readonly operation: OperationName;
    readonly cells: readonly number[];
    readonly as: number;
  }
  /** `poll`: the polling thread has fetched everything; possible when all that was prepared was published. */
  | { readonly kind: "submit" | "enter" | "reap" | "poll" }
  | { readonly kind: "cancel"; readonly request: number }
  /** `provide`: into the ring of provided cells. */
  | { readonly kind: "release" | "provide"; readonly cell: number }
  | { readonly kind: "connect"; readonly as: number }
  /** `shut`: nothing can be sent any more to the peer of this request. */
  | { readonly kind: "peer" | "shut"; readonly request: number };

const outcomes = [
  "ok",
  "ECANCELED",
  "ENOENT",
  "EALREADY",
  "EINVAL",
  "EFAULT",
  "ETIME",
  "ENOBUFS",
  "EPIPE",
  "other",
] as const;

/** How a request has ended, or a part of it. */
export type Outcome = typeof outcomes[number];

const plainReplies = [
  "prepared",
  "refused",
  "entered",
  "empty",
  "released",
  "connected",
  "polled",
  "provided",
  "shut",
] as const;

/** What is answered. `submitted` counts entries that were fetched; with a polling thread, those that it was shown. */
export type BufferOwnershipReply =
  | { readonly kind: typeof plainReplies[number] }
  | { readonly kind: "submitted"; readonly count: number }
  | { readonly kind: "cancel submitted"; readonly count: number }
  /** What the peer has found: nothing, what was sent, or something else. */
  | { readonly kind: "acted"; readonly seen: "nothing" | "right" | "changed" }
  | {
    readonly kind: "completed";
    readonly request: number;
    readonly result: Outcome;
    readonly more: boolean;
    readonly notification: boolean;
    /** What the request has brought into its cells; `"other"`: what a later completion of it has brought. */
    readonly content: "right" | "wrong" | "other" | "none";
    /** The connection that was accepted, -1 for none. */
    readonly connection: number;
    /** The provided cell that was filled, -1 for none. */
    readonly cell: number;
    /** The kernel keeps that cell and will go on filling it. */
    readonly kept: boolean;
  }
  /** A timer has expired (`ETIME`) or was stopped (`ECANCELED`). */
  | {
    readonly kind: "cancel completed" | "timer completed";
    readonly request: number;
    readonly result: Outcome;
  };

type CompletedReply = Extract<BufferOwnershipReply, { kind: "completed" }>;

/** A completion of `request`: a last one that went well and brought nothing, but for what `more` says. */
export function completedReply(request: number, more: Partial<CompletedReply> = {}): CompletedReply {
  return {
    kind: "completed",
    request,
    result: "ok",
    more: false,
    notification: false,
    content: "none",
    connection: -1,
    cell: -1,
    kept: false,
    ...more,
  };
}

/** What happens to a free cell: it is filled with 0xff, or its page is taken away. */
export type BufferOwnershipStart = "poison" | "unmap";

/** What can be seen at any time. */
export interface BufferOwnershipView {
  /** Whether every free cell holds what it was filled with. */
  readonly intact: boolean;
  /** Per connection: not there, connected, or closed by the other side. */
  readonly connections: readonly ("none" | "open" | "lost")[];
}

const cellsMost = 2;

/** The cells that `operation` is handed, in every way that a scope allows. */
function cellLists(operation: OperationName, cells: number): readonly (readonly number[])[] {
  const names = Array.from({ length: cells }, (_, index) => index);
  switch (operationShapes[operation].pointers.length) {
    case 0:
      return [[]];
    case 1:
      return names.map((cell) => [cell]);
    default:
      return names.flatMap((first) =>
        names.filter((cell) => cell !== first).map((second) => [first, second])
      );
  }
}

/** Every command of a scope, simplest first. */
export function bufferOwnershipCommands(scope: BufferOwnershipScope): readonly BufferOwnershipCommand[] {
  const requests = Array.from({ length: scope.requests }, (_, index) => index);
  const cells = Array.from({ length: scope.cells }, (_, index) => index);
  return [
    { kind: "submit" },
    { kind: "reap" },
    { kind: "enter" },
    ...(scope.class === "polling" ? [{ kind: "poll" } as const] : []),
    ...(scope.class === "accept" ? requests.map((as) => ({ kind: "connect", as }) as const) : []),
    ...(hasChannels(scope.class) ? requests.map((request) => ({ kind: "peer", request }) as const) : []),
    ...(scope.class === "zero-copy" ? requests.map((request) => ({ kind: "shut", request }) as const) : []),
    ...(scope.class === "provided" ? cells.map((cell) => ({ kind: "provide", cell }) as const) : []),
    ...cells.map((cell) => ({ kind: "release", cell }) as const),
    ...operationsOf[scope.class].flatMap((operation) =>
      cellLists(operation, scope.cells).flatMap((list) =>
        requests.map((as) => ({ kind: "prepare", operation, cells: list, as }) as const)
      )
    ),
    ...requests.map((request) => ({ kind: "cancel", request }) as const),
  ];
}

/** Who carries out a command. */
export function bufferOwnershipActor(command: BufferOwnershipCommand): string {
  switch (command.kind) {
    case "connect":
    case "peer":
      return "peer";
    case "poll":
      return "kernel";
    case "submit":
    case "enter":
    case "prepare":
    case "reap":
    case "cancel":
    case "release":
    case "provide":
    case "shut":
      return "application";
  }
}

/** The schema of how something has ended. */
export const outcome: z.ZodType<Outcome> = z.enum(outcomes);

/** The schema of an operation's name. */
export const operationName: z.ZodType<OperationName> = z.enum(
  Object.keys(operationShapes) as [OperationName, ...OperationName[]],
);

/** The schemas that the specification and the mechanism share. */
export function bufferOwnershipSchemas(scope: BufferOwnershipScope): {
  readonly command: z.ZodType<BufferOwnershipCommand>;
  readonly reply: z.ZodType<BufferOwnershipReply>;
  readonly start: z.ZodType<BufferOwnershipStart>;
  readonly view: z.ZodType<BufferOwnershipView>;
} {
  const request = z.int().min(0).max(scope.requests - 1);
  const cell = z.int().min(0).max(scope.cells - 1);
  const count = z.int().min(0).max(3 * scope.requests);
  return {
    command: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("prepare"),
        operation: operationName,
        cells: z.array(cell).max(cellsMost),
        as: request.meta({ creates: "request" }),
      }),
      z.strictObject({ kind: z.enum(["submit", "enter", "reap", "poll"]) }),
      z.strictObject({ kind: z.literal("cancel"), request: request.meta({ refersTo: "request" }) }),
      z.strictObject({ kind: z.enum(["release", "provide"]), cell }),
      z.strictObject({ kind: z.literal("connect"), as: request.meta({ creates: "connection" }) }),
      z.strictObject({ kind: z.enum(["peer", "shut"]), request }),
    ]),
    reply: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.enum(plainReplies) }),
      z.strictObject({ kind: z.literal("submitted"), count }),
      z.strictObject({ kind: z.literal("cancel submitted"), count }),
      z.strictObject({ kind: z.literal("acted"), seen: z.enum(["nothing", "right", "changed"]) }),
      z.strictObject({
        kind: z.literal("completed"),
        request,
        result: outcome,
        more: z.boolean(),
        notification: z.boolean(),
        content: z.enum(["right", "wrong", "other", "none"]),
        connection: z.int().min(-1).max(scope.requests - 1),
        cell: z.int().min(-1).max(scope.cells - 1),
        kept: z.boolean(),
      }),
      z.strictObject({ kind: z.enum(["cancel completed", "timer completed"]), request, result: outcome }),
    ]),
    start: z.enum(["poison", "unmap"]),
    view: z.strictObject({
      intact: z.boolean(),
      connections: z.array(z.enum(["none", "open", "lost"])).length(scope.requests),
    }),
  };
}

/** Why commands are refused, in the words of both machines. */
export const refusals = {
  otherRequestNext: "this is not the smallest free request name",
  otherConnectionNext: "this is not the smallest free connection name",
  channelTaken: "the channel does not take another send yet",
  nothingToCancel: "the request is not under way",
  alreadyCancelled: "the request has been cancelled already",
  cellFree: "the cell is free",
  peerHasSent: "the peer has sent, and nobody has received it",
  peerWaits: "the peer has nothing to receive",
  channelShut: "the channel was shut",
  channelUsed: "something has been sent, or the channel was shut",
  clocksRace: "a request whose timer fires at once is submitted by itself",
  cellProvided: "the cell is provided, for all that is known",
  notPublished: "something was prepared and not submitted",
  notYetFetched: "nothing completes as soon as this is fetched",
  noWork: "the kernel has nothing to do for the request",
  nothingPublished: "nothing is published",
} as const;

/** Whether `name` is the smallest name whose slot is free. */
export function isNextName<Slot>(
  slots: readonly Slot[],
  name: number,
  free: (slot: Slot) => boolean,
): boolean {
  return slots[name] !== undefined && slots.findIndex(free) === name;
}

/** Checks a scope. @throws {RangeError} */
export function checkBufferOwnershipScope(scope: BufferOwnershipScope): void {
  const demand = (field: "requests" | "cells" | "completions", least: number, most: number): void => {
    const value = scope[field];
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new RangeError(
      `Cannot build buffer ownership: ${field} is ${value}, must be an integer from ${least} to ${most}`,
    );
  };
  demand("requests", 1, 4);
  demand("cells", 1, 6);
  demand("completions", 2, 16);
}
