/**
 * Buffer ownership, the specification: who may touch memory between preparing an io_uring request and its last
 * completion.
 *
 * Actors: an application that prepares requests on cells of memory, submits, reads completions, cancels, and takes
 * cells back; a kernel that carries requests out; a peer that connects, sends or makes room.
 *
 * Rules:
 * - A cell is free, the application's, or held by a request. A request holds its cells until the event of each one's
 *   class: its entry was fetched (submit), its last completion was read (completion, notification).
 * - Entries are fetched in order. Fetching stops behind an entry that fails in preparation, so that fewer may be
 *   fetched than were published.
 * - A request that waits for a connection, data or room completes at any time after that is there: nothing is said
 *   about the order of completions (`fire: any`). With "never", only a cancel ends it.
 * - A cancel has a completion of its own, before or after its target's, and it ends nothing: the target posts its own
 *   last completion, cancelled or not.
 * - A taking back before the event may be refused or granted: whoever copies early may grant early. After the
 *   event it must be granted. Whatever was granted, no completion fails because of it, the content that is
 *   handed over is right, no connection and no data is lost, and no free cell is ever written.
 *
 * The specification refuses to know addresses, rings, indexes, and when the kernel reads or writes anything.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/io_uring.7.html}
 * @module
 */
import { z } from "zod";
import type { Machine, World } from "../lockstep/machine.ts";
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

/** State of the specification. */
export interface BufferOwnershipState {
  /** Request and event are those of the holder; 0 and the first class otherwise. */
  cells: { status: "free" | "application" | "held"; request: number; until: LifetimeClass }[];
  requests: {
    phase: "idle" | "prepared" | "running" | "notifying" | "done";
    operation: OperationName;
    /** `"asked"`: the cancel was prepared; `"fetched"`: its completion is owed. */
    cancel: "none" | "asked" | "fetched" | "answered";
    /** What it was asked to send has left. */
    sent: boolean;
  }[];
  /** Entries that were prepared and not fetched, oldest first. */
  queue: { request: number; cancel: boolean }[];
  connections: ("none" | "waiting")[];
  /** Per request name: data that waits, room that is there, or what was sent and not received. */
  channels: ("quiet" | "data" | "full" | "room" | "carrying")[];
  /** A channel carries one zero-copy send, and is `"data"` when that was received. */
  zeroCopy: boolean;
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

/** The machine of the specification. */
export type BufferOwnershipMachine = Machine<
  BufferOwnershipState,
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipStart,
  BufferOwnershipView
>;

type Reply = BufferOwnershipReply;

/** One of several answers that a correct implementation may give, with what follows from it. */
interface Allowed {
  readonly reply: Reply;
  effect(): void;
}

function same(first: Reply, second: Reply): boolean {
  const fields = Object.keys(first) as (keyof Reply)[];
  return fields.every((field) => first[field] === second[field]);
}

function answerOne(world: World<Reply>, allowed: readonly Allowed[]): Reply {
  const pick = allowed.length === 1 ? 0 : world.choose(allowed.length, (heard) => {
    const index = allowed.findIndex(({ reply }) => same(reply, heard));
    return index < 0 ? "impossible" : index;
  });
  const { reply, effect } = allowed[pick]!;
  effect();
  return reply;
}

type Request = BufferOwnershipState["requests"][number];

/** Whether a request's name can be used again. */
function isIdle(request: Request): boolean {
  return request.phase === "idle";
}

/** Gives the cells of `request` back, all of them or those whose event is `until`. */
function giveBack(state: BufferOwnershipState, request: number, until?: LifetimeClass): void {
  for (const cell of state.cells) {
    if (cell.status !== "held" || cell.request !== request) continue;
    if (until !== undefined && cell.until !== until) continue;
    Object.assign(cell, { status: "application", request: 0, until: "until-submit" });
  }
}

/** After the last completion: the name is free once no cancel owes one. */
function retire(request: Request): void {
  const owed = request.cancel === "asked" || request.cancel === "fetched";
  request.phase = owed ? "done" : "idle";
  if (owed) return;
  Object.assign(request, { operation: "nop", cancel: "none", sent: false });
}

function prepare(
  state: BufferOwnershipState,
  command: Extract<BufferOwnershipCommand, { kind: "prepare" }>,
  world: World<Reply>,
): Reply | undefined {
  const { operation, cells, as } = command;
  if (!isNextName(state.requests, as, isIdle)) return undefined;
  // A channel takes the next send when what was sent before has been received; a zero-copy one takes one.
  if (state.channels[as] === "carrying" || state.zeroCopy && state.channels[as] !== "full") return undefined;
  const { pointers } = operationShapes[operation];
  const grant = (): void => {
    state.requests[as] = { phase: "prepared", operation, cancel: "none", sent: false };
    pointers.forEach(({ until }, place) => {
      state.cells[cells[place]!] = { status: "held", request: as, until };
    });
    state.queue.push({ request: as, cancel: false });
  };
  const allowed: Allowed[] = [{ reply: { kind: "prepared" }, effect: grant }];
  if (cells.some((cell) => state.cells[cell]!.status === "held")) {
    allowed.unshift({ reply: { kind: "refused" }, effect: () => {} });
  }
  return answerOne(world, allowed);
}

/** The kernel fetches what was published, and stops behind an entry that fails. */
function fetch(state: BufferOwnershipState): number {
  let count = 0;
  for (let entry = state.queue.shift(); entry !== undefined; entry = state.queue.shift()) {
    count++;
    const request = state.requests[entry.request]!;
    if (entry.cancel) {
      request.cancel = "fetched";
      continue;
    }
    request.phase = "running";
    giveBack(state, entry.request, "until-submit");
    if (request.operation === "send-zc") state.channels[entry.request] = "carrying";
    if (request.operation === "faulty") break;
  }
  return count;
}

function completed(request: number, more: Partial<Extract<Reply, { kind: "completed" }>> = {}): Reply {
  return {
    kind: "completed",
    request,
    result: "ok",
    more: false,
    notification: false,
    content: "none",
    connection: -1,
    ...more,
  };
}

/** The completions with which running request `name` may come now. */
function completionsOf(state: BufferOwnershipState, name: number): Allowed[] {
  const request = state.requests[name]!;
  const { waitsFor, multishot, notifies, pointers } = operationShapes[request.operation];
  const content = pointers.some(({ touch }) => touch !== "reads") ? "right" : "none";
  const allowed: Allowed[] = [];
  const end = (reply: Reply, more: () => void = () => {}): void => {
    const effect = (): void => {
      more();
      giveBack(state, name);
      retire(request);
    };
    allowed.push({ reply, effect });
  };
  switch (waitsFor) {
    case "connection":
      state.connections.forEach((status, connection) => {
        if (status !== "waiting") return;
        const taken = (): void => void (state.connections[connection] = "none");
        if (!multishot) end(completed(name, { content, connection }), taken);
        else {
          for (const shown of ["right", "other"] as const) {
            allowed.push({
              reply: completed(name, { content: shown, connection, more: true }),
              effect: taken,
            });
          }
        }
      });
      break;
    case "data":
      if (state.channels[name] === "data") {
        end(completed(name, { content }), () => void (state.channels[name] = "quiet"));
      }
      break;
    case "room":
      if (request.sent) end(completed(name));
      else if (state.channels[name] === "room") {
        end(completed(name), () => void (state.channels[name] = "carrying"));
      }
      break;
    case "nothing":
      if (request.operation === "faulty") end(completed(name, { result: "EINVAL" }));
      else if (!notifies) end(completed(name, { content }));
      else {
        allowed.push({
          reply: completed(name, { more: true }),
          effect: () => void (request.phase = "notifying"),
        });
      }
      break;
    case "worker":
      end(completed(name, { content }));
      break;
    case "never":
      break;
  }
  const cancelled = request.cancel === "fetched" || request.cancel === "answered";
  if (cancelled && waitsFor !== "nothing" && !request.sent) end(completed(name, { result: "ECANCELED" }));
  return allowed;
}

function reap(state: BufferOwnershipState, world: World<Reply>): Reply {
  const allowed: Allowed[] = [{ reply: { kind: "empty" }, effect: () => {} }];
  state.requests.forEach((request, name) => {
    if (request.cancel === "fetched") {
      for (const result of ["ok", "ENOENT", "EALREADY"] as const) {
        const effect = (): void => {
          request.cancel = "answered";
          if (request.phase === "done") retire(request);
        };
        allowed.push({ reply: { kind: "cancel completed", request: name, result }, effect });
      }
    }
    if (request.phase === "running") allowed.push(...completionsOf(state, name));
    if (request.phase === "notifying") {
      const effect = (): void => {
        giveBack(state, name);
        retire(request);
      };
      allowed.push({ reply: completed(name, { notification: true }), effect });
    }
  });
  return answerOne(world, allowed);
}

function actAsPeer(state: BufferOwnershipState, name: number, world: World<Reply>): Reply | undefined {
  const request = state.requests[name]!;
  switch (state.channels[name]!) {
    case "quiet":
      state.channels[name] = "data";
      return { kind: "acted", seen: "nothing" };
    case "data":
      return undefined;
    case "full":
      if (state.zeroCopy) return undefined;
      state.channels[name] = "room";
      return { kind: "acted", seen: "nothing" };
    case "carrying":
      state.channels[name] = state.zeroCopy ? "data" : "room";
      return { kind: "acted", seen: "right" };
    case "room": {
      const allowed: Allowed[] = [{ reply: { kind: "acted", seen: "nothing" }, effect: () => {} }];
      if (request.phase === "running" && !request.sent) {
        allowed.push({ reply: { kind: "acted", seen: "right" }, effect: () => void (request.sent = true) });
      }
      return answerOne(world, allowed);
    }
  }
}

function step(
  state: BufferOwnershipState,
  command: BufferOwnershipCommand,
  world: World<Reply>,
): Reply | undefined {
  switch (command.kind) {
    case "prepare":
      return prepare(state, command, world);
    case "submit":
      return { kind: "submitted", count: fetch(state) };
    case "enter":
      return { kind: "entered" };
    case "reap":
      return reap(state, world);
    case "cancel": {
      const request = state.requests[command.request]!;
      if (request.phase === "idle" || request.phase === "done" || request.cancel !== "none") return undefined;
      request.cancel = "asked";
      state.queue.push({ request: command.request, cancel: true });
      return { kind: "cancel submitted", count: fetch(state) };
    }
    case "release": {
      const cell = state.cells[command.cell]!;
      if (cell.status === "free") return undefined;
      const allowed: Allowed[] = [{
        reply: { kind: "released" },
        effect: () => void Object.assign(cell, { status: "free", request: 0, until: "until-submit" }),
      }];
      if (cell.status === "held") allowed.unshift({ reply: { kind: "refused" }, effect: () => {} });
      return answerOne(world, allowed);
    }
    case "connect":
      if (!isNextName(state.connections, command.as, (status) => status === "none")) return undefined;
      state.connections[command.as] = "waiting";
      return { kind: "connected" };
    case "peer":
      return actAsPeer(state, command.request, world);
  }
}

/** The schema of cells, requests, entries and channels, as both machines keep them. */
export function bufferOwnershipStateSchema(scope: BufferOwnershipScope): z.ZodType<BufferOwnershipState> {
  const request = z.int().min(0).max(scope.requests - 1);
  return z.strictObject({
    cells: z.array(
      z.strictObject({
        status: z.enum(["free", "application", "held"]),
        request,
        until: z.enum(["until-submit", "until-completion", "until-notification"]),
      }),
    ).length(scope.cells),
    requests: z.array(
      z.strictObject({
        phase: z.enum(["idle", "prepared", "running", "notifying", "done"]),
        operation: operationName,
        cancel: z.enum(["none", "asked", "fetched", "answered"]),
        sent: z.boolean(),
      }),
    ).length(scope.requests),
    queue: z.array(z.strictObject({ request, cancel: z.boolean() })).max(2 * scope.requests),
    connections: z.array(z.enum(["none", "waiting"])).length(scope.requests),
    channels: z.array(z.enum(["quiet", "data", "full", "room", "carrying"])).length(scope.requests),
    zeroCopy: z.boolean(),
  });
}

/** Builds the specification for a scope. @throws {RangeError} when the scope is out of range. */
export function bufferOwnership(scope: BufferOwnershipScope): BufferOwnershipMachine {
  checkBufferOwnershipScope(scope);
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return {
    name: `buffer-ownership-${scope.class}`,
    schema: { ...bufferOwnershipSchemas(scope), state: bufferOwnershipStateSchema(scope) },
    starts: ["poison", "unmap"],
    commands: bufferOwnershipCommands(scope),
    initial: () => ({
      cells: Array.from(
        { length: scope.cells },
        () => ({ status: "free", request: 0, until: "until-submit" }),
      ),
      requests: names.map(() => ({ phase: "idle", operation: "nop", cancel: "none", sent: false })),
      queue: [],
      connections: names.map(() => "none"),
      channels: names.map(() => scope.class === "send" || scope.class === "zero-copy" ? "full" : "quiet"),
      zeroCopy: scope.class === "zero-copy",
    }),
    step,
    view: (state) => ({
      intact: true,
      connections: state.connections.map((status) => status === "none" ? "none" : "open"),
    }),
    always: {
      "a held cell is held by a request that is under way": (state) =>
        state.cells.every((cell) => {
          if (cell.status !== "held") return true;
          const { phase } = state.requests[cell.request]!;
          return phase === "prepared" || phase === "running" || phase === "notifying";
        }),
      "what is needed until submission is held by unfetched requests only": (state) =>
        state.cells.every((cell) =>
          cell.status !== "held" || cell.until !== "until-submit" ||
          state.requests[cell.request]!.phase === "prepared"
        ),
    },
    sometimes: {
      "all requests are under way": (state) => state.requests.every(({ phase }) => phase !== "idle"),
      "a cell waits to be released": (state) => state.cells.some(({ status }) => status === "application"),
      "a cancel was answered before its target": (state) =>
        state.requests.some(({ phase, cancel }) => phase === "running" && cancel === "answered"),
    },
    actor: bufferOwnershipActor,
  };
}
