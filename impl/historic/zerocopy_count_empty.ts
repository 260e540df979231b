/**
 * A send of no bytes is counted.
 *
 * Planted. The kernel gives no number to an empty send.
 *
 * Rule changed: an empty zero-copy send uses up a number.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Counts one kind of send too many. */
export class CountEmptySender extends ZerocopySender {
  protected override usesId(sent: number, zerocopy: boolean): boolean {
    return zerocopy && sent >= 0;
  }
}
