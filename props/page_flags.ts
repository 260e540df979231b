/**
 * Page flags: where the specification, the algorithms under a memory model and real shared memory meet.
 *
 * Real memory is walked step by step, one access after another, which is sequentially consistent; real threads at full
 * speed are the business of `page_flags_workers.ts`. The scopes under x86-TSO are explored and refined only. In the scope
 * `mimalloc` the real side is the allocator that the mistakes come from, where it is installed.
 *
 * @module
 */
import type { PageAlgorithm } from "../impl/page_flags/algorithm.ts";
import { delayedList } from "../impl/page_flags/delayed_list.ts";
import { ownedBit } from "../impl/page_flags/owned_bit.ts";
import type { Engine, Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import type { Walk } from "../lockstep/walk.ts";
import type { HeapScope } from "../model/heap.ts";
import { heap } from "../model/heap.ts";
import type { ScMemory } from "../model/memory/sc.ts";
import { sc } from "../model/memory/sc.ts";
import { tso } from "../model/memory/tso.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../model/page_flags.ts";
import { pageFlags, pageFlagsCommands } from "../model/page_flags.ts";
import { heapWalk, mimallocTarget } from "./heap_target.ts";
import type { PageMistake } from "./page_flags_known.ts";
import { pageMistakes } from "./page_flags_known.ts";
import type { PageMechanismState } from "./page_flags_machine.ts";
import { pageMechanism, phaseStep } from "./page_flags_machine.ts";
import { pageFlagsPicture } from "./page_flags_picture.ts";
import { scriptMachine } from "./page_flags_script_machine.ts";
import { pageTarget, pageWorkerTarget } from "./page_flags_target.ts";

const operations = ["malloc", "mallocAligned", "free"] as const;
const small: PageFlagsScope = { threads: 2, blocks: 2, operations };
const wholeHeap: HeapScope = { threads: 2, blocks: 4, sizes: [1, 40, 600, 70_000], alignments: [0, 64, 512] };

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
    picture: pageFlagsPicture(make(scope.blocks)),
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
  const said = { name, title, upstream, ...(lived === undefined ? {} : { lived }), scope };
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
    "three-threads": scopeOf("3 threads, 2 blocks, under x86-TSO", ownedBit, {
      ...small,
      threads: 3,
    }, ["explore", "refines"]),
    "store-buffers": scopeOf("2 threads, 2 blocks, under x86-TSO", ownedBit, small, ["explore", "refines"]),
    "real-threads": () => ({
      ...scopeOf("2 threads, 2 blocks, each access by the real thread of its caller", ownedBit, small, [
        "lockstep",
      ])(),
      target: pageWorkerTarget(ownedBit(small.blocks), small),
      cases: 50,
    }),
    // Another machine than that of the other scopes: what a whole allocator promises, not what one page does.
    "mimalloc": () => ({
      description: "2 real threads, 4 blocks of the system's own mimalloc, as a heap",
      what: heap(wholeHeap),
      walk: heapWalk,
      target: mimallocTarget(wholeHeap),
      cases: 200,
      use: ["explore", "lockstep"],
    }),
  },
  mistakes: pageMistakes.map(mistakeOf),
};
