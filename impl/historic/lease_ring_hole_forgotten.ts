/**
 * The start is moved by lengths, and the tail that a restart has skipped is forgotten.
 *
 * Planted: counting bytes is right until a message restarts at the front. The start is too small by the hole from then
 * on: the writer has less room than there is, and once the end has wrapped, it may meet the wrong start or run past it.
 *
 * Rule changed: the start moves by the length of each message, not to its end.
 *
 * @module
 */
import { type LeaseRingParts, type RingArea, RingReader, type RingReaderOptions } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class HoleForgottenReader extends RingReader {
  #startBytes: number;

  constructor(area: RingArea, options?: RingReaderOptions) {
    super(area, options);
    this.#startBytes = area.startBytes;
  }

  protected override startAfter(held: HeldMessage): number {
    this.#startBytes = (this.#startBytes + held.lengthBytes) % this.area.capacityBytes;
    return this.#startBytes;
  }
}

/** Counts bytes instead of knowing where they are. */
export const holeForgotten: LeaseRingParts = { Reader: HoleForgottenReader };
