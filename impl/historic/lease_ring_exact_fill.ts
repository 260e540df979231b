/**
 * A message may fill the ring to the last byte, and full looks empty.
 *
 * Xpra since 664802ddea (v6.3), open: the check `available - n <= 0` became `n > available`, so that the end may meet
 * the start. Equal offsets mean empty: the writer then takes the whole area for free and overwrites what is unread.
 *
 * Rule changed: a message fits when it is not longer than the free bytes, instead of shorter.
 *
 * @module
 */
import { type LeaseRingParts, RingWriter } from "../lease_ring.ts";

class ExactFillWriter extends RingWriter {
  protected override fits(lengthBytes: number, availableBytes: number): boolean {
    return lengthBytes <= availableBytes;
  }
}

/** Leaves no byte free. */
export const exactFill: LeaseRingParts = { Writer: ExactFillWriter };
