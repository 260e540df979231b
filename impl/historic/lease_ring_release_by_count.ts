/**
 * A release gives the bytes of the oldest message back, whichever it was for.
 *
 * Planted: the writer's credit counts messages, so one release more is one message more. Right as long as leases end
 * in the order in which they were made.
 *
 * Rule changed: what is marked as released is the oldest held message.
 *
 * @module
 */
import { type LeaseRingParts, RingReader } from "../lease_ring.ts";

class ReleaseByCountReader extends RingReader {
  override giveBack(): void {
    if (this.oldest !== undefined) super.giveBack(this.oldest);
  }
}

/** Gives somebody else's bytes back. */
export const releaseByCount: LeaseRingParts = { Reader: ReleaseByCountReader };
