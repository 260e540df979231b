/**
 * The known mistakes of shared pages: those that mimalloc shipped, and planted ones.
 *
 * @module
 */
import { earlyCollect } from "../../impl/historic/page_flags_early_collect.ts";
import { earlyFree } from "../../impl/historic/page_flags_early_free.ts";
import { halfRepair } from "../../impl/historic/page_flags_half_repair.ts";
import { lostFlag } from "../../impl/historic/page_flags_lost_flag.ts";
import { plainFlags } from "../../impl/historic/page_flags_plain_flags.ts";
import { racySize } from "../../impl/historic/page_flags_racy_size.ts";
import { separateFlags } from "../../impl/historic/page_flags_separate_flags.ts";
import { sharedByte } from "../../impl/historic/page_flags_shared_byte.ts";
import { unownRace } from "../../impl/historic/page_flags_unown_race.ts";
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { Script } from "./scripts.ts";
import { handOverScript, sizeScript } from "./scripts.ts";

/** A known mistake, and at which levels it shows. */
export interface PageMistake {
  readonly name: string;
  readonly title: string;
  readonly upstream: string;
  readonly lived?: string;
  make(blocks: number): PageAlgorithm;
  /** Whether the words break a promise: found by exploring. */
  readonly words: boolean;
  /** Whether a caller is answered what the specification forbids: found by refining. */
  readonly client: boolean;
  /** A bounded client whose accesses race under C11, if any do. */
  readonly races?: Script;
}

/** All of them, the shipped ones first. */
export const pageMistakes: readonly PageMistake[] = [
  {
    name: "lost-flag",
    title: "reclaiming loads the flags and stores them back, so that a flag set in between is lost",
    upstream: "mimalloc 6137ae4a, repaired by 5f82b5c9",
    lived: "January to September 2025",
    make: lostFlag,
    words: true,
    client: true,
  },
  {
    name: "plain-flags",
    title: "a thread that does not own the page reads its plain flags to free a block",
    upstream: "mimalloc #865, repaired by 18ebeb8a",
    lived: "until March 2024",
    make: plainFlags,
    words: false,
    client: false,
    races: handOverScript,
  },
  {
    name: "separate-flags",
    title: "the same with every flag in its own byte, which only hides it from the race detector",
    upstream: "mimalloc #130",
    lived: "until March 2024, in builds for ThreadSanitizer",
    make: separateFlags,
    words: false,
    client: false,
    races: handOverScript,
  },
  {
    name: "racy-size",
    title: "usable_size still reads the plain flags of another thread's page",
    upstream: "mimalloc 2.4.1, mi_usable_size",
    lived: "still there",
    make: racySize,
    words: false,
    client: false,
    races: sizeScript,
  },
  {
    name: "unown-race",
    title: "giving a page up ignores a block that was pushed since its list was looked at",
    upstream: "mimalloc, repaired by 666c089f",
    lived: "until December 2024",
    make: unownRace,
    words: true,
    client: true,
  },
  {
    name: "half-repair",
    title: "reclaiming keeps the flags, abandoning still stores them back",
    upstream: "planted",
    make: halfRepair,
    words: true,
    client: true,
  },
  {
    name: "shared-byte",
    title: "two flags share a byte, and a second thread writes one of them",
    upstream: "planted",
    make: sharedByte,
    words: true,
    client: true,
    races: handOverScript,
  },
  {
    name: "early-free",
    title: "a delayed block is freed before its hand-over to the owner's list has ended",
    upstream: "planted",
    make: earlyFree,
    words: true,
    client: true,
  },
  {
    name: "early-collect",
    title: "the page's list is collected before the state that leads others to it is set back",
    upstream: "planted",
    make: earlyCollect,
    words: true,
    client: false,
  },
];
