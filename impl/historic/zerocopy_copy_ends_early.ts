/**
 * The last piece of a request falls below the threshold, is copied, and makes the request forget the pieces before it.
 *
 * SPDK issue #3610, fixed by a1f20e789f (2025): each send overwrote the request's `is_zcopy`.
 *
 * Rule changed: a copying send resets what its request waits for.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Takes the last send's kind for the whole request's. */
export class CopyEndsEarlySender extends ZerocopySender {
  protected override copied(serial: number): void {
    this.requests.pending[this.requests.at(serial)] = 0;
  }

  protected override notified(serial: number, id: number): void {
    if (this.requests.pending[this.requests.at(serial)]! > 0) super.notified(serial, id);
  }
}
