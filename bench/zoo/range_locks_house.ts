/**
 * What goes wrong with locks on ranges of bytes.
 *
 * @module
 */
import { conflict, correct, implementation, model, overlaps, size } from "./range_locks.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The range locks' house. */
export function rangeLocksHouse(): ZooHouse {
  return {
    name: "range-locks",
    model,
    walk: { weights: { lock: 6, unlock: 3, test: 2, ranges: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "hole-loses-the-back": {
        title: "unlocking bytes in the middle of a range loses what is behind them",
        rule: {
          remains: (range, at, end, by) =>
            correct.remains(range, at, end, by).slice(0, by === "unlock" ? 1 : undefined),
        },
      },
      "back-of-converted-range": {
        title: "converting bytes in the middle of a range merges the new lock with what is behind them",
        rule: {
          remains: (range, at, end, by) => {
            const rest = correct.remains(range, at, end, by);
            if (by === "lock" && rest.length === 2) {
              rest[1]!.mode = range.mode === "shared" ? "exclusive" : "shared";
            }
            return rest;
          },
        },
      },
      "relock-shortens": {
        title: "locking the front of a range again ends it where the new lock ends",
        rule: { union: (range, wanted) => ({ ...wanted, at: Math.min(range.at, wanted.at) }) },
      },
      "merged-with-previous-only": {
        title: "a new lock is not merged with the range that begins where it ends",
        rule: { merges: (range, wanted) => correct.merges(range, wanted) && range.at !== wanted.end },
      },
      "mode-not-compared-behind": {
        title: "a new lock swallows the range that begins where it ends, whatever its mode",
        rule: {
          merges: (range, wanted) =>
            correct.merges(range, wanted) || (range.at === wanted.end && range.end === size),
        },
      },
      "first-overlap-decides": {
        title: "only the first range that overlaps is asked whether it stands in the way",
        rule: {
          isBlocked: (others, wanted) => {
            const first = others.find((range) => overlaps(range, wanted));
            return first !== undefined && conflict(first.mode, wanted.mode);
          },
        },
      },
      "upgrade-past-readers": {
        title: "who shares exactly the bytes already gets them exclusively past other readers",
        rule: {
          isBlocked: (others, wanted, own) =>
            correct.isBlocked(others, wanted, own) && !(wanted.mode === "exclusive" &&
              own.some(({ at, end, mode }) =>
                at === wanted.at && end === wanted.end && end - at > 1 && mode === "shared"
              ) &&
              others.every(({ mode }) => mode === "shared")),
        },
      },
      "refusal-costs-the-old-lock": {
        title: "an upgrade gives the shared lock up before it is known whether it is granted",
        rule: {
          prepared: (own, wanted) =>
            wanted.mode === "shared"
              ? [...own]
              : own.filter(({ at, end, mode }) => mode !== "shared" || at < wanted.at || end > wanted.end),
        },
      },
      "end-wraps": {
        title: "the end of a lock that reaches past the last byte wraps",
        rule: { end: (at, count) => count === 0 ? size : (at + count - 1) % size + 1 },
      },
      "test-from-the-begin": {
        title:
          "a test overlooks the range that begins before the byte it asks about, unless it is the only one",
        rule: {
          found: (others, at) =>
            others.length === 1 ? correct.found(others, at) : others.find((range) => range.at >= at),
        },
      },
      "one-range-per-unlock": {
        title: "unlocking ends with the first range that was unlocked to its last byte",
        rule: {
          cut(own, at, end) {
            const whole = own.findIndex((range) => range.at >= at && range.end <= end);
            return own.flatMap((range, index) =>
              whole >= 0 && index > whole ? [range] : correct.remains(range, at, end, "unlock")
            );
          },
        },
      },
      "fourth-range-pushes-out": {
        title: "an owner's fourth range pushes out the first",
        rule: {
          added: (own, wanted) =>
            own.length === 3
              ? [...own, wanted].sort((one, other) => one.at - other.at).slice(1)
              : [...own, wanted],
        },
      },
      "fifth-range-of-all": {
        title: "the fifth range of all takes the record of the other owner's first",
        rule: {
          added(own, wanted, others) {
            if (own.length + others.length === 4) others.shift();
            return [...own, wanted];
          },
        },
      },
      "fourth-refusal-granted": {
        title: "the fourth refusal since a lock was granted is granted, so that nobody starves",
        rule: {
          refused(state) {
            state.refusals++;
            return state.refusals === 4 ? "locked" : "refused";
          },
        },
      },
    }),
  };
}
