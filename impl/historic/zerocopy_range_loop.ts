/**
 * The loop over a notified range compares its ends.
 *
 * SPDK before e351b19055 (2023, issue #2892), and in its io_uring module before 718286667f (2025):
 * `for (idx = ee_info; idx <= ee_data; idx++)` never ends when the last number is 2^32 - 1, and does not begin when the
 * range wraps.
 *
 * Rule changed: the loop goes on while `id <= high`, instead of until `id === high`.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Compares where it must count. */
export class RangeLoopSender extends ZerocopySender {
  protected override letGo(low: number, high: number): void {
    for (let id = low; id <= high; id = (id + 1) >>> 0) this.letGoOf(id);
  }
}
