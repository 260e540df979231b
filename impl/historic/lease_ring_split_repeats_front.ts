/**
 * The second piece of a split message repeats the beginning of the message.
 *
 * Planted: lengths, offsets and counters are all right, only the contents are not.
 *
 * Rule changed: the piece at the front is copied from the first byte of the message, not from where the tail ended.
 *
 * @module
 */
import { type LeaseRingParts, RingWriter } from "../lease_ring.ts";

class SplitRepeatsFrontWriter extends RingWriter {
  protected override splitInto(
    data: Uint8Array,
    bytes: Uint8Array,
    endBytes: number,
    tailBytes: number,
  ): void {
    super.splitInto(data, bytes, endBytes, tailBytes);
    data.set(bytes.subarray(0, bytes.length - tailBytes), 0);
  }
}

/** Writes other bytes than it was given. */
export const splitRepeatsFront: LeaseRingParts = { Writer: SplitRepeatsFrontWriter };
