/**
 * A message restarts at the front although it does not fit in front of the start.
 *
 * Planted. That three times the message must be available looks like a matter of taste; it is also what makes room:
 * the tail is shorter than the message, so the front has more than twice its length.
 *
 * Rule changed: half of the area being available is enough to restart.
 *
 * @module
 */
import { type LeaseRingParts, RingWriter } from "../lease_ring.ts";

class RestartOverStartWriter extends RingWriter {
  protected override restartsAtFront(_lengthBytes: number, availableBytes: number): boolean {
    return 2 * availableBytes >= this.area.capacityBytes;
  }
}

/** Overwrites what lies at the start. */
export const restartOverStart: LeaseRingParts = { Writer: RestartOverStartWriter };
