/**
 * The rules by which a zero-copy sender keeps its books, each a place where a sender went wrong.
 *
 * @module
 */

/** The rules that a mistake may change. `ids` is the period of the counter, 2^width. */
export interface SenderRules {
  /** The sender's number of the first send, when the kernel's is `firstId`. */
  start(firstId: number, ids: number): number;
  /** The number after `id`. */
  successor(id: number, ids: number): number;
  /** Whether a send with this result uses up a number; a negative result is a failure. */
  usesId(result: number, zerocopy: boolean): boolean;
  /** Counts off the numbers from `low` to `high`. `letGoOf` pays for each, so that an endless loop ends. */
  letGo(low: number, high: number, ids: number, letGoOf: (id: number) => void): void;
  /** Whether a request remembers only the last number that carried it. */
  readonly remembersLastOnly: boolean;
  /** Whether a copying send makes its request forget the numbers that carried earlier parts. */
  readonly copyForgets: boolean;
  /** Whether a notification passes over requests of which a part is unsent. */
  readonly forgetsQueued: boolean;
  /** Whether requests end only after those submitted before them. */
  readonly endsInOrder: boolean;
  /** Whether a buffer is free again as soon as all of it was sent. */
  readonly freesOnSend: boolean;
  /** Whether closing frees buffers that the kernel still reads. */
  readonly freesOnClose: boolean;
  /** Without memory for a notification: whether to copy instead of waiting for one. */
  copiesInstead(inFlight: number): boolean;
}

/** The correct rules. */
export const senderRules: SenderRules = {
  start: (firstId) => firstId,
  successor: (id, ids) => (id + 1) % ids,
  usesId: (result, zerocopy) => zerocopy && result > 0,
  letGo(low, high, ids, letGoOf) {
    for (let id = low;; id = (id + 1) % ids) {
      letGoOf(id);
      if (id === high) return;
    }
  },
  remembersLastOnly: false,
  copyForgets: false,
  forgetsQueued: false,
  endsInOrder: true,
  freesOnSend: false,
  freesOnClose: false,
  copiesInstead: (inFlight) => inFlight === 0,
};

/** The name of a known mistake. */
export type SenderMistake =
  | "wrap-to-one"
  | "range-loop"
  | "last-id-only"
  | "copy-ends-early"
  | "forget-queued"
  | "copies-end-at-once"
  | "count-failed"
  | "count-empty"
  | "count-copies"
  | "free-on-send"
  | "free-on-close"
  | "starved-waits";

/** The known mistakes, each as the one rule that it changes. */
export const senderMistakes: Readonly<Record<SenderMistake, Partial<SenderRules>>> = {
  // The counter skips one value at every wrap: what is written as "to 1" there counts sends, here their numbers.
  "wrap-to-one": {
    start: (firstId, ids) => firstId % (ids - 1),
    successor: (id, ids) => (id + 1) % (ids - 1),
  },
  "range-loop": {
    letGo(low, high, ids, letGoOf) {
      for (let id = low; id <= high; id = (id + 1) % ids) letGoOf(id);
    },
  },
  "last-id-only": { remembersLastOnly: true },
  "copy-ends-early": { copyForgets: true },
  "forget-queued": { forgetsQueued: true },
  "copies-end-at-once": { endsInOrder: false },
  "count-failed": { usesId: (result, zerocopy) => zerocopy && result !== 0 },
  "count-empty": { usesId: (result, zerocopy) => zerocopy && result >= 0 },
  "count-copies": { usesId: (result) => result > 0 },
  "free-on-send": { freesOnSend: true },
  "free-on-close": { freesOnClose: true },
  "starved-waits": { copiesInstead: () => false },
};
