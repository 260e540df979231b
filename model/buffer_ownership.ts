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
 * - A multishot request completes again and again; it may end with any of its completions.
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
import type { Independence, Machine, World } from "../lockstep/machine.ts";
import type { LifetimeClass } from "./lifetime_class.ts";
import {
  bufferOwnershipActor,
  type BufferOwnershipCommand,
  bufferOwnershipCommands,
  type BufferOwnershipReply,
  bufferOwnershipSchemas,
  type BufferOwnershipScope,
  type BufferOwnershipStart,
  type BufferOwnershipView,
  checkBufferOwnershipScope,
  isNextName,
  type OperationName,
  operationName,
  operationShapes,
  refusals,
} from "./ownership_vocabulary.ts";

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
  if (!isNextName(state.requests, as, isIdle)) return world.refuse(refusals.otherRequestNext);
  // A channel takes the next send when what was sent before has been received; a zero-copy one takes one.
  if (state.channels[as] === "carrying" || state.zeroCopy && state.channels[as] !== "full") {
    return world.refuse(refusals.channelTaken);
  }
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
            const brought = { content: shown, connection };
            allowed.push({ reply: completed(name, { ...brought, more: true }), effect: taken });
            end(completed(name, brought), taken);
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
      return world.refuse(refusals.peerHasSent);
    case "full":
      if (state.zeroCopy) return world.refuse(refusals.peerWaits);
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
      if (request.phase === "idle" || request.phase === "done") return world.refuse(refusals.nothingToCancel);
      if (request.cancel !== "none") return world.refuse(refusals.alreadyCancelled);
      request.cancel = "asked";
      state.queue.push({ request: command.request, cancel: true });
      return { kind: "cancel submitted", count: fetch(state) };
    }
    case "release": {
      const cell = state.cells[command.cell]!;
      if (cell.status === "free") return world.refuse(refusals.cellFree);
      const allowed: Allowed[] = [{
        reply: { kind: "released" },
        effect: () => void Object.assign(cell, { status: "free", request: 0, until: "until-submit" }),
      }];
      if (cell.status === "held") allowed.unshift({ reply: { kind: "refused" }, effect: () => {} });
      return answerOne(world, allowed);
    }
    case "connect":
      if (!isNextName(state.connections, command.as, (status) => status === "none")) {
        return world.refuse(refusals.otherConnectionNext);
      }
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

/**
 * A peer that receives a zero-copy send takes it from a channel that nobody else looks at until then: who prepares
 * needs a channel that never was used.
 */
const receivingIsApart: Independence<BufferOwnershipState, BufferOwnershipCommand> = {
  independent: (_state, first, second) => first.kind === "peer" || second.kind === "peer",
  visible: (_state, command) => command.kind !== "peer",
};

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
    ...(scope.class === "zero-copy" ? { independence: receivingIsApart } : {}),
  };
}
