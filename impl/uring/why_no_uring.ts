/**
 * Whether rings can be had here.
 *
 * @module
 */
import { ErrnoError } from "../../ffi/errno.ts";
import { EnvironmentError } from "../../ffi/library.ts";
import { Ring, type RingOptions } from "./ring.ts";

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
