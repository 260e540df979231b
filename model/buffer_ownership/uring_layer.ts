/**
 * The ownership layer of the mechanism: which cells it hands over, which it takes back when, and what the application
 * reads. Its rules are those of `ownership_rules.ts`; each known mistake is one of them changed.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { operationShapes } from "./ownership_operations.ts";
import { giveBack, mayQueue } from "./ownership_state.ts";
import {
  type BufferOwnershipCommand,
  type BufferOwnershipReply,
  completedReply,
  isNextName,
  refusals,
} from "./ownership_vocabulary.ts";
import { cellContent, type MechanismContext, type Posted, type UringMechanismState } from "./uring_state.ts";

type State = UringMechanismState;
type Reply = BufferOwnershipReply;

/** A channel takes the next send when what was sent before has been received; a zero-copy one takes one. */
function maySend({ scope }: MechanismContext, channel: State["channels"][number]): boolean {
  if (scope.class === "zero-copy") return channel === "full" || channel === "shut";
  return channel !== "right" && channel !== "changed";
}

/** Hands cells to a request and fills its entry. */
export function prepare(
  context: MechanismContext,
  state: State,
  command: Extract<BufferOwnershipCommand, { kind: "prepare" }>,
  world: World<Reply>,
): Reply | undefined {
  const { rules } = context;
  const { operation, cells, as } = command;
  if (!isNextName(state.requests, as, ({ phase }) => phase === "idle")) {
    return world.refuse(refusals.otherRequestNext);
  }
  if (!mayQueue(state.queue, state.requests, operation)) return world.refuse(refusals.clocksRace);
  if (!maySend(context, state.channels[as]!)) return world.refuse(refusals.channelTaken);
  const held = cells.some((cell) => state.cells[cell]!.status === "held");
  if (held && rules.refusesShared) return { kind: "refused" };
  operationShapes[operation].pointers.forEach(({ name, touch, until }, place) => {
    const cell = state.cells[cells[place]!]!;
    const keeps = rules.until(operation, name, until);
    const kept = touch === "updates" && name === "length" && !rules.initialisesLength;
    if (!kept) cell.content = touch === "writes" ? cellContent.blank : cellContent.initialised;
    cell.intact = true;
    cell.status = keeps === undefined ? "application" : "held";
    cell.request = keeps === undefined ? 0 : as;
    cell.until = keeps ?? "until-submit";
  });
  state.requests[as] = { phase: "prepared", operation, cells: [...cells], cancel: "none", timer: "none" };
  state.queue.push({ request: as, cancel: false });
  return { kind: "prepared" };
}

/** Hands a cell to the kernel, to be filled by whatever request comes first. */
export function provide(state: State, name: number, world: World<Reply>): Reply | undefined {
  const isKnown = ({ cell }: { readonly cell: number }): boolean => cell === name;
  if (state.provided.some(isKnown) || state.posted.some(isKnown)) {
    return world.refuse(refusals.cellProvided);
  }
  Object.assign(state.cells[name]!, { status: "provided", content: cellContent.blank, intact: true });
  state.provided.push({ cell: name, filled: 0 });
  return { kind: "provided" };
}

/** Puts a cell back into the pool, unless the layer still holds it. */
export function release(state: State, name: number, world: World<Reply>): Reply | undefined {
  const cell = state.cells[name]!;
  if (cell.status === "free") return world.refuse(refusals.cellFree);
  if (cell.status === "held" || cell.status === "provided") return { kind: "refused" };
  cell.status = "free";
  cell.content = cellContent.poison;
  return { kind: "released" };
}

/** Publishes what was prepared, and says how many; a layer that trusts entering takes it for fetched at once. */
export function publish({ rules, scope }: MechanismContext, state: State): number {
  const count = state.queue.length - state.published;
  state.published = state.queue.length;
  if (rules.trustsEnter && scope.class === "polling") giveBackUnfetched(state);
  return count;
}

/** Gives back what entries need until they are fetched, although they were not. */
export function giveBackUnfetched(state: State): void {
  for (const { request, cancel } of state.queue) {
    if (!cancel) giveBack(state.cells, request, "until-submit");
  }
}

/** Reads a completion and gives back the cells whose event it is. */
export function reap(context: MechanismContext, state: State): Reply {
  if (state.visible === 0) return { kind: "empty" };
  state.visible--;
  const posted = state.posted.shift()!;
  const { request: name, of, result, more, notification, connection, cell, kept } = posted;
  const request = state.requests[name]!;
  switch (of) {
    case "cancel":
      request.cancel = "answered";
      if (context.rules.cancelEnds || context.rules.alreadyEnds && result === "EALREADY") {
        giveBack(state.cells, name);
      }
      if (request.phase === "done") retire(state, name);
      return { kind: "cancel completed", request: name, result };
    case "timer":
      request.timer = "none";
      if (request.phase === "done") retire(state, name);
      return { kind: "timer completed", request: name, result };
    case "request": {
      const content = result === "ok" && !notification ? shown(state, posted) : "none";
      const takesBack = cell >= 0 && !(kept && context.rules.keepsProvided);
      if (takesBack && state.cells[cell]!.status === "provided") state.cells[cell]!.status = "application";
      if (connection >= 0 && state.connections[connection] === "taken") {
        state.connections[connection] = "none";
      }
      if (!more || context.rules.firstCompletionEnds) giveBack(state.cells, name);
      const waited = operationShapes[request.operation].waitsFor === "data";
      if (waited && state.channels[name] === "spent") state.channels[name] = "quiet";
      if (!more) retire(state, name);
      return completedReply(name, { result, more, notification, content, connection, cell, kept });
    }
  }
}

/** What the application finds in the cell that the kernel was to write. */
function shown(state: State, posted: Posted): "right" | "wrong" | "other" | "none" {
  const { operation, cells } = state.requests[posted.request]!;
  const { pointers, multishot, provided } = operationShapes[operation];
  if (provided) {
    const { status, content } = state.cells[posted.cell]!;
    return status === "provided" && content === cellContent.brought ? "right" : "wrong";
  }
  const place = pointers.findIndex(({ touch }) => touch === "writes");
  if (place < 0) return "none";
  const cell = state.cells[cells[place]!]!;
  if (cell.status !== "held" || cell.request !== posted.request) return "wrong";
  if (cell.content === cellContent.brought + Math.max(posted.connection, 0)) return "right";
  return multishot && cell.content >= cellContent.brought ? "other" : "wrong";
}

function retire(state: State, name: number): void {
  const request = state.requests[name]!;
  request.phase = request.cancel === "asked" || request.timer !== "none" ? "done" : "idle";
  request.cells = [];
  if (request.phase === "done") return;
  request.operation = "nop";
  request.cancel = "none";
}
