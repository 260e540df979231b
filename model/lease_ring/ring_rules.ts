/**
 * The rules of the lease ring's mechanism, and the known mistakes as the one rule that each of them changes.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";

/** A message that holds bytes: where it begins and how many bytes follow, around the end of the area. */
export interface HeldMessage {
  message: number;
  offset: number;
  length: number;
  status: "unread" | "leased" | "done";
}

/** The rules of the mechanism that a mistake may change. Offsets and lengths are in bytes. */
export interface RingRules {
  /** Whether a message fits. */
  fits(length: number, available: number): boolean;
  /** Whether a message that does not fit in the tail goes to the front. */
  restarts(length: number, available: number, capacity: number): boolean;
  /** `start` after message `held` was leased as a view; `undefined` = unchanged. */
  startAfterView(held: DeepReadonly<HeldMessage>, capacity: number): number | undefined;
  /** Whether the bytes of a copy are looked for only when it is read first, after `start` has moved. */
  readonly copiesLate: boolean;
  /** `start` after the bytes of `given` were given back; `prefixEnd` = end of the prefix that just became free. */
  startAfterReturn(
    given: DeepReadonly<HeldMessage>,
    how: "release" | "copy" | "drop",
    prefixEnd: number | undefined,
    capacity: number,
  ): number | undefined;
  /** `start` after the oldest held message, which began at or after `start`, is given back. */
  startAfter(held: DeepReadonly<HeldMessage>, start: number, capacity: number): number;
  /** Whether reading through a lease that its owner has ended is refused. */
  readonly refusesExpired: boolean;
  /** Whether releasing a lease that has ended stores its end once more. */
  readonly staleReleaseMovesStart: boolean;
}

/** Where the bytes of a message end, 0 to `capacity` - 1. */
export function endOf(held: DeepReadonly<HeldMessage>, capacity: number): number {
  return (held.offset + held.length) % capacity;
}

/** The correct rules. */
export const ringRules: RingRules = {
  fits: (length, available) => length < available,
  restarts: (length, available, capacity) => 2 * available >= capacity && available >= 3 * length,
  startAfterView: () => undefined,
  copiesLate: false,
  startAfterReturn: (_given, _how, prefixEnd) => prefixEnd,
  startAfter: (held, _start, capacity) => endOf(held, capacity),
  refusesExpired: true,
  staleReleaseMovesStart: false,
};

/** The name of a known mistake of the mechanism. */
export type RingMistake =
  | "eager-start"
  | "late-copy"
  | "absolute-release"
  | "late-release-backwards"
  | "copy-frees-older"
  | "exact-fill"
  | "never-freed"
  | "drop-frees-older"
  | "restart-over-start"
  | "hole-forgotten"
  | "stale-lease-served";

/** The known mistakes, each as the one rule that it changes. */
export const ringMistakes: Readonly<Record<RingMistake, Partial<RingRules>>> = {
  "eager-start": { startAfterView: endOf },
  "late-copy": { copiesLate: true },
  "absolute-release": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "release" ? endOf(given, capacity) : prefixEnd,
  },
  "late-release-backwards": { staleReleaseMovesStart: true },
  "copy-frees-older": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "copy" ? endOf(given, capacity) : prefixEnd,
  },
  "exact-fill": { fits: (length, available) => length <= available },
  "never-freed": { startAfterReturn: () => undefined },
  "drop-frees-older": {
    startAfterReturn: (given, how, prefixEnd, capacity) =>
      how === "drop" ? endOf(given, capacity) : prefixEnd,
  },
  "restart-over-start": { restarts: (_length, available, capacity) => 2 * available >= capacity },
  "hole-forgotten": { startAfter: (held, start, capacity) => (start + held.length) % capacity },
  "stale-lease-served": { refusesExpired: false },
};
