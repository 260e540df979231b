/**
 * The counters of published and taken messages are compared instead of subtracted.
 *
 * Planted. Right for 4,294,967,295 messages: then the published count wraps to 0, is smaller than the taken count,
 * and the reader finds the ring empty for ever.
 *
 * Rule changed: there are unread messages when more are published than taken.
 *
 * @module
 */
import { type LeaseRingParts, RingReader } from "../lease_ring.ts";

class CounterOrderReader extends RingReader {
  protected override unreadBetween(taken: number, published: number): number {
    return published > taken ? published - taken : 0;
  }
}

/** Reads nothing once the counter has wrapped. */
export const counterOrder: LeaseRingParts = { Reader: CounterOrderReader };
