/**
 * Dropping a message unread gives the bytes of older leases back.
 *
 * Planted; Xpra comes close: a dropped frame stores its own end, and only the order of idle callbacks keeps it behind
 * the frames that are still painted.
 *
 * Rule changed: the start moves past a dropped message without waiting for the older ones.
 *
 * @module
 */
import { type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class DropFreesOlderReader extends RingReader {
  protected override freeDropped(held: HeldMessage): void {
    super.freeDropped(held);
    this.moveStart(held.endBytes);
  }
}

/** Gives the bytes of older leases back when it drops. */
export const dropFreesOlder: LeaseRingParts = { Reader: DropFreesOlderReader };
