/**
 * A request that was copied ends at once, before requests that were submitted earlier.
 *
 * SPDK, read from the code of the newest version: the scan for a notified request completes the copied ones that it
 * passes, whatever stands before them.
 *
 * Rule changed: requests end when they are through, instead of in the order of submission.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Ends requests in any order. */
export class CopiesEndAtOnceSender extends ZerocopySender {
  readonly #ended: Set<number> = new Set();

  protected override endInOrder(): void {
    for (let serial = this.requests.head; serial < this.requests.unsent; serial++) {
      if (this.isThrough(serial) && !this.#ended.has(serial)) {
        this.#ended.add(serial);
        super.end(serial);
      }
    }
    super.endInOrder();
  }

  protected override end(serial: number): void {
    if (!this.#ended.delete(serial)) super.end(serial);
  }
}
