/**
 * How a ring can be set up.
 *
 * @module
 */
import { setupFlag } from "../../ffi/io_uring.ts";

/** How a ring is set up. */
export interface RingOptions {
  /** Submission entries, 1 to 32768; the kernel rounds up to a power of two. */
  readonly entries: number;
  /** Completion entries, twice the submission entries when absent. */
  readonly cqEntries?: number;
  /** A kernel thread fetches the entries and sleeps after this many idle milliseconds. */
  readonly pollingThreadIdleMs?: number;
  /** Goes on after an entry that fails in preparation, instead of stopping behind it. */
  readonly submitAll?: boolean;
  /** Completions are worked on only inside `enter` with `getEvents`, by the one thread that submits. */
  readonly deferTaskrun?: boolean;
  /** Completions do not interrupt this thread in user mode. */
  readonly coopTaskrun?: boolean;
}

/** The set-up flags of `options`. @throws {RangeError} when one is out of range */
export function setupFlagsOf(options: RingOptions): number {
  const { entries, cqEntries, pollingThreadIdleMs } = options;
  if (!Number.isInteger(entries) || entries < 1 || entries > 32_768) {
    throw new RangeError(`Cannot open ring: entries is ${entries}, must be an integer from 1 to 32768`);
  }
  if (
    cqEntries !== undefined && (!Number.isInteger(cqEntries) || cqEntries < entries || cqEntries > 65_536)
  ) {
    throw new RangeError(
      `Cannot open ring: cqEntries is ${cqEntries}, must be an integer from ${entries} to 65536`,
    );
  }
  if (pollingThreadIdleMs !== undefined && !(pollingThreadIdleMs >= 1 && pollingThreadIdleMs < 2 ** 32)) {
    throw new RangeError(
      `Cannot open ring: pollingThreadIdleMs is ${pollingThreadIdleMs}, must be an integer of at least 1`,
    );
  }
  return (cqEntries !== undefined ? setupFlag.CQSIZE : 0) |
    (pollingThreadIdleMs !== undefined ? setupFlag.SQPOLL : 0) |
    (options.submitAll === true ? setupFlag.SUBMIT_ALL : 0) |
    (options.coopTaskrun === true ? setupFlag.COOP_TASKRUN : 0) |
    (options.deferTaskrun === true ? setupFlag.DEFER_TASKRUN | setupFlag.SINGLE_ISSUER : 0);
}
