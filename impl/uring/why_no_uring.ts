/**
 * Whether rings can be had here.
 *
 * @module
 */
import { ErrnoError } from "../../ffi/errno.ts";
import { EnvironmentError } from "../../ffi/library.ts";
import { BufferRing } from "./buffer_ring.ts";
import { Ring } from "./ring.ts";
import type { RingOptions } from "./ring_options.ts";

/** Why provided buffers can not be filled bit by bit here, or `undefined` when they can. */
export function whyNoIncrementalBuffers(): string | undefined {
  try {
    using ring = new Ring({ entries: 4 });
    using _buffers = new BufferRing(ring, { entries: 1, group: 0, incremental: true });
    return undefined;
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    if (error instanceof ErrnoError) return `Cannot provide buffers bit by bit: ${error.code}`;
    throw error;
  }
}

/** Why a ring with these options can not be opened here, or `undefined` when it can. @throws {RangeError} */
export function whyNoUring(options: Omit<RingOptions, "entries"> = {}): string | undefined {
  try {
    using _ring = new Ring({ ...options, entries: 4 });
    return undefined;
  } catch (error) {
    if (error instanceof EnvironmentError || error instanceof ErrnoError) return error.message;
    throw error;
  }
}
