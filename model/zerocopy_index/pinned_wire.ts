/**
 * The wire of the mechanism: bytes on their way, of which the kernel reads some in place.
 *
 * Whoever fills a buffer again while a send in flight carries it damages what has not been read: the kernel may have
 * looked before, here it never has. A send that is notified, or one that copied, is out of reach.
 *
 * @module
 */
import { z } from "zod";
import type { WireRun } from "./kernel.ts";
import { remove } from "./remove.ts";
import { idCount, maxWireUnits, type Run, type ZerocopyScope } from "./scope.ts";

/** A run that the kernel reads in place while it is pinned; normal form: 0 for `id` while it is not. */
export interface PinnedRun extends WireRun {
  pinned: boolean;
  /** The number of the send that carries it. */
  id: number;
  /** Its buffer was filled again while it was pinned. */
  damaged: boolean;
}

/** The schema of the wire. */
export function pinnedWireSchema(scope: ZerocopyScope): z.ZodType<PinnedRun[]> {
  const units = maxWireUnits(scope);
  return z.array(z.strictObject({
    buffer: z.int().min(0).max(scope.buffers - 1),
    parity: z.int().min(0).max(1),
    units: z.int().min(1).max(units),
    pinned: z.boolean(),
    id: z.int().min(0).max(idCount(scope) - 1),
    damaged: z.boolean(),
  })).max(units);
}

function sameUse(scope: ZerocopyScope, run: PinnedRun, next: PinnedRun): boolean {
  return scope.transport === "stream" && run.buffer === next.buffer && run.parity === next.parity &&
    run.pinned === next.pinned && run.id === next.id && run.damaged === next.damaged;
}

/** Puts a run at the end, joined to the one before if nothing tells them apart. */
export function pin(scope: ZerocopyScope, wire: PinnedRun[], run: PinnedRun): void {
  if (run.units === 0) return;
  const last = wire.at(-1);
  if (last !== undefined && sameUse(scope, last, run)) last.units += run.units;
  else wire.push(run);
}

/** The kernel has let go of `count` sends, the first of them number `low`. */
export function unpin(scope: ZerocopyScope, wire: PinnedRun[], low: number, count: number): void {
  const ids = idCount(scope);
  for (const run of wire) {
    if (!run.pinned || (run.id - low + ids) % ids >= count) continue;
    run.pinned = false;
    run.id = 0;
  }
  for (let place = wire.length - 1; place > 0; place--) {
    if (!sameUse(scope, wire[place - 1]!, wire[place]!)) continue;
    wire[place - 1]!.units += wire[place]!.units;
    remove(wire, place, 1);
  }
}

/** A buffer is filled anew: what the kernel still reads of it is no longer what was sent. */
export function overwrite(wire: PinnedRun[], buffer: number): void {
  for (const run of wire) {
    if (run.pinned && run.buffer === buffer) run.damaged = true;
  }
}

/** What a reader finds of runs that it took. */
export function found(scope: ZerocopyScope, taken: readonly PinnedRun[]): Run[] {
  const runs: { buffer: number; parity: number; units: number }[] = [];
  for (const { buffer, parity, units, damaged } of taken) {
    const seen = damaged ? 1 - parity : parity;
    const last = runs.at(-1);
    const joins = scope.transport === "stream" && last?.buffer === buffer && last.parity === seen;
    if (joins) last.units += units;
    else runs.push({ buffer, parity: seen, units });
  }
  return runs;
}

/** Units on the wire that are not what was sent. */
export function damagedUnits(wire: readonly { readonly units: number; readonly damaged: boolean }[]): number {
  return wire.reduce((units, run) => run.damaged ? units + run.units : units, 0);
}
