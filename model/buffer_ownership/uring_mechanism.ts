/**
 * Buffer ownership, the mechanism: submission entries, armed requests, the kernel's pending work, the completion
 * queue with its overflow, and the cells that all of them point to.
 *
 * Rules of the kernel:
 * - `submit` fetches entries in order; what is needed until submission is read then. A request that finds what it
 *   waits for completes at once, any other is armed, in order.
 * - What arrives wakes the first request in the wait queue, and only that one; it leaves the queue unless it is
 *   multishot. It is worked on at once (`fire: connect`, a default ring: before the peer's call returns), when the
 *   application enters the kernel (`fire: enter`, a ring with DEFER_TASKRUN), or at any time (`fire: any`).
 * - Work looks for what was waited for, takes it, touches the memory behind the pointers of the classes completion and
 *   notification, and posts a completion. A failed touch loses what was taken.
 * - A cancel posts its own completion at once; its target's is work. A cancelled request stays in the wait queue until
 *   then and takes every wake-up, none of which is passed on: that is what the kernel does, see `rewakes`.
 * - What another thread carries out is not cancelled any more ("EALREADY"): it ends as if nobody had asked.
 * - A request picks its provided cell before it looks for data, and ends when there is none. A cell is filled bit by
 *   bit and let go of when it is full.
 * - A linked timeout starts when its request waits. When it fires it cancels the request, and both have a completion;
 *   when the request ends before, the timeout is stopped, which is work as well.
 * - With a polling thread, `submit` only publishes: `poll` is the moment at which the thread has caught up.
 * - A zero-copy send that fails has its two completions like one that succeeds.
 * - Completions that do not fit in the queue stay in the kernel until it is entered; a multishot request ends then.
 *
 * The kernel is in `uring_kernel.ts`, the ownership layer in `uring_layer.ts`, the peer in `uring_peer.ts`.
 *
 * The mechanism refuses to know bytes, addresses and time: contents are names.
 *
 * @module
 */
import type { DeepReadonly, InternalMove, Machine, World } from "../../lockstep/machine.ts";
import { type OwnershipRules, ownershipRules } from "./ownership_rules.ts";
import { mayQueue } from "./ownership_state.ts";
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
  refusals,
} from "./ownership_vocabulary.ts";
import { showOwnership } from "./ownership_show.ts";
import { fetchEntries, workAll, workOn } from "./uring_kernel.ts";
import { prepare, provide, publish, reap, release } from "./uring_layer.ts";
import { actAsPeer, connect } from "./uring_peer.ts";
import { fetchMove, liveness, type UringPromises, workMove } from "./uring_promises.ts";
import {
  type Fire,
  initialUringState,
  type MechanismContext,
  type UringMechanismState,
  uringStateSchema,
} from "./uring_state.ts";

type State = UringMechanismState;
type Reply = BufferOwnershipReply;

/** The machine of the mechanism. */
export type UringMechanismMachine = Machine<
  State,
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipStart,
  BufferOwnershipView
>;

/** Publishes, and fetches unless a polling thread does it; says how many were fetched, or published to the thread. */
function submit(context: MechanismContext, state: State): number {
  const published = publish(context, state);
  return context.scope.class === "polling" ? published : fetchEntries(context, state);
}

function perform(
  context: MechanismContext,
  state: State,
  command: BufferOwnershipCommand,
  world: World<Reply>,
): Reply | undefined {
  switch (command.kind) {
    case "prepare":
      return prepare(context, state, command, world);
    case "submit":
      return { kind: "submitted", count: submit(context, state) };
    case "poll":
      if (state.published < state.queue.length) return world.refuse(refusals.notPublished);
      fetchEntries(context, state);
      workAll(context, state);
      return { kind: "polled" };
    case "enter":
      if (context.fire !== "any") workAll(context, state);
      state.visible = Math.min(state.posted.length, context.scope.completions);
      return { kind: "entered" };
    case "reap":
      return reap(context, state);
    case "cancel": {
      const { phase, cancel } = state.requests[command.request]!;
      if (phase === "idle" || phase === "done") return world.refuse(refusals.nothingToCancel);
      if (cancel !== "none") return world.refuse(refusals.alreadyCancelled);
      if (!mayQueue(state.queue, state.requests)) return world.refuse(refusals.clocksRace);
      state.requests[command.request]!.cancel = "asked";
      state.queue.push({ request: command.request, cancel: true });
      return { kind: "cancel submitted", count: submit(context, state) };
    }
    case "release":
      return release(state, command.cell, world);
    case "provide":
      return provide(state, command.cell, world);
    case "connect":
      return connect(state, command.as, world);
    case "peer":
      return actAsPeer(context, state, command.request, world);
    case "shut":
      if (state.channels[command.request] !== "full") return world.refuse(refusals.channelUsed);
      state.channels[command.request] = "shut";
      return { kind: "shut" };
  }
}

/** The kernel's own moves under `fire: any`. */
function kernelMoves(
  context: MechanismContext,
  names: readonly number[],
): Readonly<Record<string, InternalMove<State>>> {
  const moves = names.map((name): [string, InternalMove<State>] => [workMove(name), {
    actor: "kernel",
    move(state, world) {
      const own = state.work.filter(({ request }) => request === name);
      if (own.length === 0) return world.refuse(refusals.noWork);
      const item = own[own.length === 1 ? 0 : world.choose(own.length)]!;
      state.work.splice(state.work.indexOf(item), 1);
      workOn(context, state, item);
      return `works on request ${name}`;
    },
  }]);
  if (context.scope.class !== "polling") return Object.fromEntries(moves);
  const fetch: InternalMove<State> = {
    actor: "kernel",
    move: (state, world) =>
      fetchEntries(context, state, 1) === 0 ? world.refuse(refusals.nothingPublished) : "fetches an entry",
  };
  return Object.fromEntries([[fetchMove, fetch], ...moves]);
}

function intact(state: DeepReadonly<State>): boolean {
  return state.cells.every((cell) => cell.intact || cell.status !== "free");
}

/** What must be seen to happen, so that the promises say something. */
function goals(scope: BufferOwnershipScope): UringMechanismMachine["sometimes"] {
  return {
    "all requests are under way": (state) => state.requests.every(({ phase }) => phase !== "idle"),
    "a cell waits to be released": (state) => state.cells.some(({ status }) => status === "application"),
    ...(scope.class === "submit"
      ? {
        "an entry waits behind one that failed": (state) => state.queue.length > 0 && state.posted.length > 0,
      }
      : {}),
    ...(scope.class === "polling"
      ? { "something is published and not fetched": (state) => state.published > 0 }
      : {}),
    ...(scope.class === "provided"
      ? { "a provided cell is half full": (state) => state.provided.some(({ filled }) => filled > 0) }
      : {}),
    ...(scope.class === "linked"
      ? { "a timer has fired": (state) => state.posted.some(({ result }) => result === "ETIME") }
      : {}),
  };
}

/**
 * Builds the mechanism for a scope; `rules` puts a mistake in.
 *
 * @throws {RangeError} when the scope is out of range
 */
export function uringMechanism(
  scope: BufferOwnershipScope,
  fire: Fire,
  rules: Partial<OwnershipRules> = {},
  promises: UringPromises = {},
): UringMechanismMachine {
  checkBufferOwnershipScope(scope);
  const context: MechanismContext = { scope, fire, rules: { ...ownershipRules, ...rules } };
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return {
    name: `uring-mechanism-${scope.class}-${fire}`,
    schema: { ...bufferOwnershipSchemas(scope), state: uringStateSchema(scope) },
    starts: ["poison", "unmap"],
    commands: bufferOwnershipCommands(scope),
    initial: (whenFree) => initialUringState(scope, whenFree),
    step(state, command, world) {
      const reply = perform(context, state, command, world);
      if (reply !== undefined && fire === "connect") workAll(context, state);
      return reply;
    },
    view: (state) => ({
      intact: intact(state),
      connections: state.connections.map((status) =>
        status === "none" ? "none" : status === "lost" ? "lost" : "open"
      ),
    }),
    ...(fire === "any" ? { internal: kernelMoves(context, names) } : {}),
    always: {
      "the kernel touches no memory that the application has taken back": (state) => !state.touched,
      "no connection and no data is lost by a failed copy": (state) => !state.lost,
      "every held cell is held by a request under way": (state) =>
        state.cells.every(({ status, request }) =>
          status !== "held" || !["idle", "done"].includes(state.requests[request]!.phase)
        ),
      "no free cell is written": intact,
    },
    sometimes: goals(scope),
    leadsTo: { ...liveness(scope, fire), ...promises },
    actor: bufferOwnershipActor,
    show: showOwnership,
  };
}
