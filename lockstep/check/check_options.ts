/**
 * How much a check does.
 *
 * @module
 */
/** How much to do. */
export interface CheckOptions {
  readonly cases: number;
  readonly commandsPerCase: number;
  readonly seed?: number;
  /** Limits of each exploration and refinement; what is not finished says so. */
  readonly maximumMs: number;
  readonly signal?: { readonly aborted: boolean };
  /** Told what is being done, for a progress line. */
  readonly onStage?: (stage: string) => void;
}
