/**
 * A release moves the start to its own end, whatever older leases there are.
 *
 * Xpra since af709d936e (v6.1.0), open: the callback that frees a chunk stores `offset + length`. Errors, aborted
 * draws and planes that are released together free chunks in another order than they came, and the bytes of an older
 * lease are then overwritten while it is painted.
 *
 * Rule changed: the start is the end of what was released last, not of the longest released prefix.
 *
 * @module
 */
import { type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class AbsoluteReleaseReader extends RingReader {
  override giveBack(held: HeldMessage): void {
    super.giveBack(held);
    this.moveStart(held.endBytes);
  }
}

/** Gives the bytes of older leases back with its own. */
export const absoluteRelease: LeaseRingParts = { Reader: AbsoluteReleaseReader };
