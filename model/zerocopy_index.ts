/**
 * Zero-copy index, the specification: what the owner of a buffer pool may rely on when it sends without copying.
 *
 * Actors: a sender, who submits buffers and polls; the kernel, which numbers successful zero-copy sends, reads the
 * buffers in place and says later, by number, which it has let go of; a reader at the other end; others, who may use
 * up the memory for zero-copy sends.
 *
 * The kernel's rules:
 * - A zero-copy send that took more than 0 units uses up one number, whatever it took. A send that failed, that was
 *   empty, or that copied uses up none. Numbers wrap.
 * - A number is notified once, some time after the send, alone or in a range with its neighbours, in any order
 *   (or, by scope, in order). Ranges may wrap. Once the reader has acknowledged everything, all are notified.
 * - A stream may take a part of a send. It refuses one (`EAGAIN`) only while something is not acknowledged.
 * - `ENOBUFS` is answered to zero-copy sends while memory for notifications is used up.
 * - After `close` the kernel still sends what it was given, and notifies no more.
 *
 * Promised:
 * - Requests go out in order, in sends of at most `chunkUnits`; a send below the threshold copies.
 * - A request ends once, when all of it was sent and every number that carried a part of it was notified, and after
 *   all requests before it. Then, not earlier, its buffer is free.
 * - Nobody waits for what never comes: when a send is put off, something will wake the sender. Without memory and
 *   with nothing in flight, the sender copies.
 * - The reader finds the bytes that were submitted.
 * - On `close` all pending requests are aborted in order; buffers that the kernel still reads never become free.
 *
 * Completions are decided where they are observed, inside `poll`. The model refuses to know counters, tags and
 * error queues: it holds the set of numbers in flight, and per request the ones that carry it.
 *
 * @module
 */
import type { DeepReadonly, World } from "../lockstep/machine.ts";
import { flush, type SendEffects } from "./zerocopy_index/flush.ts";
import {
  arrivedUnits,
  isNotifiedAtOnce,
  putOnWire,
  takeFromWire,
  unitsOf,
  wireHasRoom,
} from "./zerocopy_index/kernel.ts";
import {
  checkZerocopyScope,
  hasNumbersLeft,
  idCount,
  listed,
  type NotificationRecord,
  showSurroundings,
  zerocopyActor,
  type ZerocopyCommand,
  zerocopyCommands,
  type ZerocopyReply,
  zerocopySchemas,
  type ZerocopyScope,
  type ZerocopyStart,
  type ZerocopyView,
} from "./zerocopy_index/scope.ts";
import {
  buffersComeBack,
  refusals,
  type ZerocopyMachine,
  type ZerocopyState,
  zerocopyStateSchema,
} from "./zerocopy_index/state.ts";

/** The requests that are through, from the front; they end. */
function endThrough(state: ZerocopyState): number[] {
  const ended: number[] = [];
  while (state.unsent > 0 && state.requests[0]!.ids.length === 0) {
    const { buffer } = state.requests.shift()!;
    state.unsent--;
    state.free[buffer] = true;
    ended.push(buffer);
  }
  return ended;
}

/** Gives `units` units to the requests in order; number `id` carries them unless it is `undefined`. */
function account(scope: ZerocopyScope, state: ZerocopyState, units: number, id: number | undefined): void {
  let rest = units;
  do {
    const request = state.requests[state.unsent]!;
    const taken = Math.min(rest, request.units - request.sent);
    request.sent += taken;
    rest -= taken;
    if (id !== undefined) request.ids.push(id);
    putOnWire(scope, state.wire, request.buffer, state.parity[request.buffer]!, taken);
    if (request.sent < request.units) return;
    state.unsent++;
  } while (rest > 0);
}

/** What a send means to the specification. */
function effects(scope: ZerocopyScope): SendEffects<ZerocopyState> {
  return {
    spanIsUsedUp: (state) => spanOf(scope, state) >= scope.spanLimit,
    inFlight: (state) => state.inFlight.length,
    copiesInstead: (state) => state.inFlight.length === 0,
    answered(state, result, zerocopy) {
      if (result < 0) return;
      if (result > 0) state.acknowledged = false;
      const id = zerocopy && result > 0 ? state.nextId : undefined;
      if (id !== undefined) {
        state.inFlight.push({ id, due: isNotifiedAtOnce(scope) });
        state.nextId = (id + 1) % idCount(scope);
      }
      account(scope, state, result, id);
    },
  };
}

/** From the oldest number in flight to the next. */
function spanOf(scope: ZerocopyScope, state: DeepReadonly<ZerocopyState>): number {
  const oldest = state.inFlight[0]?.id ?? state.nextId;
  return (state.nextId - oldest + idCount(scope)) % idCount(scope);
}

/** How many numbers in flight follow each other from place `first` on. */
function runLength(scope: ZerocopyScope, state: ZerocopyState, first: number): number {
  let length = 1;
  while (
    first + length < state.inFlight.length &&
    state.inFlight[first + length]!.id === (state.inFlight[first]!.id + length) % idCount(scope)
  ) length++;
  return length;
}

/** One notification, of which `nth` of this poll; `undefined` = there is none. */
function notification(
  scope: ZerocopyScope,
  state: ZerocopyState,
  nth: number,
  optional: boolean,
  world: World<ZerocopyReply>,
): NotificationRecord | undefined {
  const ranges: { first: number; length: number }[] = [];
  for (let first = 0; first < (scope.order === "any" ? state.inFlight.length : 1); first++) {
    for (let length = runLength(scope, state, first); length > 0; length--) ranges.push({ first, length });
  }
  const pick = world.choose(ranges.length + (optional ? 1 : 0), (heard) => {
    const record = heard.kind === "polled" ? heard.records[nth] : undefined;
    if (record === undefined) return optional ? ranges.length : "impossible";
    const length = (record.high - record.low + idCount(scope)) % idCount(scope) + 1;
    const found = ranges.findIndex((range) =>
      range.length === length && state.inFlight[range.first]!.id === record.low
    );
    return found < 0 ? "impossible" : found;
  });
  if (pick === ranges.length) return undefined;
  const { first, length } = ranges[pick]!;
  const copied = scope.copied === "always" || world.choose(2, (heard) => {
        const record = heard.kind === "polled" ? heard.records[nth] : undefined;
        return record === undefined ? "impossible" : record.copied ? 1 : 0;
      }) === 1;
  const gone = state.inFlight.splice(first, length).map(({ id }) => id);
  for (const request of state.requests) request.ids = request.ids.filter((id) => !gone.includes(id));
  return { low: gone[0]!, high: gone[length - 1]!, copied };
}

function poll(
  scope: ZerocopyScope,
  state: ZerocopyState,
  most: number,
  world: World<ZerocopyReply>,
): ZerocopyReply {
  const records: NotificationRecord[] = [];
  while (records.length < most && state.inFlight.length > 0) {
    world.tick();
    const optional = state.inFlight.every(({ due }) => !due);
    const record = notification(scope, state, records.length, optional, world);
    if (record === undefined) break;
    records.push(record);
  }
  const attempts = flush(scope, state, state, effects(scope), world);
  return { kind: "polled", records, refused: 0, attempts, ended: endThrough(state) };
}

/** The lowest free buffer, filled anew; -1 = none. */
function fillBuffer(state: ZerocopyState): number {
  const buffer = state.free.indexOf(true);
  if (buffer >= 0) state.parity[buffer] = 1 - state.parity[buffer]!;
  return buffer;
}

function submit(
  scope: ZerocopyScope,
  state: ZerocopyState,
  units: number,
  hold: boolean,
  world: World<ZerocopyReply>,
): ZerocopyReply {
  const buffer = fillBuffer(state);
  if (buffer < 0) return { kind: "full" };
  if (state.closed) return { kind: "filled", buffer };
  state.free[buffer] = false;
  state.requests.push({ buffer, units, sent: 0, ids: [] });
  const attempts = hold ? [] : flush(scope, state, state, effects(scope), world);
  return { kind: "submitted", buffer, attempts, ended: hold ? [] : endThrough(state) };
}

function close(state: ZerocopyState): ZerocopyReply {
  const aborted = state.requests.map(({ buffer }) => buffer);
  for (const { buffer, ids } of state.requests) state.free[buffer] = ids.length === 0;
  state.requests = [];
  state.unsent = 0;
  state.inFlight = [];
  state.closed = true;
  return { kind: "closed", aborted };
}

function step(
  scope: ZerocopyScope,
  state: ZerocopyState,
  command: ZerocopyCommand,
  world: World<ZerocopyReply>,
): ZerocopyReply | undefined {
  switch (command.kind) {
    case "submit":
      if (!wireHasRoom(scope, state.wire)) return world.refuse(refusals.wireFull);
      if (!hasNumbersLeft(scope, state.nextId)) return world.refuse(refusals.numbersSpent);
      return submit(scope, state, command.units, command.hold, world);
    case "poll":
      if (state.closed) return world.refuse(refusals.closed);
      return poll(scope, state, command.records === "all" ? Infinity : 1, world);
    case "read":
      return {
        kind: "read",
        runs: takeFromWire(state.wire, arrivedUnits(scope, state.wire, world)),
      };
    case "settle": {
      for (const sent of state.inFlight) sent.due = true;
      state.acknowledged = true;
      return { kind: "settled", runs: takeFromWire(state.wire, unitsOf(state.wire)) };
    }
    case "starve":
    case "relieve":
      if (state.closed) return world.refuse(refusals.closed);
      if (state.starved === (command.kind === "starve")) return world.refuse(refusals[command.kind]);
      state.starved = command.kind === "starve";
      return { kind: "done" };
    case "close":
      return state.closed ? world.refuse(refusals.closed) : close(state);
  }
}

/** The state in which a case of either machine begins, as far as both know it. */
function initial(scope: ZerocopyScope, start: ZerocopyStart): ZerocopyState {
  return {
    nextId: start.firstId,
    inFlight: [],
    requests: [],
    unsent: 0,
    free: Array.from({ length: scope.buffers }, () => true),
    parity: Array.from({ length: scope.buffers }, () => 0),
    wire: [],
    acknowledged: true,
    starved: false,
    closed: false,
  };
}

/** What can be seen of a state. */
function view(state: DeepReadonly<ZerocopyState>): ZerocopyView {
  return {
    freeBuffers: state.free.filter((free) => free).length,
    pendingRequests: state.requests.length,
  };
}

/** Makes the specification for a scope. @throws {RangeError} for a scope out of range */
export function zerocopyIndex(scope: ZerocopyScope): ZerocopyMachine {
  checkZerocopyScope(scope);
  return {
    name: "zerocopy-index",
    schema: { state: zerocopyStateSchema(scope), ...zerocopySchemas(scope) },
    starts: scope.firstIds.map((firstId) => ({ firstId })),
    commands: zerocopyCommands(scope),
    initial: (start) => initial(scope, start),
    step: (state, command, world) => step(scope, state, command, world),
    view,
    settle: { kind: "settle" },
    always: {
      "a free buffer is carried by nothing in flight": (state) =>
        state.requests.every(({ buffer }) => !state.free[buffer]),
      "numbers in flight stay within the span": (state) => spanOf(scope, state) <= scope.spanLimit,
      "a request that is through has ended": (state) =>
        state.unsent === 0 || state.requests[0]!.ids.length > 0,
    },
    sometimes: Math.max(...scope.requestUnits) > scope.chunkUnits
      ? { "a request spans several sends": (state) => state.requests.some(({ ids }) => ids.length > 1) }
      : {},
    everyStep: {
      "what a poll leaves unsent has something to wait for": {
        when: ({ reply, after }) => reply?.kind === "polled" && after.unsent < after.requests.length,
        then: ({ after }) => after.inFlight.length > 0 || !after.acknowledged,
      },
    },
    leadsTo: buffersComeBack(scope),
    actor: zerocopyActor,
    show: ({ nextId, inFlight, requests, free, wire }) =>
      `next ${nextId}, in flight ${listed(inFlight.map(({ id }) => id))} | requests ${
        listed(requests.map(({ buffer, sent, units, ids }) => `${buffer}:${sent}/${units}[${ids.join(" ")}]`))
      } | ${showSurroundings(free, wire)}`,
  };
}
