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
 * - Completions that do not fit in the queue stay in the kernel until it is entered; a multishot request ends then.
 *
 * Rules of the ownership layer: `ownership_rules.ts`. Each known mistake is one of them changed.
 *
 * The mechanism refuses to know bytes, addresses and time: contents are names.
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly, InternalMove, LeadsTo, Machine, World } from "../lockstep/machine.ts";
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
  type Outcome,
  type OwnershipClass,
  refusals,
} from "./ownership_vocabulary.ts";
import type { LifetimeClass } from "./lifetime_class.ts";
import { type OwnershipRules, ownershipRules } from "./ownership_rules.ts";

/** When the kernel carries out what has become possible. */
export type Fire = "any" | "connect" | "enter";

/** What a cell holds: poison, what its layer has written, nothing of meaning, or 3 + what the kernel brought. */
const [poison, initialised, blank, brought] = [0, 1, 2, 3];

/** A posted completion. */
interface Posted {
  request: number;
  cancel: boolean;
  result: Outcome;
  more: boolean;
  notification: boolean;
  connection: number;
}

/** State of the mechanism. */
export interface UringMechanismState {
  whenFree: BufferOwnershipStart;
  /** `until`: the event for which the layer waits. `content`: 0 poison, 1 initialised, 2 blank, 3 + n brought by the kernel. */
  cells: {
    status: "free" | "application" | "held";
    request: number;
    until: LifetimeClass;
    content: number;
    intact: boolean;
  }[];
  /** `cells`: where the kernel's pointers lead, whatever the layer believes. */
  requests: {
    phase: "idle" | "prepared" | "armed" | "notifying" | "posted" | "done";
    operation: OperationName;
    cells: number[];
    cancel: "none" | "asked" | "answered";
  }[];
  queue: { request: number; cancel: boolean }[];
  /** Requests that wait and can be cancelled, in the order in which they were armed. */
  armed: number[];
  /** The kernel's wait queue: who is woken next. A cancelled request stays in it until the kernel has worked on it. */
  waiters: number[];
  /** What the kernel has to do for requests. */
  work: { request: number; what: "wake" | "cancelled" | "notification" }[];
  posted: Posted[];
  /** How many of `posted` are in the queue; the others wait in the kernel. */
  visible: number;
  connections: ("none" | "waiting" | "taken" | "lost")[];
  /** Connections that wait, oldest first. */
  backlog: number[];
  channels: ("quiet" | "data" | "full" | "room" | "right" | "changed" | "spent")[];
  /** Truths about the past that no correct layer lets happen. */
  touched: boolean;
  lost: boolean;
}

type State = UringMechanismState;
type Reply = BufferOwnershipReply;

function remove(list: number[], name: number): void {
  const place = list.indexOf(name);
  if (place >= 0) list.splice(place, 1);
}

/** A channel takes the next send when what was sent before has been received; a zero-copy one takes one. */
function maySend(channel: State["channels"][number], ownershipClass: OwnershipClass): boolean {
  if (ownershipClass === "zero-copy") return channel === "full";
  return channel !== "right" && channel !== "changed";
}

/** The mechanism with its rules, as functions that share them. */
class Mechanism {
  readonly scope: BufferOwnershipScope;
  readonly fire: Fire;
  readonly rules: OwnershipRules;

  constructor(scope: BufferOwnershipScope, fire: Fire, rules: OwnershipRules) {
    this.scope = scope;
    this.fire = fire;
    this.rules = rules;
  }

  step(state: State, command: BufferOwnershipCommand, world: World<Reply>): Reply | undefined {
    const reply = this.#command(state, command, world);
    if (reply !== undefined && this.fire === "connect") this.#workAll(state);
    return reply;
  }

  /** The kernel's own move for one request under `fire: any`. */
  move(state: State, name: number, world: World<never>): string | undefined {
    const place = state.work.findIndex(({ request }) => request === name);
    if (place < 0) return world.refuse("the kernel has nothing to do for the request");
    const [item] = state.work.splice(place, 1);
    this.#work(state, item!);
    return `works on request ${name}`;
  }

  #command(state: State, command: BufferOwnershipCommand, world: World<Reply>): Reply | undefined {
    switch (command.kind) {
      case "prepare":
        return this.#prepare(state, command, world);
      case "submit":
        return { kind: "submitted", count: this.#fetch(state) };
      case "enter":
        if (this.fire !== "any") this.#workAll(state);
        state.visible = Math.min(state.posted.length, this.scope.completions);
        return { kind: "entered" };
      case "reap":
        return this.#reap(state);
      case "cancel": {
        const { phase, cancel } = state.requests[command.request]!;
        if (phase === "idle" || phase === "done") return world.refuse(refusals.nothingToCancel);
        if (cancel !== "none") return world.refuse(refusals.alreadyCancelled);
        state.requests[command.request]!.cancel = "asked";
        state.queue.push({ request: command.request, cancel: true });
        return { kind: "cancel submitted", count: this.#fetch(state) };
      }
      case "release":
        return this.#release(state, command.cell, world);
      case "connect":
        if (!isNextName(state.connections, command.as, (status) => status === "none")) {
          return world.refuse(refusals.otherConnectionNext);
        }
        state.connections[command.as] = "waiting";
        state.backlog.push(command.as);
        this.#wake(
          state,
          (name) => operationShapes[state.requests[name]!.operation].waitsFor === "connection",
        );
        return { kind: "connected" };
      case "peer":
        return this.#peer(state, command.request, world);
    }
  }

  // The layer.

  #prepare(
    state: State,
    command: Extract<BufferOwnershipCommand, { kind: "prepare" }>,
    world: World<Reply>,
  ): Reply | undefined {
    const { operation, cells, as } = command;
    if (!isNextName(state.requests, as, ({ phase }) => phase === "idle")) {
      return world.refuse(refusals.otherRequestNext);
    }
    if (!maySend(state.channels[as]!, this.scope.class)) return world.refuse(refusals.channelTaken);
    const held = cells.some((cell) => state.cells[cell]!.status === "held");
    if (held && this.rules.refusesShared) return { kind: "refused" };
    operationShapes[operation].pointers.forEach(({ name, touch, until }, place) => {
      const cell = state.cells[cells[place]!]!;
      const keeps = this.rules.until(operation, name, until);
      const kept = touch === "updates" && name === "length" && !this.rules.initialisesLength;
      if (!kept) cell.content = touch === "writes" ? blank : initialised;
      cell.intact = true;
      cell.status = keeps === undefined ? "application" : "held";
      cell.request = keeps === undefined ? 0 : as;
      cell.until = keeps ?? "until-submit";
    });
    state.requests[as] = { phase: "prepared", operation, cells: [...cells], cancel: "none" };
    state.queue.push({ request: as, cancel: false });
    return { kind: "prepared" };
  }

  #giveBack(state: State, request: number, until?: LifetimeClass): void {
    for (const cell of state.cells) {
      if (cell.status !== "held" || cell.request !== request) continue;
      if (until !== undefined && cell.until !== until) continue;
      cell.status = "application";
      cell.request = 0;
      cell.until = "until-submit";
    }
  }

  #release(state: State, name: number, world: World<Reply>): Reply | undefined {
    const cell = state.cells[name]!;
    if (cell.status === "free") return world.refuse(refusals.cellFree);
    if (cell.status === "held") return { kind: "refused" };
    cell.status = "free";
    cell.content = poison;
    return { kind: "released" };
  }

  #reap(state: State): Reply {
    if (state.visible === 0) return { kind: "empty" };
    state.visible--;
    const { request: name, cancel, result, more, notification, connection } = state.posted.shift()!;
    const request = state.requests[name]!;
    if (cancel) {
      request.cancel = "answered";
      if (this.rules.cancelEnds || this.rules.alreadyEnds && result === "EALREADY") {
        this.#giveBack(state, name);
      }
      if (request.phase === "done") this.#retire(state, name);
      return { kind: "cancel completed", request: name, result };
    }
    const content = result === "ok" && !notification ? this.#shown(state, name, connection) : "none";
    if (connection >= 0 && state.connections[connection] === "taken") state.connections[connection] = "none";
    if (!more || this.rules.firstCompletionEnds) this.#giveBack(state, name);
    if (state.channels[name] === "spent" && this.scope.class === "receive") state.channels[name] = "quiet";
    if (!more) this.#retire(state, name);
    return { kind: "completed", request: name, result, more, notification, content, connection };
  }

  /** What the application finds in the cell that the kernel was to write. */
  #shown(state: State, name: number, connection: number): "right" | "wrong" | "other" | "none" {
    const { operation, cells } = state.requests[name]!;
    const { pointers, multishot } = operationShapes[operation];
    const place = pointers.findIndex(({ touch }) => touch === "writes");
    if (place < 0) return "none";
    const cell = state.cells[cells[place]!]!;
    if (cell.status !== "held" || cell.request !== name) return "wrong";
    if (cell.content === brought + Math.max(connection, 0)) return "right";
    return multishot && cell.content >= brought ? "other" : "wrong";
  }

  #retire(state: State, name: number): void {
    const request = state.requests[name]!;
    request.phase = request.cancel === "asked" ? "done" : "idle";
    request.cells = [];
    if (request.phase === "done") return;
    request.operation = "nop";
    request.cancel = "none";
  }

  // The kernel.

  #fetch(state: State): number {
    let count = 0;
    for (let entry = state.queue.shift(); entry !== undefined; entry = state.queue.shift()) {
      count++;
      if (entry.cancel) this.#cancel(state, entry.request);
      else if (!this.#issue(state, entry.request)) break;
    }
    if (this.rules.trustsEnter) {
      for (const { request, cancel } of state.queue) {
        if (!cancel) this.#giveBack(state, request, "until-submit");
      }
    }
    return count;
  }

  /** Fetches one request and tries it; `false` when it fails in preparation. */
  #issue(state: State, name: number): boolean {
    const request = state.requests[name]!;
    const shape = operationShapes[request.operation];
    if (request.operation === "faulty") {
      this.#post(state, name, { result: "EINVAL" });
      return false;
    }
    for (const [place, { until }] of shape.pointers.entries()) {
      if (until !== "until-submit") continue;
      if (this.#access(state, name, place) === "good") continue;
      this.#post(state, name, { result: "EFAULT" });
      return false;
    }
    this.#giveBack(state, name, "until-submit");
    request.phase = "armed";
    if (request.operation === "send-zc") {
      request.phase = "notifying";
      state.channels[name] = "right";
      this.#post(state, name, { more: true });
    } else if (shape.waitsFor === "worker") {
      state.armed.push(name);
      state.work.push({ request: name, what: "wake" });
    } else if (shape.waitsFor === "nothing") this.#finish(state, name, 0);
    else if (!this.#attempt(state, name)) {
      state.armed.push(name);
      state.waiters.push(name);
    }
    return true;
  }

  /** Takes what the request waits for, if it is there; `true` when the request has ended. */
  #attempt(state: State, name: number): boolean {
    const { waitsFor, multishot } = operationShapes[state.requests[name]!.operation];
    switch (waitsFor) {
      case "connection":
        for (;;) {
          const connection = state.backlog.shift();
          if (connection === undefined) return false;
          state.connections[connection] = "taken";
          // A multishot request that finds no room for its completion ends with it.
          const more = multishot && this.#hasRoom(state);
          if (!this.#finish(state, name, connection, more) || !more) return true;
        }
      case "data":
        if (state.channels[name] !== "data") return false;
        state.channels[name] = "spent"; // until its completion is read: nobody knows earlier
        this.#finish(state, name, 0);
        return true;
      case "room":
        if (state.channels[name] !== "room") return false;
        this.#finish(state, name, 0);
        return true;
      case "worker":
        this.#finish(state, name, 0);
        return true;
      case "nothing":
      case "never":
        return false;
    }
  }

  /** Touches the memory and posts the completion; `false` when a touch failed. */
  #finish(state: State, name: number, token: number, more = false): boolean {
    const { operation, cells } = state.requests[name]!;
    const { pointers, waitsFor } = operationShapes[operation];
    const connection = waitsFor === "connection" ? token : -1;
    for (const [place, { until, touch, name: pointer }] of pointers.entries()) {
      if (until === "until-submit") continue;
      const access = this.#access(state, name, place);
      const cell = state.cells[cells[place]!]!;
      const negative = touch === "updates" && (access === "poisoned" || cell.content !== initialised);
      if (access === "unmapped" || negative) {
        state.lost = true;
        if (connection >= 0) state.connections[connection] = "lost";
        const result = access === "unmapped" || pointer !== "length" ? "EFAULT" : "EINVAL";
        this.#post(state, name, { result });
        return false;
      }
      if (touch === "writes") {
        cell.content = brought + token;
        if (access === "poisoned") cell.intact = false;
      }
      if (touch === "reads") state.channels[name] = cell.content === initialised ? "right" : "changed";
    }
    this.#post(state, name, { more, connection });
    return true;
  }

  /** Whether the memory behind a pointer is still this request's, and what the kernel meets when it is not. */
  #access(state: State, name: number, place: number): "good" | "foreign" | "poisoned" | "unmapped" {
    const cell = state.cells[state.requests[name]!.cells[place]!]!;
    if (cell.status === "held" && cell.request === name) return "good";
    state.touched = true;
    if (cell.status !== "free") return "foreign";
    return state.whenFree === "unmap" ? "unmapped" : "poisoned";
  }

  #hasRoom(state: State): boolean {
    return state.visible === state.posted.length && state.visible < this.scope.completions;
  }

  #post(state: State, request: number, more: Partial<Posted>): void {
    const posted = {
      request,
      cancel: false,
      result: "ok" as const,
      more: false,
      notification: false,
      connection: -1,
    };
    // Once something waits in the kernel, everything after it waits behind it.
    if (this.#hasRoom(state)) state.visible++;
    state.posted.push({ ...posted, ...more });
    if (more.cancel !== true && more.more !== true) state.requests[request]!.phase = "posted";
  }

  #wake(state: State, waits: (name: number) => boolean): void {
    const name = state.waiters.find(waits);
    if (name === undefined) return;
    // A request that was cancelled takes every wake-up with it, until it is worked on.
    if (state.work.some(({ request, what }) => request === name && what === "cancelled")) return;
    if (!operationShapes[state.requests[name]!.operation].multishot) remove(state.waiters, name);
    if (state.work.every(({ request }) => request !== name)) state.work.push({ request: name, what: "wake" });
  }

  #workAll(state: State): void {
    for (let item = state.work.shift(); item !== undefined; item = state.work.shift()) {
      this.#work(state, item);
    }
  }

  #work(state: State, item: State["work"][number]): void {
    const { request: name, what } = item;
    switch (what) {
      case "wake":
        if (this.#attempt(state, name)) {
          remove(state.armed, name);
          remove(state.waiters, name);
        } else if (!state.waiters.includes(name)) state.waiters.push(name);
        return;
      case "cancelled":
        remove(state.waiters, name);
        this.#post(state, name, { result: "ECANCELED" });
        return;
      case "notification":
        this.#post(state, name, { notification: true });
        return;
    }
  }

  #cancel(state: State, name: number): void {
    const found = state.armed.includes(name);
    const runs = found && operationShapes[state.requests[name]!.operation].waitsFor === "worker";
    this.#post(state, name, { cancel: true, result: runs ? "EALREADY" : found ? "ok" : "ENOENT" });
    if (!found || runs) return;
    const woken = state.work.some(({ request }) => request === name);
    remove(state.armed, name);
    if (woken) state.work.find(({ request }) => request === name)!.what = "cancelled";
    else state.work.push({ request: name, what: "cancelled" });
    if (!this.rules.rewakes) return;
    remove(state.waiters, name);
    if (woken && state.backlog.length > 0) {
      this.#wake(
        state,
        (other) => operationShapes[state.requests[other]!.operation].waitsFor === "connection",
      );
    }
  }

  // The peer.

  #peer(state: State, name: number, world: World<Reply>): Reply | undefined {
    const isArmed = (other: number): boolean => other === name;
    switch (state.channels[name]!) {
      case "quiet":
        state.channels[name] = "data";
        this.#wake(state, isArmed);
        return { kind: "acted", seen: "nothing" };
      case "data":
        return world.refuse(refusals.peerHasSent);
      case "spent":
        return world.refuse(refusals.peerWaits);
      case "full":
        if (this.scope.class === "zero-copy") return world.refuse(refusals.peerWaits);
        state.channels[name] = "room";
        this.#wake(state, isArmed);
        return { kind: "acted", seen: "nothing" };
      case "room":
        return { kind: "acted", seen: "nothing" };
      case "right":
      case "changed": {
        if (this.scope.class === "zero-copy") return this.#receiveZeroCopy(state, name);
        const seen = state.channels[name] === "right" ? "right" : "changed";
        state.channels[name] = "room";
        return { kind: "acted", seen };
      }
    }
  }

  /** The payload is read where it lies, as late as this. */
  #receiveZeroCopy(state: State, name: number): Reply {
    const access = this.#access(state, name, 0);
    const cell = state.cells[state.requests[name]!.cells[0]!]!;
    state.channels[name] = "spent";
    state.work.push({ request: name, what: "notification" });
    // Pages that are taken away stay with the kernel as they were.
    const right = access === "good" || access === "unmapped" || cell.content === initialised;
    return { kind: "acted", seen: right ? "right" : "changed" };
  }
}

function stateSchema(scope: BufferOwnershipScope): z.ZodType<State> {
  const request = z.int().min(0).max(scope.requests - 1);
  const names = 2 * scope.requests;
  return z.strictObject({
    whenFree: z.enum(["poison", "unmap"]),
    cells: z.array(z.strictObject({
      status: z.enum(["free", "application", "held"]),
      request,
      until: z.enum(["until-submit", "until-completion", "until-notification"]),
      content: z.int().min(0).max(brought + scope.requests - 1),
      intact: z.boolean(),
    })).length(scope.cells),
    requests: z.array(z.strictObject({
      phase: z.enum(["idle", "prepared", "armed", "notifying", "posted", "done"]),
      operation: operationName,
      cells: z.array(z.int().min(0).max(scope.cells - 1)).max(2),
      cancel: z.enum(["none", "asked", "answered"]),
    })).length(scope.requests),
    queue: z.array(z.strictObject({ request, cancel: z.boolean() })).max(names),
    armed: z.array(request).max(scope.requests),
    waiters: z.array(request).max(scope.requests),
    work: z.array(z.strictObject({ request, what: z.enum(["wake", "cancelled", "notification"]) })).max(
      names,
    ),
    posted: z.array(z.strictObject({
      request,
      cancel: z.boolean(),
      result: z.enum(["ok", "ECANCELED", "ENOENT", "EALREADY", "EINVAL", "EFAULT", "other"]),
      more: z.boolean(),
      notification: z.boolean(),
      connection: z.int().min(-1).max(scope.requests - 1),
    })).max(4 * scope.requests),
    visible: z.int().min(0).max(scope.completions),
    connections: z.array(z.enum(["none", "waiting", "taken", "lost"])).length(scope.requests),
    backlog: z.array(request).max(scope.requests),
    channels: z.array(z.enum(["quiet", "data", "full", "room", "right", "changed", "spent"])).length(
      scope.requests,
    ),
    touched: z.boolean(),
    lost: z.boolean(),
  });
}

/** The machine of the mechanism. */
export type UringMechanismMachine = Machine<
  State,
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipStart,
  BufferOwnershipView
>;

type Promises = Record<string, LeadsTo<State, BufferOwnershipCommand>>;

/** Name of the kernel's own move for a request under `fire: any`. */
function workOn(name: number): string {
  return `work on request ${name}`;
}

/** The moves that an application and a kernel that go on do not leave out for ever. */
function fairMoves(scope: BufferOwnershipScope, fire: Fire): readonly string[] {
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return ["submit", "enter", "reap", ...(fire === "any" ? names.map(workOn) : [])];
}

/** What becomes of requests when the application goes on submitting, entering and reading completions. */
function liveness(scope: BufferOwnershipScope, fire: Fire): Promises {
  const promises: Promises = {};
  for (let name = 0; name < scope.requests; name++) {
    // What never waits needs no promise: under `connect` it is carried out before anybody looks.
    if (fire !== "connect" && (scope.class === "receive" || scope.class === "send")) {
      promises[`request ${name} ends when what it waits for is there`] = {
        from: (state) =>
          state.requests[name]!.phase === "armed" && ["data", "room"].includes(state.channels[name]!),
        to: (state) => state.requests[name]!.phase === "idle" || state.requests[name]!.phase === "done",
        weak: fairMoves(scope, fire),
      };
    }
    promises[`request ${name} ends when it is cancelled`] = {
      from: (state) => state.requests[name]!.cancel === "asked",
      to: (state) => state.requests[name]!.phase === "idle",
      // What was sent without copying comes back when the peer has received it, cancelled or not.
      weak: [...fairMoves(scope, fire), ...(scope.class === "zero-copy" ? ["peer"] : [])],
    };
  }
  return promises;
}

/** The promise that Linux does not keep: an accept that waits gets a connection that waits. */
export function noLostWakeUp(
  scope: BufferOwnershipScope,
  fire: Fire,
): Readonly<Record<string, LeadsTo<State, BufferOwnershipCommand>>> {
  return {
    "a connection that waits is accepted while an accept waits": {
      from: (state) => state.backlog.length > 0 && state.armed.length > 0,
      to: (state) => state.backlog.length === 0 || state.armed.length === 0,
      weak: fairMoves(scope, fire),
    },
  };
}

function kernelMoves(mechanism: Mechanism, names: readonly number[]): Record<string, InternalMove<State>> {
  return Object.fromEntries(names.map((name) => [
    workOn(name),
    { actor: "kernel", move: (state: State, world: World<never>) => mechanism.move(state, name, world) },
  ]));
}

function intact(state: DeepReadonly<State>): boolean {
  return state.cells.every((cell) => cell.intact || cell.status !== "free");
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
  promises: Readonly<Record<string, LeadsTo<State, BufferOwnershipCommand>>> = {},
): UringMechanismMachine {
  checkBufferOwnershipScope(scope);
  const mechanism = new Mechanism(scope, fire, { ...ownershipRules, ...rules });
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  const sends = scope.class === "send" || scope.class === "zero-copy";
  return {
    name: `uring-mechanism-${scope.class}-${fire}`,
    schema: { ...bufferOwnershipSchemas(scope), state: stateSchema(scope) },
    starts: ["poison", "unmap"],
    commands: bufferOwnershipCommands(scope),
    initial: (whenFree) => ({
      whenFree,
      cells: Array.from({ length: scope.cells }, () => ({
        status: "free",
        request: 0,
        until: "until-submit",
        content: poison,
        intact: true,
      })),
      requests: names.map(() => ({ phase: "idle", operation: "nop", cells: [], cancel: "none" })),
      queue: [],
      armed: [],
      waiters: [],
      work: [],
      posted: [],
      visible: 0,
      connections: names.map(() => "none"),
      backlog: [],
      channels: names.map(() => sends ? "full" : "quiet"),
      touched: false,
      lost: false,
    }),
    step: (state, command, world) => mechanism.step(state, command, world),
    view: (state) => ({
      intact: intact(state),
      connections: state.connections.map((status) =>
        status === "none" ? "none" : status === "lost" ? "lost" : "open"
      ),
    }),
    ...(fire === "any" ? { internal: kernelMoves(mechanism, names) } : {}),
    always: {
      "the kernel touches no memory that the application has taken back": (state) => !state.touched,
      "no connection and no data is lost by a failed copy": (state) => !state.lost,
      "every held cell is held by a request under way": (state) =>
        state.cells.every(({ status, request }) =>
          status !== "held" || !["idle", "done"].includes(state.requests[request]!.phase)
        ),
      "no free cell is written": intact,
    },
    sometimes: {
      "all requests are under way": (state) => state.requests.every(({ phase }) => phase !== "idle"),
      "a cell waits to be released": (state) => state.cells.some(({ status }) => status === "application"),
      ...(scope.class === "submit"
        ? {
          "an entry waits behind one that failed": (state) =>
            state.queue.length > 0 && state.posted.length > 0,
        }
        : {}),
    },
    leadsTo: { ...liveness(scope, fire), ...promises },
    actor: bufferOwnershipActor,
  };
}
