/**
 * The words of buffer ownership: operations and their pointers, commands, replies and views, as the specification, the
 * mechanism and the real ring share them.
 *
 * @module
 */
import { z } from "zod";
import { type LifetimeClass, lifetimeClasses } from "./lifetime_class.ts";

/** An operation of the model. `accept-alone` asks for no address; `faulty` fails in preparation. */
export type OperationName =
  | "accept"
  | "accept-alone"
  | "accept-multishot"
  | "recv"
  | "readv"
  | "recvmsg"
  | "send"
  | "writev"
  | "sendmsg"
  | "send-zc"
  | "timeout"
  | "connect"
  | "statx"
  | "nop"
  | "faulty";

/** What the kernel does with the memory behind a pointer. */
export type Touch = "reads" | "writes" | "updates";

/** One pointer of an operation. */
export interface PointerShape {
  readonly name: string;
  readonly until: LifetimeClass;
  readonly touch: Touch;
}

/** What must be known of an operation. */
export interface OperationShape {
  readonly pointers: readonly PointerShape[];
  /** What it waits for: `"nothing"` completes while it is submitted, `"worker"` is carried out by another thread. */
  readonly waitsFor: "connection" | "data" | "room" | "worker" | "nothing" | "never";
  /** Completes again and again until it is cancelled. */
  readonly multishot: boolean;
  /** A second completion says that the payload may be touched again. */
  readonly notifies: boolean;
}

function shape(
  operation: string,
  waitsFor: OperationShape["waitsFor"],
  touches: Readonly<Record<string, Touch>> = {},
  more: Partial<OperationShape> = {},
): OperationShape {
  const pointers = Object.entries(touches).map(([name, touch]): PointerShape => ({
    name,
    touch,
    until: lifetimeClasses[operation]![name]!,
  }));
  return { pointers, waitsFor, multishot: false, notifies: false, ...more };
}

/** The operations. The classes of their pointers are those of the lifetime table. */
export const operationShapes: Readonly<Record<OperationName, OperationShape>> = {
  "accept": shape("accept", "connection", { length: "updates", address: "writes" }),
  "accept-alone": shape("accept", "connection"),
  "accept-multishot": shape("accept", "connection", { length: "updates", address: "writes" }, {
    multishot: true,
  }),
  "recv": shape("recv", "data", { payload: "writes" }),
  "readv": shape("readv", "data", { vector: "reads", payload: "writes" }),
  "recvmsg": shape("recvmsg", "data", { header: "updates", payload: "writes" }),
  "send": shape("send", "room", { payload: "reads" }),
  "writev": shape("writev", "room", { vector: "reads", payload: "reads" }),
  "sendmsg": shape("sendmsg", "room", { header: "reads", payload: "reads" }),
  "send-zc": shape("send-zc", "nothing", { payload: "reads" }, { notifies: true }),
  "timeout": shape("timeout", "never", { timespec: "reads" }),
  "connect": shape("connect", "nothing", { address: "reads" }),
  "statx": shape("statx", "worker", { path: "reads", result: "writes" }),
  "nop": shape("nop", "nothing"),
  "faulty": shape("faulty", "nothing"),
};

/** Operations that are explored together. */
export type OwnershipClass = "accept" | "receive" | "send" | "zero-copy" | "submit" | "worker";

/** The operations of each class. */
export const operationsOf: Readonly<Record<OwnershipClass, readonly OperationName[]>> = {
  "accept": ["accept", "accept-alone", "accept-multishot"],
  "receive": ["recv", "readv", "recvmsg"],
  "send": ["send", "writev", "sendmsg"],
  "zero-copy": ["send-zc"],
  "submit": ["timeout", "connect", "nop", "faulty"],
  "worker": ["statx"],
};

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
  | { readonly kind: "submit" | "enter" | "reap" }
  | { readonly kind: "cancel"; readonly request: number }
  | { readonly kind: "release"; readonly cell: number }
  | { readonly kind: "connect"; readonly as: number }
  | { readonly kind: "peer"; readonly request: number };

/** How a request has ended, or a part of it. */
export type Outcome = "ok" | "ECANCELED" | "ENOENT" | "EALREADY" | "EINVAL" | "EFAULT" | "other";

/** What is answered. */
export type BufferOwnershipReply =
  | { readonly kind: "prepared" | "refused" | "entered" | "empty" | "released" | "connected" }
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
  }
  | { readonly kind: "cancel completed"; readonly request: number; readonly result: Outcome };

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
    ...(scope.class === "accept"
      ? requests.map((as) => ({ kind: "connect", as }) as const)
      : scope.class === "submit" || scope.class === "worker"
      ? []
      : requests.map((request) => ({ kind: "peer", request }) as const)),
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
    case "submit":
    case "enter":
    case "prepare":
    case "reap":
    case "cancel":
    case "release":
      return "application";
  }
}

const outcome = z.enum(["ok", "ECANCELED", "ENOENT", "EALREADY", "EINVAL", "EFAULT", "other"]);
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
  const count = z.int().min(0).max(scope.requests + 1);
  return {
    command: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("prepare"),
        operation: operationName,
        cells: z.array(cell).max(cellsMost),
        as: request.meta({ creates: "request" }),
      }),
      z.strictObject({ kind: z.enum(["submit", "enter", "reap"]) }),
      z.strictObject({ kind: z.literal("cancel"), request: request.meta({ refersTo: "request" }) }),
      z.strictObject({ kind: z.literal("release"), cell }),
      z.strictObject({ kind: z.literal("connect"), as: request.meta({ creates: "connection" }) }),
      z.strictObject({ kind: z.literal("peer"), request }),
    ]),
    reply: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.enum(["prepared", "refused", "entered", "empty", "released", "connected"]) }),
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
      }),
      z.strictObject({ kind: z.literal("cancel completed"), request, result: outcome }),
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
