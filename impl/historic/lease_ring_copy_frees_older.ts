/**
 * Reading a message in two pieces gives the bytes of older leases back.
 *
 * Xpra since af709d936e (v6.1.0), open: `mmap_read` joins the chunks in the decode thread and stores the end of the
 * last one at once, while messages before it still wait to be painted.
 *
 * Rule changed: the start moves past a copied message without waiting for the older ones.
 *
 * @module
 */
import { type Lease, type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class CopyFreesOlderReader extends RingReader {
  protected override lendCopy(held: HeldMessage): Lease {
    const lease = super.lendCopy(held);
    this.moveStart(held.endBytes);
    return lease;
  }
}

/** Gives the bytes of older leases back when it copies. */
export const copyFreesOlder: LeaseRingParts = { Reader: CopyFreesOlderReader };
