/**
 * Closing frees the buffers of all pending requests.
 *
 * SPDK, read from the code of the newest version: `spdk_sock_abort_requests` completes requests with `-ECANCELED` while
 * the kernel still owns their pages; what is written there afterwards goes out on the wire.
 *
 * Rule changed: an aborted request's buffer is free, instead of only when no send in flight carries it.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Takes an aborted request for a finished one. */
export class FreeOnCloseSender extends ZerocopySender {
  protected override kernelIsDone(): boolean {
    return true;
  }
}
