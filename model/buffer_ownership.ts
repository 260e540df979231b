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
 * - With a polling thread, entering fetches nothing: what was published is fetched at any time.
 * - A provided cell is the kernel's until the completion that fills the last of it. Cells are filled in the order in
 *   which they were provided; a request that finds none ends with ENOBUFS and leaves the data.
 * - A linked timeout has a completion of its own, before or after its request's, and it ends nothing either.
 * - A taking back before the event may be refused or granted: whoever copies early may grant early. After the
 *   event it must be granted. Whatever was granted, no completion fails because of it, the content that is
 *   handed over is right, no connection and no data is lost, and no free cell is ever written.
 *
 * The specification refuses to know addresses, rings, indexes, and when the kernel reads or writes anything.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/io_uring.7.html}
 * @module
 */
import type { Independence, Machine, World } from "../lockstep/machine.ts";
import { showOwnership } from "./buffer_ownership/ownership_show.ts";
import { operationShapes } from "./buffer_ownership/ownership_operations.ts";
import { type Allowed, answerOne, reapOne } from "./buffer_ownership/ownership_completions.ts";
import {
  type BufferOwnershipState,
  bufferOwnershipStateSchema,
  fetchEntries,
  fillsPerCell,
  idleRequest,
  initialOwnershipState,
  mayQueue,
} from "./buffer_ownership/ownership_state.ts";
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
  refusals,
} from "./buffer_ownership/ownership_vocabulary.ts";

/** The machine of the specification. */
export type BufferOwnershipMachine = Machine<
  BufferOwnershipState,
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipStart,
  BufferOwnershipView
>;

type State = BufferOwnershipState;
type Reply = BufferOwnershipReply;

const refused: Allowed = { reply: { kind: "refused" }, effect: () => {} };

function prepare(
  scope: BufferOwnershipScope,
  state: State,
  command: Extract<BufferOwnershipCommand, { kind: "prepare" }>,
  world: World<Reply>,
): Reply | undefined {
  const { operation, cells, as } = command;
  if (!isNextName(state.requests, as, ({ phase }) => phase === "idle")) {
    return world.refuse(refusals.otherRequestNext);
  }
  if (!mayQueue(state.queue, state.requests, operation)) return world.refuse(refusals.clocksRace);
  // A channel takes the next send when what was sent before has been received; a zero-copy one takes one.
  const channel = state.channels[as]!;
  if (channel === "carrying" || scope.class === "zero-copy" && !["full", "shut"].includes(channel)) {
    return world.refuse(refusals.channelTaken);
  }
  const grant = (): void => {
    state.requests[as] = { ...idleRequest, phase: "prepared", operation };
    operationShapes[operation].pointers.forEach(({ until }, place) => {
      state.cells[cells[place]!] = { status: "held", request: as, until };
    });
    state.queue.push({ request: as, cancel: false });
  };
  const busy = cells.some((cell) => isTheKernels(state, cell));
  return answerOne(world, [...(busy ? [refused] : []), { reply: { kind: "prepared" }, effect: grant }]);
}

function isTheKernels(state: State, cell: number): boolean {
  const { status } = state.cells[cell]!;
  return status === "held" || status === "provided";
}

/** Publishes, and fetches unless a polling thread does it; says how many were fetched, or published to the thread. */
function submit(scope: BufferOwnershipScope, state: State): number {
  const before = state.published;
  state.published = state.queue.length;
  return scope.class === "polling" ? state.published - before : fetchEntries(scope, state, state.published);
}

function release(state: State, name: number, world: World<Reply>): Reply | undefined {
  const cell = state.cells[name]!;
  if (cell.status === "free") return world.refuse(refusals.cellFree);
  const effect = (): void => void Object.assign(cell, { status: "free", request: 0, until: "until-submit" });
  return answerOne(world, [
    ...(isTheKernels(state, name) ? [refused] : []),
    { reply: { kind: "released" }, effect },
  ]);
}

/** A cell can be provided again once the kernel has said that it let go of it. */
function provide(state: State, name: number, world: World<Reply>): Reply | undefined {
  if (state.provided.some(({ cell }) => cell === name)) return world.refuse(refusals.cellProvided);
  state.cells[name] = { status: "provided", request: 0, until: "until-submit" };
  state.provided.push({ cell: name, filled: 0 });
  return { kind: "provided" };
}

function actAsPeer(
  scope: BufferOwnershipScope,
  state: State,
  name: number,
  world: World<Reply>,
): Reply | undefined {
  const request = state.requests[name]!;
  const zeroCopy = scope.class === "zero-copy";
  switch (state.channels[name]!) {
    case "quiet":
      state.channels[name] = "data";
      return { kind: "acted", seen: "nothing" };
    case "data":
      return world.refuse(zeroCopy ? refusals.peerWaits : refusals.peerHasSent);
    case "shut":
      return world.refuse(refusals.channelShut);
    case "full":
      if (zeroCopy) return world.refuse(refusals.peerWaits);
      state.channels[name] = "room";
      return { kind: "acted", seen: "nothing" };
    case "carrying":
      state.channels[name] = zeroCopy ? "data" : "room";
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

function perform(
  scope: BufferOwnershipScope,
  state: State,
  command: BufferOwnershipCommand,
  world: World<Reply>,
): Reply | undefined {
  switch (command.kind) {
    case "prepare":
      return prepare(scope, state, command, world);
    case "submit":
      return { kind: "submitted", count: submit(scope, state) };
    case "poll":
      if (state.published < state.queue.length) return world.refuse(refusals.notPublished);
      fetchEntries(scope, state, state.published);
      return { kind: "polled" };
    case "enter":
      return { kind: "entered" };
    case "reap":
      return reapOne(scope, state, world);
    case "cancel": {
      const request = state.requests[command.request]!;
      if (request.phase === "idle" || request.phase === "done") return world.refuse(refusals.nothingToCancel);
      if (request.cancel !== "none") return world.refuse(refusals.alreadyCancelled);
      if (!mayQueue(state.queue, state.requests)) return world.refuse(refusals.clocksRace);
      request.cancel = "asked";
      state.queue.push({ request: command.request, cancel: true });
      return { kind: "cancel submitted", count: submit(scope, state) };
    }
    case "release":
      return release(state, command.cell, world);
    case "provide":
      return provide(state, command.cell, world);
    case "connect":
      if (!isNextName(state.connections, command.as, (status) => status === "none")) {
        return world.refuse(refusals.otherConnectionNext);
      }
      state.connections[command.as] = "waiting";
      return { kind: "connected" };
    case "peer":
      return actAsPeer(scope, state, command.request, world);
    case "shut":
      if (state.channels[command.request] !== "full") return world.refuse(refusals.channelUsed);
      state.channels[command.request] = "shut";
      return { kind: "shut" };
  }
}

function step(
  scope: BufferOwnershipScope,
  state: State,
  command: BufferOwnershipCommand,
  world: World<Reply>,
): Reply | undefined {
  const reply = perform(scope, state, command, world);
  if (reply !== undefined && scope.class === "provided") markStarved(state);
  return reply;
}

/** A request may have found no cell, when others that have ended unread may have filled all that were there. */
function markStarved(state: State): void {
  const left = state.provided.reduce((sum, { filled }) => sum + fillsPerCell - filled, 0);
  const mayFill = (name: number): boolean =>
    state.requests[name]!.phase === "running" && state.channels[name] === "data";
  state.requests.forEach((request, name) => {
    const others = state.requests.filter((_, other) => other !== name && mayFill(other)).length;
    if (request.phase === "running" && left <= others) request.starved = true;
  });
}

/** What must be seen to happen, so that the promises say something. */
function goals(scope: BufferOwnershipScope): BufferOwnershipMachine["sometimes"] {
  return {
    "all requests are under way": (state) => state.requests.every(({ phase }) => phase !== "idle"),
    "a cell waits to be released": (state) => state.cells.some(({ status }) => status === "application"),
    "a cancel was answered before its target": (state) =>
      state.requests.some(({ phase, cancel }) => phase === "running" && cancel === "answered"),
    ...(scope.class === "polling"
      ? { "something is published and not fetched": (state) => state.published > 0 }
      : {}),
    ...(scope.class === "provided"
      ? { "a provided cell is half full": (state) => state.provided.some(({ filled }) => filled > 0) }
      : {}),
    ...(scope.class === "linked"
      ? { "a timer has fired": (state) => state.requests.some(({ timer }) => timer === "fired") }
      : {}),
  };
}

/**
 * A peer that receives a zero-copy send takes it from a channel that nobody else looks at until then: who prepares or
 * shuts needs a channel that never carried anything.
 */
const receivingIsApart: Independence<State, BufferOwnershipCommand> = {
  independent: (_state, first, second) => first.kind === "peer" || second.kind === "peer",
  visible: (_state, command) => command.kind !== "peer",
};

/** Builds the specification for a scope. @throws {RangeError} when the scope is out of range */
export function bufferOwnership(scope: BufferOwnershipScope): BufferOwnershipMachine {
  checkBufferOwnershipScope(scope);
  return {
    name: `buffer-ownership-${scope.class}`,
    schema: { ...bufferOwnershipSchemas(scope), state: bufferOwnershipStateSchema(scope) },
    starts: ["poison", "unmap"],
    commands: bufferOwnershipCommands(scope),
    initial: () => initialOwnershipState(scope),
    step: (state, command, world) => step(scope, state, command, world),
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
      "a provided cell is in the kernel's list": (state) =>
        state.cells.every(({ status }, name) =>
          status !== "provided" || state.provided.some(({ cell }) => cell === name)
        ),
    },
    sometimes: goals(scope),
    actor: bufferOwnershipActor,
    show: showOwnership,
    ...(scope.class === "zero-copy" ? { independence: receivingIsApart } : {}),
  };
}
