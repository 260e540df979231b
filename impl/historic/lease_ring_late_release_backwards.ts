/**
 * A release that comes late moves the start backwards.
 *
 * Xpra since af709d936e (v6.1.0), open: the store is absolute, so freeing a chunk that the start has passed already
 * takes the start back. If the end has wrapped meanwhile, the writer takes the tail for free and overwrites messages
 * that nobody has read. There the start passes it by a release out of order or by a copy, which are mistakes of
 * their own (`lease_ring_absolute_release.ts`, `lease_ring_copy_frees_older.ts`); here, to show this one alone, it
 * is the release by a holder whose lease has ended before.
 *
 * Rule changed: a release that is refused as stale stores its own end nevertheless.
 *
 * @module
 */
import { Lease, type LeaseEnd, type LeaseRingParts, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class LateReleaseLease extends Lease {
  protected override finish(how: LeaseEnd): boolean {
    const wasLive = super.finish(how);
    if (!wasLive && this.ended !== "disposed with its ring") this.returnBytes();
    return wasLive;
  }
}

class LateReleaseReader extends RingReader {
  override giveBack(held: HeldMessage): void {
    if (held.released) this.moveStart(held.endBytes);
    else super.giveBack(held);
  }

  protected override lendView(held: HeldMessage): Lease {
    return new LateReleaseLease(this, held, super.lendView(held).bytes, false);
  }
}

/** Takes bytes back that are in use again. */
export const lateReleaseBackwards: LeaseRingParts = { Reader: LateReleaseReader };
