/**
 * What goes wrong with few intervals.
 *
 * @module
 */
import { correct, implementation, model } from "./interval_map.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The interval map's house. */
export function intervalMapHouse(): ZooHouse {
  return {
    name: "interval-map",
    model,
    walk: { weights: { assign: 5, erase: 3, read: 4, claim: 4 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "claims-joined-on-one-side": {
        title:
          "an interval that was claimed and joined with the one before is not joined with the one behind",
        rule: { joinsNext: (hasJoinedPrevious, by) => by !== "claim" || !hasJoinedPrevious },
      },
      "room-asked-between-joins": {
        title: "whether there is room is asked when only one of two neighbours has been joined",
        rule: {
          isRefused: (apart, joined, by) => correct.isRefused(apart, Math.max(joined, apart - 1), by),
        },
      },
      "erasing-needs-no-room": {
        title: "an erasure in the middle of an interval makes two of it though there is no room",
        rule: { isRefused: (apart, joined, by) => by !== "erase" && correct.isRefused(apart, joined, by) },
      },
      "cut-though-refused": {
        title: "an assignment that is refused has already cut out what was there",
        rule: { afterRefusal: (_intervals, cut) => cut },
      },
      "stale-by-the-ends": {
        title: "the interval read last is kept when a change goes beyond both of its ends",
        rule: {
          isStale: (recent, from, to) =>
            (recent.from <= from && from < recent.to) || (recent.from < to && to <= recent.to),
        },
      },
      "hole-behind-not-counted": {
        title: "a hole that becomes larger by an erasure is measured without the part behind what was erased",
        rule: { movesScan: (hole, to, largestBefore) => to - hole > largestBefore },
      },
      "scan-never-goes-back": {
        title: "a claim that finds a hole further ahead leaves those between it and the old place unseen",
        rule: { scanAfterClaim: Math.max },
      },
      "scan-beyond-what-was-refused": {
        title: "the hole of a claim that was refused counts as taken",
        rule: { scanAfterRefusal: (hole, length) => hole + length },
      },
      "scan-not-back-when-refused": {
        title: "a refused claim leaves the holes between its own and the old place unseen",
        rule: { scanAfterRefusal: (_hole, _length, scanFrom) => scanFrom },
      },
      "last-hole-counts-as-largest": {
        title: "of the holes that were passed over the last one counts as the largest",
        rule: { largest: (_before, hole) => hole },
      },
    }),
  };
}
