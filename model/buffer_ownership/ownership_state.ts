/**
 * The state of buffer ownership as the specification keeps it, and who gives a cell back when.
 *
 * @module
 */
import { z } from "zod";
import type { LifetimeClass } from "./lifetime_class.ts";
import { isSending, type OperationName, operationShapes } from "./ownership_operations.ts";
import { type BufferOwnershipScope, operationName } from "./ownership_vocabulary.ts";

/** State of the specification. */
export interface BufferOwnershipState {
  /** Request and event are those of the holder; 0 and the first class otherwise. */
  cells: { status: "free" | "application" | "held" | "provided"; request: number; until: LifetimeClass }[];
  requests: {
    phase: "idle" | "prepared" | "running" | "notifying" | "done";
    operation: OperationName;
    /** `"asked"`: the cancel was prepared; `"fetched"`: its completion is owed. */
    cancel: "none" | "asked" | "fetched" | "answered";
    /** What it was asked to send has left. */
    sent: boolean;
    /** No cell was provided at some time since it runs. */
    starved: boolean;
    /**
     * Of a linked timeout: its completion is owed, is owed and must say that it expired or that it was stopped, or was
     * read and said that it expired.
     */
    timer: "none" | "owed" | "expired" | "stopped" | "fired";
  }[];
  /** Entries that were prepared and not fetched, oldest first. */
  queue: { request: number; cancel: boolean }[];
  /** How many of them were published: a polling thread fetches those, whenever it likes. */
  published: number;
  connections: ("none" | "waiting")[];
  /** Per request name: data that waits, room that is there, what was sent and not received, or no way to send. */
  channels: ("quiet" | "data" | "full" | "room" | "carrying" | "shut")[];
  /** Cells that the kernel may pick, in this order, and how often each was filled. */
  provided: { cell: number; filled: number }[];
}

/** One request of the specification. */
export type OwnershipRequest = BufferOwnershipState["requests"][number];

/** How often a provided cell is filled before the kernel lets go of it. */
export const fillsPerCell = 2;

/** The schema of the specification's state. */
export function bufferOwnershipStateSchema(scope: BufferOwnershipScope): z.ZodType<BufferOwnershipState> {
  const request = z.int().min(0).max(scope.requests - 1);
  return z.strictObject({
    cells: z.array(
      z.strictObject({
        status: z.enum(["free", "application", "held", "provided"]),
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
        starved: z.boolean(),
        timer: z.enum(["none", "owed", "expired", "stopped", "fired"]),
      }),
    ).length(scope.requests),
    queue: z.array(z.strictObject({ request, cancel: z.boolean() })).max(2 * scope.requests),
    published: z.int().min(0).max(2 * scope.requests),
    connections: z.array(z.enum(["none", "waiting"])).length(scope.requests),
    channels: z.array(z.enum(["quiet", "data", "full", "room", "carrying", "shut"])).length(scope.requests),
    provided: providedSchema(scope),
  });
}

/** The schema of the list of provided cells. */
export function providedSchema(
  scope: BufferOwnershipScope,
): z.ZodType<{ cell: number; filled: number }[]> {
  const cell = z.int().min(0).max(scope.cells - 1);
  return z.array(z.strictObject({ cell, filled: z.int().min(0).max(fillsPerCell - 1) })).max(scope.cells);
}

/** A request that does not exist. */
export const idleRequest: OwnershipRequest = {
  phase: "idle",
  operation: "nop",
  cancel: "none",
  sent: false,
  starved: false,
  timer: "none",
};

/** The specification's state before anything has happened. */
export function initialOwnershipState(scope: BufferOwnershipScope): BufferOwnershipState {
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return {
    cells: Array.from(
      { length: scope.cells },
      () => ({ status: "free", request: 0, until: "until-submit" }),
    ),
    requests: names.map(() => ({ ...idleRequest })),
    queue: [],
    published: 0,
    connections: names.map(() => "none"),
    channels: names.map(() => isSending(scope.class) ? "full" : "quiet"),
    provided: [],
  };
}

/**
 * Whether an entry may be put behind those that wait to be fetched. A request whose timer fires at once is submitted by
 * itself: its clock would race whatever is fetched with it.
 */
export function mayQueue(
  queue: readonly { readonly request: number }[],
  requests: readonly { readonly operation: OperationName }[],
  operation?: OperationName,
): boolean {
  const isExpiring = (name: OperationName): boolean => operationShapes[name].timer === "soon";
  if (operation !== undefined && isExpiring(operation) && queue.length > 0) return false;
  return !queue.some(({ request }) => isExpiring(requests[request]!.operation));
}

/** Gives the cells of `request` back, all of them or those whose event is `until`. */
export function giveBack(
  cells: { status: string; request: number; until: LifetimeClass }[],
  request: number,
  until?: LifetimeClass,
): void {
  for (const cell of cells) {
    if (cell.status !== "held" || cell.request !== request) continue;
    if (until !== undefined && cell.until !== until) continue;
    cell.status = "application";
    cell.request = 0;
    cell.until = "until-submit";
  }
}

/** After the last completion: the name is free once no cancel and no timer owes one. */
export function retire(request: OwnershipRequest): void {
  const owed = request.cancel === "asked" || request.cancel === "fetched" ||
    !["none", "fired"].includes(request.timer);
  if (owed) request.phase = "done";
  else Object.assign(request, idleRequest);
}

/** Fetches one published entry after the other, `most` at the most; says how many. */
export function fetchEntries(
  scope: BufferOwnershipScope,
  state: BufferOwnershipState,
  most: number,
): number {
  let count = 0;
  while (count < most) {
    const entry = state.queue.shift()!;
    state.published--;
    count++;
    const request = state.requests[entry.request]!;
    if (entry.cancel) {
      request.cancel = "fetched";
      continue;
    }
    const { timer, notifies } = operationShapes[request.operation];
    request.phase = "running";
    if (timer !== "none") {
      request.timer = "owed";
      count++; // the timeout is an entry of its own
      most++;
    }
    giveBack(state.cells, entry.request, "until-submit");
    if (notifies && state.channels[entry.request] === "full") state.channels[entry.request] = "carrying";
    // Fetching stops behind an entry that fails in preparation; a polling thread comes back for the others.
    if (request.operation === "faulty" && scope.class !== "polling") break;
  }
  return count;
}
