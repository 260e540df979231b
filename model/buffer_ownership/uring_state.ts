/**
 * The state of the mechanism: what the ownership layer believes, what the kernel has been told and has to do, and the
 * completion queue.
 *
 * @module
 */
import { z } from "zod";
import { isSending, type OperationName } from "./ownership_operations.ts";
import type { LifetimeClass } from "./lifetime_class.ts";
import type { OwnershipRules } from "./ownership_rules.ts";
import { providedSchema } from "./ownership_state.ts";
import {
  type BufferOwnershipScope,
  type BufferOwnershipStart,
  operationName,
  type Outcome,
  outcome,
} from "./ownership_vocabulary.ts";

/** When the kernel carries out what has become possible. */
export type Fire = "any" | "connect" | "enter";

/** What the mechanism is made of: a size, when the kernel moves, and the rules, one of which may be a mistake. */
export interface MechanismContext {
  readonly scope: BufferOwnershipScope;
  readonly fire: Fire;
  readonly rules: OwnershipRules;
}

/** What a cell holds: poison, what its layer has written, nothing of meaning, or `brought` + what the kernel brought. */
export const cellContent = { poison: 0, initialised: 1, blank: 2, brought: 3 } as const;

/** A posted completion. */
export interface Posted {
  request: number;
  /** Whose completion it is: the request's own, that of its cancel, or that of its timer. */
  of: "request" | "cancel" | "timer";
  result: Outcome;
  more: boolean;
  notification: boolean;
  connection: number;
  cell: number;
  kept: boolean;
}

/** Something the kernel has to do for a request. */
export interface Work {
  request: number;
  /** `expire`: its timer fires. `stop`: its timer is told that the request has ended. */
  what: "wake" | "cancelled" | "notification" | "expire" | "stop";
}

/** State of the mechanism. */
export interface UringMechanismState {
  whenFree: BufferOwnershipStart;
  /** `until`: the event for which the layer waits. `content`: see {@link cellContent}. */
  cells: {
    status: "free" | "application" | "held" | "provided";
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
    /** Of its linked timeout; `"ended"`: its completion is to be read. */
    timer: "none" | "armed" | "ended";
  }[];
  queue: { request: number; cancel: boolean }[];
  /** How many entries of `queue` were published. */
  published: number;
  /** Requests that wait and can be cancelled, in the order in which they were armed. */
  armed: number[];
  /** The kernel's wait queue: who is woken next. A cancelled request stays in it until the kernel has worked on it. */
  waiters: number[];
  work: Work[];
  posted: Posted[];
  /** How many of `posted` are in the queue; the others wait in the kernel. */
  visible: number;
  connections: ("none" | "waiting" | "taken" | "lost")[];
  /** Connections that wait, oldest first. */
  backlog: number[];
  channels: ("quiet" | "data" | "full" | "room" | "right" | "changed" | "spent" | "shut")[];
  /** Cells that the kernel may pick, the next one first, and how often it has filled each. */
  provided: { cell: number; filled: number }[];
  /** Truths about the past that no correct layer lets happen. */
  touched: boolean;
  lost: boolean;
}

/** The schema of the mechanism's state. */
export function uringStateSchema(scope: BufferOwnershipScope): z.ZodType<UringMechanismState> {
  const request = z.int().min(0).max(scope.requests - 1);
  const names = 2 * scope.requests;
  return z.strictObject({
    whenFree: z.enum(["poison", "unmap"]),
    cells: z.array(z.strictObject({
      status: z.enum(["free", "application", "held", "provided"]),
      request,
      until: z.enum(["until-submit", "until-completion", "until-notification"]),
      content: z.int().min(0).max(cellContent.brought + scope.requests - 1),
      intact: z.boolean(),
    })).length(scope.cells),
    requests: z.array(z.strictObject({
      phase: z.enum(["idle", "prepared", "armed", "notifying", "posted", "done"]),
      operation: operationName,
      cells: z.array(z.int().min(0).max(scope.cells - 1)).max(2),
      cancel: z.enum(["none", "asked", "answered"]),
      timer: z.enum(["none", "armed", "ended"]),
    })).length(scope.requests),
    queue: z.array(z.strictObject({ request, cancel: z.boolean() })).max(names),
    published: z.int().min(0).max(names),
    armed: z.array(request).max(scope.requests),
    waiters: z.array(request).max(scope.requests),
    work: z.array(z.strictObject({
      request,
      what: z.enum(["wake", "cancelled", "notification", "expire", "stop"]),
    })).max(names),
    posted: z.array(z.strictObject({
      request,
      of: z.enum(["request", "cancel", "timer"]),
      result: outcome,
      more: z.boolean(),
      notification: z.boolean(),
      connection: z.int().min(-1).max(scope.requests - 1),
      cell: z.int().min(-1).max(scope.cells - 1),
      kept: z.boolean(),
    })).max(4 * scope.requests),
    visible: z.int().min(0).max(scope.completions),
    connections: z.array(z.enum(["none", "waiting", "taken", "lost"])).length(scope.requests),
    backlog: z.array(request).max(scope.requests),
    channels: z.array(z.enum(["quiet", "data", "full", "room", "right", "changed", "spent", "shut"])).length(
      scope.requests,
    ),
    provided: providedSchema(scope),
    touched: z.boolean(),
    lost: z.boolean(),
  });
}

/** The mechanism's state before anything has happened. */
export function initialUringState(
  scope: BufferOwnershipScope,
  whenFree: BufferOwnershipStart,
): UringMechanismState {
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return {
    whenFree,
    cells: Array.from({ length: scope.cells }, () => ({
      status: "free",
      request: 0,
      until: "until-submit",
      content: cellContent.poison,
      intact: true,
    })),
    requests: names.map(() => ({
      phase: "idle",
      operation: "nop",
      cells: [],
      cancel: "none",
      timer: "none",
    })),
    queue: [],
    published: 0,
    armed: [],
    waiters: [],
    work: [],
    posted: [],
    visible: 0,
    connections: names.map(() => "none"),
    backlog: [],
    channels: names.map(() => isSending(scope.class) ? "full" : "quiet"),
    provided: [],
    touched: false,
    lost: false,
  };
}
