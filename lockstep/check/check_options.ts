/**
 * How much a check does.
 *
 * @module
 */

/** How much to do. */
export interface CheckOptions {
  /** Cases driven in each scope and for each known mistake, at least 1. */
  readonly cases: number;
  /** Commands of one case, at least 1. */
  readonly commandsPerCase: number;
  /** Drives the same cases again; drawn when absent, and told in the result. */
  readonly seed?: number;
  /** Limit of each exploration, refinement and tour, not of the whole; what is not finished says so. */
  readonly maximumMs: number;
  /** Ends the work soon after `aborted` becomes true; what is done by then is returned. */
  readonly signal?: { readonly aborted: boolean };
  /** Told what is being done, for a progress line. */
  readonly onStage?: (stage: string) => void;
  /** Shorter cases that are run to certify one finding; 20,000 when absent, which takes a second or two. */
  readonly certifyRuns?: number;
}
