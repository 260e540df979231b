/**
 * A recorded history of threads as data: what a race report shows.
 *
 * @module
 */

/** One operation of a thread. Times are positions in the one order of events that was recorded. */
export interface HistoryOperation {
  /** Index of the thread. */
  readonly thread: number;
  /** What was called, as a phrase. */
  readonly action: string;
  /** What was answered, as a phrase; absent while pending. */
  readonly answer?: string;
  /** Position of the call. */
  readonly invokedAt: number;
  /** Absent while pending. */
  readonly returnedAt?: number;
  /** Its place, counted from 0, in the longest sequence that the machine allows; absent when it has none. */
  readonly placed?: number;
}

/** A history that no order of the operations explains. */
export interface History {
  /** Their names. */
  readonly threads: readonly string[];
  /** In any order: times say how they lie. */
  readonly operations: readonly HistoryOperation[];
  /** Why each candidate for the next place can not stand there. */
  readonly stuck: readonly { readonly operation: number; readonly reason: string }[];
}
