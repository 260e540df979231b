/**
 * The state of the specification of the zero-copy index, and what both machines promise about progress.
 *
 * @module
 */
import { z } from "zod";
import type { LeadsTo, Machine } from "../../lockstep/machine.ts";
import type { WireRun } from "./kernel.ts";
import {
  idCount,
  maxWireUnits,
  type ZerocopyCommand,
  type ZerocopyReply,
  type ZerocopyScope,
  type ZerocopyStart,
  type ZerocopyView,
} from "./scope.ts";

/** Why commands are refused, in the words of both machines. */
export const refusals = {
  closed: "the socket is closed",
  wireFull: "the scope has no room on the wire until somebody reads",
  numbersSpent: "the scope has no number left for another send",
  starve: "the kernel has no memory for notifications already",
  relieve: "the kernel has memory for notifications already",
} as const;

/** A request that has not ended. */
export interface PendingRequest {
  buffer: number;
  units: number;
  sent: number;
  /** The numbers in flight that carry a part of it. */
  ids: number[];
}

/** State of the specification. */
export interface ZerocopyState {
  nextId: number;
  /** Numbers in flight, oldest first. `due`: the reader has acknowledged everything since. */
  inFlight: { id: number; due: boolean }[];
  /** In the order of submission. */
  requests: PendingRequest[];
  /** How many of them, from the front, were sent whole. */
  unsent: number;
  /** By buffer: whether the owner may take it, and whether it was filled an odd number of times. */
  free: boolean[];
  parity: number[];
  wire: WireRun[];
  acknowledged: boolean;
  starved: boolean;
  closed: boolean;
}

/** The machine of the specification. */
export type ZerocopyMachine = Machine<
  ZerocopyState,
  ZerocopyCommand,
  ZerocopyReply,
  ZerocopyStart,
  ZerocopyView
>;

/** What both machines know of the pool. */
export interface Pool {
  readonly free: readonly boolean[];
  readonly closed: boolean;
}

/** "Buffer n comes back", for each buffer, if the sender polls and the reader reads again and again. */
export function buffersComeBack<State extends Pool>(
  scope: ZerocopyScope,
): Readonly<Record<string, LeadsTo<State, ZerocopyCommand>>> {
  const polls = {
    name: "poll all",
    includes: (command: ZerocopyCommand) => command.kind === "poll" && command.records === "all",
  };
  const promises: Record<string, LeadsTo<State, ZerocopyCommand>> = {};
  for (let buffer = 0; buffer < scope.buffers; buffer++) {
    promises[`buffer ${buffer} comes back`] = {
      from: (state) => state.free[buffer] === false && !state.closed,
      to: (state) => state.free[buffer] === true || state.closed,
      weak: [polls, "settle"],
    };
  }
  return promises;
}

/** The schema of what is on the wire. */
export function wireSchema(scope: ZerocopyScope): z.ZodType<WireRun[]> {
  return z.array(z.strictObject({
    buffer: z.int().min(0).max(scope.buffers - 1),
    parity: z.int().min(0).max(1),
    units: z.int().min(1).max(maxWireUnits(scope)),
  })).max(maxWireUnits(scope));
}

/** The schema of a state. */
export function zerocopyStateSchema(scope: ZerocopyScope): z.ZodType<ZerocopyState> {
  const id = z.int().min(0).max(idCount(scope) - 1);
  const units = z.int().min(0).max(Math.max(...scope.requestUnits));
  return z.strictObject({
    nextId: id,
    inFlight: z.array(z.strictObject({ id, due: z.boolean() })).max(scope.spanLimit),
    requests: z.array(z.strictObject({
      buffer: z.int().min(0).max(scope.buffers - 1),
      units,
      sent: units,
      ids: z.array(id).max(scope.spanLimit),
    })).max(scope.buffers),
    unsent: z.int().min(0).max(scope.buffers),
    free: z.array(z.boolean()).length(scope.buffers),
    parity: z.array(z.int().min(0).max(1)).length(scope.buffers),
    wire: wireSchema(scope),
    acknowledged: z.boolean(),
    starved: z.boolean(),
    closed: z.boolean(),
  });
}
