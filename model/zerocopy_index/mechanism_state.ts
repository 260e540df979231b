/**
 * The state of the mechanism of the zero-copy index.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { type Books, booksSchema } from "./books.ts";
import { type PinnedRun, pinnedWireSchema } from "./pinned_wire.ts";
import {
  idCount,
  type NotificationRecord,
  type ZerocopyCommand,
  type ZerocopyReply,
  type ZerocopyScope,
  type ZerocopyStart,
  type ZerocopyView,
} from "./scope.ts";

/** A zero-copy send that is not notified. */
export interface SendInFlight {
  id: number;
  /** It shares the notification of the send before it. */
  joined: boolean;
  /** The reader has acknowledged everything since. */
  due: boolean;
  /** The buffers that the kernel reads in place, as they were filled then. */
  reads: { buffer: number; parity: number }[];
}

/** State of the mechanism. */
export interface MechanismState {
  kernelNextId: number;
  sends: SendInFlight[];
  /** The error queue; between commands empty unless completions come at any time. */
  queue: NotificationRecord[];
  wire: PinnedRun[];
  books: Books;
  /** By buffer: whether it was filled an odd number of times. */
  parity: number[];
  acknowledged: boolean;
  starved: boolean;
  closed: boolean;
}

/** The machine of the mechanism. */
export type MechanismMachine = Machine<
  MechanismState,
  ZerocopyCommand,
  ZerocopyReply,
  ZerocopyStart,
  ZerocopyView
>;

/** The schema of a state. */
export function mechanismSchema(scope: ZerocopyScope): z.ZodType<MechanismState> {
  const id = z.int().min(0).max(idCount(scope) - 1);
  const parity = z.int().min(0).max(1);
  const buffer = z.int().min(0).max(scope.buffers - 1);
  return z.strictObject({
    kernelNextId: id,
    sends: z.array(z.strictObject({
      id,
      joined: z.boolean(),
      due: z.boolean(),
      reads: z.array(z.strictObject({ buffer, parity })).max(scope.batchRequests),
    })).max(scope.spanLimit),
    queue: z.array(z.strictObject({ low: id, high: id, copied: z.boolean() })).max(scope.spanLimit),
    wire: pinnedWireSchema(scope),
    books: booksSchema(scope),
    parity: z.array(parity).length(scope.buffers),
    acknowledged: z.boolean(),
    starved: z.boolean(),
    closed: z.boolean(),
  });
}
