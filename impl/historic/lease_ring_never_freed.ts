/**
 * The start never moves.
 *
 * Xpra for three days in September 2023 (09408c47a9, repaired in 208279a88e): the path for one chunk no longer stored
 * the start. Nothing is ever overwritten too early; the writer finds the ring full for ever.
 *
 * Rule changed: giving bytes back tells the writer nothing.
 *
 * @module
 */
import { type LeaseRingParts, RingReader } from "../lease_ring.ts";

class NeverFreedReader extends RingReader {
  protected override moveStart(): void {}
}

/** Keeps all bytes for ever. */
export const neverFreed: LeaseRingParts = { Reader: NeverFreedReader };
