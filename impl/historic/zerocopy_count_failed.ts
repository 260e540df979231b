/**
 * A send that failed is counted.
 *
 * Planted. The kernel takes the number back when a send fails with nothing taken (`msg_zerocopy_put_abort`).
 *
 * Rule changed: a failed zero-copy send uses up a number.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Counts one kind of send too many. */
export class CountFailedSender extends ZerocopySender {
  protected override usesId(sent: number, zerocopy: boolean): boolean {
    return zerocopy && sent !== 0;
  }
}
