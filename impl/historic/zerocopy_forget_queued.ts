/**
 * A notification about a request of which a part is still unsent is passed over, and the request waits for it for ever.
 *
 * Planted: what SPDK's a1f20e789f (2025) had to repair on the way, as its message says. Notified requests were looked for
 * among those that were sent whole.
 *
 * Rule changed: a notification counts off only the requests that were sent whole.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Does not look for a request among the unsent ones. */
export class ForgetQueuedSender extends ZerocopySender {
  protected override notified(serial: number, id: number): void {
    if (serial < this.requests.unsent) super.notified(serial, id);
  }
}
