/**
 * The known mistakes as the engines look for them.
 *
 * On real memory every mistake is judged by what callers see: an answer, or a data race. How early its words go wrong is
 * the matter of exploring, and of `levels.ts`. One that a caller never notices is compared with the correct mechanism
 * word by word instead.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { Drawings } from "../../lockstep/picture.ts";
import type { Engine, Mistake } from "../../lockstep/protocol.ts";
import { sc } from "../../model/memory/sc.ts";
import type { PageFlagsScope } from "../../model/page_flags.ts";
import { type PageMistake, pageMistakes } from "./known.ts";
import { pageMechanism } from "./machine.ts";
import { pageFlagsPicture } from "./picture.ts";
import { pageTarget } from "./target.ts";
import { pageFlagsTimeline } from "./timeline.ts";
import { pageViewsMachine } from "./views_machine.ts";

/** Values of one word that a thread may still read: every mistake that races has raced long before there are more. */
const mostMessages = 3;

const ofOwnedBit: readonly string[] = ["lost-flag", "unown-race", "half-repair"];

/** The scope of the correct algorithm that a mistake is the smallest change of; there words are compared. */
export function baseOf(mistake: string): "owned-bit" | "delayed-list" {
  return ofOwnedBit.includes(mistake) ? "owned-bit" : "delayed-list";
}

/** What is drawn of an algorithm's states and walks. */
export function drawingsOf(algorithm: PageAlgorithm, scope: PageFlagsScope): Drawings {
  return { picture: pageFlagsPicture(algorithm), timeline: pageFlagsTimeline(algorithm, scope) };
}

function mistakeOf(known: PageMistake, small: PageFlagsScope, sizes: PageFlagsScope): Mistake {
  const { name, title, upstream, lived, races, client } = known;
  const base = baseOf(name);
  const seen = client || races !== undefined;
  const size = seen ? sizes : small;
  const foundBy: Engine[] = ["explore", ...(seen ? ["refines" as const] : []), "lockstep"];
  return {
    name,
    title,
    upstream,
    ...(lived === undefined ? {} : { lived }),
    scope: seen ? `${base}-answers` : base,
    drawings: drawingsOf(known.make(size.blocks), size),
    // One that changes words is explored under sequential consistency already, one that races under C11.
    how: () =>
      races === undefined
        ? pageMechanism(known.make(size.blocks), size, sc)
        : pageViewsMachine(known.make(size.blocks), size, mostMessages),
    target: () => pageTarget(known.make(size.blocks), size),
    foundBy,
  };
}

/** All of them: those that callers can see in scope `sizes`, the others in scope `small`. */
export function knownMistakes(small: PageFlagsScope, sizes: PageFlagsScope): readonly Mistake[] {
  return pageMistakes.map((known) => mistakeOf(known, small, sizes));
}
