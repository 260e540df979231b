/**
 * A lease that has expired is still served.
 *
 * Planted: the owner takes the bytes back for a reader that is gone, and the reader is not gone.
 *
 * Rule changed: only a released lease is refused, an expired one is not.
 *
 * @module
 */
import { Lease, type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class ServedLease extends Lease {
  protected override checkLive(): void {
    if (this.ended !== "expired") super.checkLive();
  }
}

class StaleLeaseServedReader extends RingReader {
  protected override lendView(held: HeldMessage): Lease {
    return new ServedLease(this, held, super.lendView(held).bytes, false);
  }
}

/** Shows an expired lease whatever is written there next. */
export const staleLeaseServed: LeaseRingParts = { Reader: StaleLeaseServedReader };
