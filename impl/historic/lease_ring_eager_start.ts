/**
 * The start moves before the view is used.
 *
 * Xpra 2013 to 2024 (introduced by 2c3f04ac3a, reported as issue 4271, repaired in af709d936e, v6.1.0): `mmap_read`
 * stored the new start and only then returned a view of the bytes, which the window was painted from later.
 *
 * Rule changed: receiving a message in one piece moves the start to its end at once.
 *
 * @module
 */
import { type Lease, type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class EagerStartReader extends RingReader {
  protected override lendView(held: HeldMessage): Lease {
    this.moveStart(held.endBytes);
    return super.lendView(held);
  }
}

/** Lends bytes that the writer may already overwrite. */
export const eagerStart: LeaseRingParts = { Reader: EagerStartReader };
