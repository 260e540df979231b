/**
 * The kernel's part of the zero-copy index, as both machines ask for it: what a send may answer, what a reader may
 * find.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import type { Attempt, ZerocopyReply, ZerocopyScope } from "./scope.ts";

/** Bytes on their way, from one use of one buffer. */
export interface WireRun {
  buffer: number;
  parity: number;
  units: number;
}

/** What decides about a send besides its size. */
export interface SendCircumstances {
  readonly zerocopy: boolean;
  /** Zero-copy sends that are not notified. */
  readonly inFlight: number;
  /** Others have used up the memory. */
  readonly starved: boolean;
  /** Everything sent so far is acknowledged: the kernel has no reason to refuse. */
  readonly acknowledged: boolean;
}

/** The attempts of a reply, if it has any. */
export function attemptsOf(reply: ZerocopyReply): readonly Attempt[] {
  return reply.kind === "submitted" || reply.kind === "polled" ? reply.attempts : [];
}

/** What the kernel answers to the `nth` send of this command, of `units` units. */
export function sendResult(
  scope: ZerocopyScope,
  units: number,
  circumstances: SendCircumstances,
  nth: number,
  world: World<ZerocopyReply>,
): Attempt["result"] {
  const { zerocopy, inFlight, starved, acknowledged } = circumstances;
  if (units === 0) return 0;
  if (zerocopy && starved) return "ENOBUFS";
  const stream = scope.transport === "stream" && scope.room === "tight";
  const taken = stream ? units : 1;
  const mayRefuse = stream && !acknowledged;
  const mayLackMemory = zerocopy && scope.notificationLimit > 0 && inFlight >= scope.notificationLimit;
  const count = taken + (mayRefuse ? 1 : 0) + (mayLackMemory ? 1 : 0);
  const pick = world.choose(count, (heard) => {
    const result = attemptsOf(heard)[nth]?.result;
    if (result === undefined) return "impossible";
    if (result === "EAGAIN") return mayRefuse ? taken : "impossible";
    if (result === "ENOBUFS") return mayLackMemory ? count - 1 : "impossible";
    return result > units || result < units - taken + 1 ? "impossible" : units - result;
  });
  if (pick < taken) return units - pick;
  return mayRefuse && pick === taken ? "EAGAIN" : "ENOBUFS";
}

/** Whether the kernel has let go of a send, and said so, when it returns. */
export function isNotifiedAtOnce(scope: ZerocopyScope): boolean {
  return scope.transport === "datagram" && scope.room === "plenty";
}

/** Units of all runs. */
export function unitsOf(runs: readonly { readonly units: number }[]): number {
  let units = 0;
  for (const run of runs) units += run.units;
  return units;
}

/** Whether a submission is in scope: bounded by what is really on the wire, whatever the sender believes. */
export function wireHasRoom(scope: ZerocopyScope, wire: readonly WireRun[]): boolean {
  return unitsOf(wire) < scope.wireUnits;
}

/** Puts `units` units on the wire, joined to the run before if they are of the same use of the same buffer. */
export function putOnWire(
  scope: ZerocopyScope,
  wire: WireRun[],
  buffer: number,
  parity: number,
  units: number,
): void {
  if (units === 0) return;
  const last = wire.at(-1);
  const joins = scope.transport === "stream" && last?.buffer === buffer && last.parity === parity;
  if (joins) last.units += units;
  else wire.push({ buffer, parity, units });
}

/** How many units the reader finds: what has arrived of the unread ones. */
export function arrivedUnits(
  scope: ZerocopyScope,
  wire: readonly WireRun[],
  world: World<ZerocopyReply>,
): number {
  if (scope.transport === "datagram") return wire[0]?.units ?? 0;
  const most = Math.min(scope.readUnits, unitsOf(wire));
  if (most === 0 || scope.room === "plenty") return most;
  return most - world.choose(most + 1, (heard) => {
    if (heard.kind !== "read") return "impossible";
    const units = unitsOf(heard.runs);
    return units > most ? "impossible" : most - units;
  });
}

/** Takes `units` units off the wire. */
export function takeFromWire<WireRunOrMore extends WireRun>(
  wire: WireRunOrMore[],
  units: number,
): WireRunOrMore[] {
  const taken: WireRunOrMore[] = [];
  let rest = units;
  while (rest > 0) {
    const first = wire[0]!;
    const part = { ...first };
    part.units = Math.min(rest, first.units);
    taken.push(part);
    rest -= part.units;
    first.units -= part.units;
    if (first.units === 0) wire.shift();
  }
  return taken;
}
