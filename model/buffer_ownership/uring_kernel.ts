/**
 * The kernel of the mechanism: it fetches entries, arms requests, is woken, touches memory and posts completions.
 *
 * @module
 */
import { operationShapes } from "./ownership_operations.ts";
import { fillsPerCell, giveBack } from "./ownership_state.ts";
import { giveBackUnfetched } from "./uring_layer.ts";
import {
  cellContent,
  type MechanismContext,
  type Posted,
  type UringMechanismState,
  type Work,
} from "./uring_state.ts";

type State = UringMechanismState;

function remove(list: number[], name: number): void {
  const place = list.indexOf(name);
  if (place >= 0) list.splice(place, 1);
}

/** Fetches what was published, `most` entries at the most, and stops behind one that fails; says how many. */
export function fetchEntries(context: MechanismContext, state: State, most: number = Infinity): number {
  let count = 0;
  const before = state.work.length;
  for (let left = Math.min(most, state.published); left > 0; left--) {
    const entry = state.queue.shift()!;
    state.published--;
    count += entry.cancel ? 1 : entriesOf(state, entry.request);
    if (entry.cancel) cancel(context, state, entry.request);
    // A polling thread comes back for what lies behind an entry that failed.
    else if (!issue(context, state, entry.request) && context.scope.class !== "polling") break;
  }
  // Timers are told when the completions of the whole batch are handed out.
  const added = state.work.splice(before);
  const isStop = ({ what }: Work): boolean => what === "stop";
  state.work.push(...added.filter((item) => !isStop(item)), ...added.filter(isStop));
  if (context.rules.trustsEnter) giveBackUnfetched(state);
  return count;
}

/** A linked timeout is an entry of its own. */
function entriesOf(state: State, name: number): number {
  return operationShapes[state.requests[name]!.operation].timer === "none" ? 1 : 2;
}

/** Fetches one request and tries it; `false` when it fails in preparation. */
function issue(context: MechanismContext, state: State, name: number): boolean {
  const request = state.requests[name]!;
  const shape = operationShapes[request.operation];
  if (request.operation === "faulty") {
    post(context, state, name, { result: "EINVAL" });
    return false;
  }
  for (const [place, { until }] of shape.pointers.entries()) {
    if (until !== "until-submit") continue;
    if (access(state, name, place) === "good") continue;
    post(context, state, name, { result: "EFAULT" });
    return false;
  }
  giveBack(state.cells, name, "until-submit");
  request.phase = "armed";
  if (shape.timer !== "none") request.timer = "armed";
  if (shape.notifies) sendWithoutCopy(context, state, name);
  else if (shape.waitsFor === "worker") {
    state.armed.push(name);
    state.work.push({ request: name, what: "wake" });
  } else if (shape.waitsFor === "nothing") finish(context, state, name, 0);
  else if (!attempt(context, state, name)) {
    state.armed.push(name);
    state.waiters.push(name);
    if (shape.timer === "soon") state.work.push({ request: name, what: "expire" });
  }
  return true;
}

/** Whatever comes of it, a notification follows: at once when nothing was taken. */
function sendWithoutCopy(context: MechanismContext, state: State, name: number): void {
  state.requests[name]!.phase = "notifying";
  const shut = state.channels[name] === "shut";
  if (!shut) state.channels[name] = "right";
  post(context, state, name, { more: true, result: shut ? "EPIPE" : "ok" });
  if (shut) state.work.push({ request: name, what: "notification" });
}

/** Takes what the request waits for, if it is there; `true` when the request has ended. */
function attempt(context: MechanismContext, state: State, name: number): boolean {
  const { waitsFor, multishot, provided } = operationShapes[state.requests[name]!.operation];
  switch (waitsFor) {
    case "connection":
      for (;;) {
        const connection = state.backlog.shift();
        if (connection === undefined) return false;
        state.connections[connection] = "taken";
        // A multishot request that finds no room for its completion ends with it.
        const more = multishot && hasRoom(context, state);
        if (!finish(context, state, name, connection, more) || !more) return true;
      }
    case "data":
      if (provided) return fillProvided(context, state, name, multishot);
      if (state.channels[name] !== "data") return false;
      state.channels[name] = "spent"; // until its completion is read: nobody knows earlier
      finish(context, state, name, 0);
      return true;
    case "room":
      if (state.channels[name] !== "room") return false;
      finish(context, state, name, 0);
      return true;
    case "worker":
      finish(context, state, name, 0);
      return true;
    case "nothing":
    case "never":
      return false;
  }
}

/** Picks the next provided cell, before it is known whether there is anything to put into it. */
function fillProvided(context: MechanismContext, state: State, name: number, multishot: boolean): boolean {
  const next = state.provided[0];
  if (next === undefined) {
    post(context, state, name, { result: "ENOBUFS" });
    return true;
  }
  if (state.channels[name] !== "data") return false;
  state.channels[name] = "spent";
  const cell = state.cells[next.cell]!;
  if (cell.status !== "provided") state.touched = true;
  if (cell.status === "free") {
    if (state.whenFree === "unmap") {
      state.lost = true;
      post(context, state, name, { result: "EFAULT" });
      return true;
    }
    cell.intact = false;
  }
  cell.content = cellContent.brought;
  next.filled++;
  const kept = next.filled < fillsPerCell;
  if (!kept) state.provided.shift();
  const more = multishot && hasRoom(context, state);
  post(context, state, name, { more, cell: next.cell, kept });
  return !more;
}

/** Touches the memory and posts the completion; `false` when a touch failed. */
function finish(
  context: MechanismContext,
  state: State,
  name: number,
  token: number,
  more = false,
): boolean {
  const { operation, cells } = state.requests[name]!;
  const { pointers, waitsFor } = operationShapes[operation];
  const connection = waitsFor === "connection" ? token : -1;
  for (const [place, { until, touch, name: pointer }] of pointers.entries()) {
    if (until === "until-submit") continue;
    const met = access(state, name, place);
    const cell = state.cells[cells[place]!]!;
    const negative = touch === "updates" && (met === "poisoned" || cell.content !== cellContent.initialised);
    if (met === "unmapped" || negative) {
      state.lost = true;
      if (connection >= 0) state.connections[connection] = "lost";
      const result = met === "unmapped" || pointer !== "length" ? "EFAULT" : "EINVAL";
      post(context, state, name, { result });
      return false;
    }
    if (touch === "writes") {
      cell.content = cellContent.brought + token;
      if (met === "poisoned") cell.intact = false;
    }
    if (touch === "reads") {
      state.channels[name] = cell.content === cellContent.initialised ? "right" : "changed";
    }
  }
  post(context, state, name, { more, connection });
  return true;
}

/** Whether the memory behind a pointer is still this request's, and what the kernel meets when it is not. */
export function access(
  state: State,
  name: number,
  place: number,
): "good" | "foreign" | "poisoned" | "unmapped" {
  const cell = state.cells[state.requests[name]!.cells[place]!]!;
  if (cell.status === "held" && cell.request === name) return "good";
  state.touched = true;
  if (cell.status !== "free") return "foreign";
  return state.whenFree === "unmap" ? "unmapped" : "poisoned";
}

function hasRoom({ scope }: MechanismContext, state: State): boolean {
  return state.visible === state.posted.length && state.visible < scope.completions;
}

function post(context: MechanismContext, state: State, name: number, more: Partial<Posted>): void {
  const posted: Posted = {
    request: name,
    of: "request",
    result: "ok",
    more: false,
    notification: false,
    connection: -1,
    cell: -1,
    kept: false,
    ...more,
  };
  // Once something waits in the kernel, everything after it waits behind it.
  if (hasRoom(context, state)) state.visible++;
  state.posted.push(posted);
  if (posted.of !== "request" || posted.more) return;
  const request = state.requests[name]!;
  request.phase = "posted";
  if (request.timer !== "armed") return;
  request.timer = "ended";
  const expiring = state.work.find((item) => item.request === name && item.what === "expire");
  if (expiring === undefined) state.work.push({ request: name, what: "stop" });
  else expiring.what = "stop";
}

/** What has come wakes the first request that waits for it, and only that one. */
export function wake(state: State, waits: (name: number) => boolean): void {
  const name = state.waiters.find(waits);
  if (name === undefined) return;
  const own = state.work.filter(({ request }) => request === name);
  // A request that was cancelled takes every wake-up with it, until it is worked on.
  if (own.some(({ what }) => what === "cancelled")) return;
  if (!operationShapes[state.requests[name]!.operation].multishot) remove(state.waiters, name);
  if (own.every(({ what }) => what !== "wake")) state.work.push({ request: name, what: "wake" });
}

/** Wakes whoever waits for a connection. */
export function wakeAccept(state: State): void {
  wake(state, (name) => operationShapes[state.requests[name]!.operation].waitsFor === "connection");
}

/** Carries out everything that there is to do. */
export function workAll(context: MechanismContext, state: State): void {
  for (let item = state.work.shift(); item !== undefined; item = state.work.shift()) {
    workOn(context, state, item);
  }
}

/** Carries out one thing. */
export function workOn(context: MechanismContext, state: State, { request: name, what }: Work): void {
  const request = state.requests[name]!;
  switch (what) {
    case "wake":
      if (attempt(context, state, name)) {
        remove(state.armed, name);
        remove(state.waiters, name);
      } else if (!state.waiters.includes(name)) state.waiters.push(name);
      return;
    case "cancelled":
      remove(state.waiters, name);
      post(context, state, name, { result: "ECANCELED" });
      return;
    case "notification":
      post(context, state, name, { notification: true });
      return;
    case "expire": {
      const found = state.armed.includes(name);
      request.timer = "ended";
      post(context, state, name, { of: "timer", result: found ? "ETIME" : "ECANCELED" });
      if (found) withdraw(context, state, name);
      return;
    }
    case "stop":
      post(context, state, name, { of: "timer", result: "ECANCELED" });
      return;
  }
}

function cancel(context: MechanismContext, state: State, name: number): void {
  const found = state.armed.includes(name);
  const runs = found && operationShapes[state.requests[name]!.operation].waitsFor === "worker";
  post(context, state, name, { of: "cancel", result: runs ? "EALREADY" : found ? "ok" : "ENOENT" });
  if (found && !runs) withdraw(context, state, name);
}

/** Ends an armed request: that its completion says so is still to be done. */
function withdraw(context: MechanismContext, state: State, name: number): void {
  const woken = state.work.find(({ request, what }) => request === name && what === "wake");
  remove(state.armed, name);
  if (woken !== undefined) woken.what = "cancelled";
  else state.work.push({ request: name, what: "cancelled" });
  if (!context.rules.rewakes) return;
  remove(state.waiters, name);
  if (woken !== undefined && state.backlog.length > 0) wakeAccept(state);
}
