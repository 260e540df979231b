/**
 * A send without zero-copy is counted.
 *
 * SPDK before 449cab9569 (2022): every `sendmsg` advanced the index.
 *
 * Rule changed: a copying send uses up a number.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Counts one kind of send too many. */
export class CountCopiesSender extends ZerocopySender {
  protected override usesId(sent: number, _zerocopy: boolean): boolean {
    return sent > 0;
  }
}
