/**
 * A request that was sent in several pieces remembers only the number of the last one.
 *
 * SPDK since a1f20e789f (2025), read from the code: `zcopy_idx` is overwritten by every send. When notifications overtake
 * each other, the request ends while an earlier piece is in flight.
 *
 * Rule changed: a request waits for the last number that carried it, instead of for all.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Remembers one number per request. */
export class LastIdOnlySender extends ZerocopySender {
  readonly #lastId: Map<number, number> = new Map();

  protected override carried(serial: number, id: number): void {
    this.#lastId.set(serial, id);
    this.requests.pending[this.requests.at(serial)] = 1;
  }

  protected override notified(serial: number, id: number): void {
    if (this.#lastId.get(serial) === id) this.requests.pending[this.requests.at(serial)] = 0;
  }
}
