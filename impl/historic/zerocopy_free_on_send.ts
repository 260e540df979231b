/**
 * A buffer goes back to the pool as soon as `sendmsg` has taken all of it.
 *
 * Planted: the habit of sends that copy.
 *
 * Rule changed: a buffer is free when it was sent, instead of when its request ends.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Frees what the kernel still reads. */
export class FreeOnSendSender extends ZerocopySender {
  protected override sentWhole(serial: number): void {
    this.giveBack(this.requests.buffer[this.requests.at(serial)]!);
  }

  protected override end(serial: number): void {
    this.onEnd(this.requests.buffer[this.requests.at(serial)]!, "sent");
  }
}
