/**
 * The bytes of a message in two pieces are given back before they are copied.
 *
 * Xpra 2013 to 2024 (2c3f04ac3a to af709d936e): the loop over the chunks stored the start after each chunk, and the
 * chunks were joined after the loop. The issue named only the view; the copying path had the same race. There the
 * writer has to run between two lines. Here the join happens whenever the lease is read, so that the same order of
 * events takes no second thread.
 *
 * Rule changed: the start moves first, the two pieces are joined later.
 *
 * @module
 */
import { Lease, type LeaseKeeper, type LeaseRingParts, type RingArea, RingReader } from "../lease_ring.ts";
import type { HeldMessage } from "../lease_ring/held_message.ts";

class LateCopyLease extends Lease {
  readonly #area: RingArea;

  constructor(keeper: LeaseKeeper, held: HeldMessage, copy: Uint8Array<ArrayBuffer>, area: RingArea) {
    super(keeper, held, copy, true);
    this.#area = area;
  }

  override get bytes(): Uint8Array<ArrayBuffer> {
    const copy = super.bytes;
    this.#area.copyOut(this.held.offsetBytes, this.held.lengthBytes, copy);
    return copy;
  }
}

class LateCopyReader extends RingReader {
  protected override lendCopy(held: HeldMessage): Lease {
    this.freePrefix(held);
    return new LateCopyLease(this, held, new Uint8Array(held.lengthBytes), this.area);
  }
}

/** Copies bytes that the writer may already have overwritten. */
export const lateCopy: LeaseRingParts = { Reader: LateCopyReader };
