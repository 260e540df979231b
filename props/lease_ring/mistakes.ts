/**
 * The known mistakes of lease rings: the bugs that Xpra shipped, and planted ones.
 *
 * @module
 */
import type { LeaseRingParts } from "../../impl/lease_ring.ts";
import { absoluteRelease } from "../../impl/historic/lease_ring_absolute_release.ts";
import { copyFreesOlder } from "../../impl/historic/lease_ring_copy_frees_older.ts";
import { counterOrder } from "../../impl/historic/lease_ring_counter_order.ts";
import { dropFreesOlder } from "../../impl/historic/lease_ring_drop_frees_older.ts";
import { eagerStart } from "../../impl/historic/lease_ring_eager_start.ts";
import { exactFill } from "../../impl/historic/lease_ring_exact_fill.ts";
import { holeForgotten } from "../../impl/historic/lease_ring_hole_forgotten.ts";
import { lateCopy } from "../../impl/historic/lease_ring_late_copy.ts";
import { lateReleaseBackwards } from "../../impl/historic/lease_ring_late_release_backwards.ts";
import { neverFreed } from "../../impl/historic/lease_ring_never_freed.ts";
import { releaseByCount } from "../../impl/historic/lease_ring_release_by_count.ts";
import { restartOverStart } from "../../impl/historic/lease_ring_restart_over_start.ts";
import { splitRepeatsFront } from "../../impl/historic/lease_ring_split_repeats_front.ts";
import { staleLeaseServed } from "../../impl/historic/lease_ring_stale_lease_served.ts";
import type { Engine } from "../../lockstep/protocol.ts";
import type { RingMistake } from "../../model/lease_ring/ring_rules.ts";

/** A known mistake: the words about it, its twin among the mechanism's rules, and the implementation that has it. */
export interface LeaseRingMistake {
  readonly name: string;
  readonly title: string;
  readonly upstream: string;
  readonly lived?: string;
  /** Its twin among the mechanism's rules; absent where the mechanism refuses to know what went wrong. */
  readonly twin?: RingMistake;
  readonly parts: LeaseRingParts;
  readonly foundBy: readonly Engine[];
}

const everywhere: readonly Engine[] = ["explore", "refines", "lockstep"];

/** All of them, the shipped ones first. */
export const leaseRingMistakes: readonly LeaseRingMistake[] = [
  {
    name: "eager-start",
    title: "the start moves before the view is used",
    upstream: "Xpra #4271",
    lived: "2013 to 2024",
    twin: "eager-start",
    parts: eagerStart,
    foundBy: everywhere,
  },
  {
    name: "late-copy",
    title: "a message in two pieces is given back before it is copied",
    upstream: "Xpra #4271",
    lived: "2013 to 2024",
    twin: "late-copy",
    parts: lateCopy,
    foundBy: everywhere,
  },
  {
    name: "absolute-release",
    title: "a release out of order frees older leases",
    upstream: "Xpra af709d936e",
    lived: "2024, still open",
    twin: "absolute-release",
    parts: absoluteRelease,
    foundBy: everywhere,
  },
  {
    name: "copy-frees-older",
    title: "reading a message in two pieces frees older leases",
    upstream: "Xpra af709d936e",
    lived: "2024, still open",
    twin: "copy-frees-older",
    parts: copyFreesOlder,
    foundBy: everywhere,
  },
  {
    name: "late-release-backwards",
    title: "a late release moves the start backwards",
    upstream: "Xpra af709d936e",
    lived: "2024, still open",
    twin: "late-release-backwards",
    parts: lateReleaseBackwards,
    foundBy: everywhere,
  },
  {
    name: "exact-fill",
    title: "an exact fill makes full look empty",
    upstream: "Xpra 664802ddea",
    lived: "2025, still open",
    twin: "exact-fill",
    parts: exactFill,
    foundBy: everywhere,
  },
  {
    name: "never-freed",
    title: "bytes are never given back",
    upstream: "Xpra 09408c47a9",
    lived: "three days in 2023",
    twin: "never-freed",
    parts: neverFreed,
    foundBy: everywhere,
  },
  {
    name: "drop-frees-older",
    title: "dropping a message frees older leases",
    upstream: "planted",
    twin: "drop-frees-older",
    parts: dropFreesOlder,
    foundBy: everywhere,
  },
  {
    name: "restart-over-start",
    title: "a restart does not look whether there is room",
    upstream: "planted",
    twin: "restart-over-start",
    parts: restartOverStart,
    foundBy: everywhere,
  },
  {
    name: "hole-forgotten",
    title: "the hole before a restart is forgotten when bytes are counted",
    upstream: "planted",
    twin: "hole-forgotten",
    parts: holeForgotten,
    foundBy: everywhere,
  },
  {
    name: "stale-lease-served",
    title: "an expired lease is still served",
    upstream: "planted",
    twin: "stale-lease-served",
    parts: staleLeaseServed,
    foundBy: everywhere,
  },
  {
    name: "counter-order",
    title: "message counters are compared, and the wrap at 2^32 hides all messages",
    upstream: "planted",
    parts: counterOrder,
    foundBy: ["lockstep"],
  },
  {
    name: "release-by-count",
    title: "a release frees the oldest message, whichever it was for",
    upstream: "planted",
    parts: releaseByCount,
    foundBy: ["lockstep"],
  },
  {
    name: "split-repeats-front",
    title: "the second piece of a split message repeats its beginning",
    upstream: "planted",
    parts: splitRepeatsFront,
    foundBy: ["lockstep"],
  },
];
