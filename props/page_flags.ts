/**
 * Page flags: where the specification, the algorithms under a memory model and real shared memory meet.
 *
 * Real memory is walked step by step, one access after another, which is sequentially consistent; real threads at full
 * speed are the business of `page_flags_workers.ts`. The scope `store-buffers` is explored and refined only.
 *
 * @module
 */
import type { PageAlgorithm } from "../impl/page_flags/algorithm.ts";
import { delayedList } from "../impl/page_flags/delayed_list.ts";
import { ownedBit } from "../impl/page_flags/owned_bit.ts";
import type { Drawings } from "../lockstep/picture.ts";
import type { Engine, Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import type { Walk } from "../lockstep/walk.ts";
import type { ScMemory } from "../model/memory/sc.ts";
import { sc } from "../model/memory/sc.ts";
import { tso } from "../model/memory/tso.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../model/page_flags.ts";
import { pageFlags, pageFlagsCommands } from "../model/page_flags.ts";
import type { PageMistake } from "./page_flags_known.ts";
import { pageMistakes } from "./page_flags_known.ts";
import type { PageMechanismState } from "./page_flags_machine.ts";
import { pageMechanism, phaseStep } from "./page_flags_machine.ts";
import { pageFlagsPicture } from "./page_flags_picture.ts";
import { pageFlagsTimeline } from "./page_flags_timeline.ts";
import { scriptMachine } from "./page_flags_script_machine.ts";
import { pageTarget } from "./page_flags_target.ts";

const operations = ["malloc", "mallocAligned", "free"] as const;
const small: PageFlagsScope = { threads: 2, blocks: 2, operations };

type State = PageMechanismState<ScMemory>;

/** Whether the thread's next access writes a word that other threads write too. */
function aboutToPublish(algorithm: PageAlgorithm, state: State, index: number): boolean {
  const { access } = phaseStep(algorithm, index, state.threads[index]!);
  return access.kind === "update" || access.kind === "compareExchange";
}

/**
 * Looks for races: a thread that is about to publish something often has to wait while others do anything else, and
 * allocations that can only answer null are rare.
 */
function walk(
  scope: PageFlagsScope,
  algorithm: PageAlgorithm,
): Walk<State, PageFlagsCommand, PageFlagsReply> {
  const all = pageFlagsCommands(scope);
  const weight = (state: State, command: PageFlagsCommand): number => {
    const own = state.threads[command.thread]!;
    if (command.kind === "step") {
      if (own.operation === "none") return 0;
      return aboutToPublish(algorithm, state, command.thread) ? 1 : 8;
    }
    if (own.operation !== "none") return 0;
    if ("pointer" in command) return state.held.includes(command.pointer) ? 1 : 0;
    const next = algorithm.start(command.operation, { thread: command.thread, local: own.local }, 0);
    return next.kind === "answer" ? 0.1 : command.operation === "mallocAligned" ? 6 : 4;
  };
  return {
    propose(state, draw) {
      const weights = all.map((command) => Math.round(10 * weight(state as State, command)));
      const total = weights.reduce((sum, one) => sum + one, 0);
      if (total === 0) return undefined;
      let left = draw.integer(0, total - 1);
      return all[weights.findIndex((one) => (left -= one) < 0)];
    },
    labels: {
      "a block was handed out at its start": ({ reply }) =>
        reply.kind === "answered" && reply.value >= 2 && reply.value % 2 === 0,
      "an interior pointer was handed out": ({ reply }) =>
        reply.kind === "answered" && reply.value >= 3 && reply.value % 2 === 1,
      "an allocation answered null": ({ command, reply, after }) =>
        command.kind === "call" && command.operation !== "free" && reply.kind === "answered" &&
        reply.value === 0 &&
        after.held.length > 0,
      "all blocks were handed out": ({ after }) => after.held.every((pointer) => pointer !== 0),
      "two operations overlapped": ({ after }) =>
        after.threads.filter(({ operation }) => operation !== "none").length > 1,
    },
  };
}

function drawingsOf(algorithm: PageAlgorithm): Drawings {
  return { picture: pageFlagsPicture(algorithm), timeline: pageFlagsTimeline(algorithm) };
}

function scopeOf(
  description: string,
  make: (blocks: number) => PageAlgorithm,
  scope: PageFlagsScope,
  use: Scope["use"],
): () => Scope {
  return () => ({
    description,
    what: pageFlags(scope),
    how: use.includes("lockstep") || use.includes("tour")
      ? pageMechanism(make(scope.blocks), scope, sc)
      : pageMechanism(make(scope.blocks), scope, tso),
    walk: walk(scope, make(scope.blocks)),
    target: pageTarget(make(scope.blocks), scope),
    ...drawingsOf(make(scope.blocks)),
    use,
  });
}

/** The scope in which a mistake shows: that of its algorithm. */
const scopeOfMistake: Readonly<Record<string, string>> = {
  "lost-flag": "owned-bit",
  "unown-race": "owned-bit",
  "half-repair": "owned-bit",
};

/** A mistake that changes words or answers is explored and walked; one that only races is explored under RC11. */
function mistakeOf(known: PageMistake): Mistake {
  const { name, title, upstream, lived, races, words, client } = known;
  const scope = scopeOfMistake[name] ?? "delayed-list";
  const drawings = drawingsOf(known.make(small.blocks));
  const said = { name, title, upstream, ...(lived === undefined ? {} : { lived }), scope, drawings };
  if (!words && races !== undefined) {
    return { ...said, how: () => scriptMachine(known.make(small.blocks), races), foundBy: ["explore"] };
  }
  const foundBy: Engine[] = ["explore"];
  if (client) foundBy.push("refines");
  // Half a repair needs three parties at the right moment: walks find it in 6 of 8 seeds within 1,000 cases.
  if (name !== "half-repair") foundBy.push("lockstep");
  return {
    ...said,
    how: () => pageMechanism(known.make(small.blocks), small, sc),
    target: () => pageTarget(known.make(small.blocks), small),
    foundBy,
  };
}

const everything = ["explore", "refines", "lockstep", "tour"] as const;

/** The protocol. */
export const pageFlagsProtocol: Protocol = {
  name: "page-flags",
  title: "Flags of a shared memory page: data races and lost updates",
  scopes: {
    "owned-bit": scopeOf(
      "2 threads, 2 blocks, flags beside the owner's id (mimalloc 3)",
      ownedBit,
      small,
      everything,
    ),
    "delayed-list": scopeOf(
      "2 threads, 2 blocks, plain flags of the owner (mimalloc 2)",
      delayedList,
      small,
      everything,
    ),
    "three-threads": scopeOf("3 threads, 2 blocks, flags beside the owner's id", ownedBit, {
      ...small,
      threads: 3,
    }, ["explore", "refines"]),
    "store-buffers": scopeOf("2 threads, 2 blocks, under x86-TSO", ownedBit, small, ["explore", "refines"]),
  },
  mistakes: pageMistakes.map(mistakeOf),
};
