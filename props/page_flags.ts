/**
 * Page flags: where the specification, the algorithms under a memory model and real shared memory meet.
 *
 * Real memory is walked step by step, one access after another, which is sequentially consistent; real threads at full
 * speed are the business of `page_flags/races.ts`. The scopes under x86-TSO and C11 are explored and refined only. In the scope
 * `mimalloc` the real side is the allocator that the mistakes come from, where it is installed.
 *
 * @module
 */
import type { PageAlgorithm } from "../impl/page_flags/algorithm.ts";
import { delayedList } from "../impl/page_flags/delayed_list.ts";
import { ownedBit } from "../impl/page_flags/owned_bit.ts";
import type { Protocol, Scope } from "../lockstep/protocol.ts";
import type { HeapScope } from "../model/heap.ts";
import { heap } from "../model/heap.ts";
import { sc } from "../model/memory/sc.ts";
import { tso } from "../model/memory/tso.ts";
import type { PageFlagsScope } from "../model/page_flags.ts";
import { pageFlags } from "../model/page_flags.ts";
import { heapWalk, mimallocTarget } from "./heap_target.ts";
import { drawingsOf, knownMistakes } from "./page_flags/mistakes.ts";
import { pageMechanism } from "./page_flags/machine.ts";
import { pageC11Machine } from "./page_flags/c11_machine.ts";
import { pageRaces } from "./page_flags/races.ts";
import { pageTarget, pageWorkerTarget } from "./page_flags/target.ts";
import { pageViewsMachine } from "./page_flags/views_machine.ts";
import { mechanismWalk, specificationWalk } from "./page_flags/walk.ts";

const operations = ["malloc", "mallocAligned", "free", "allocateAll"] as const;
const small: PageFlagsScope = { threads: 2, blocks: 2, operations };
const sizes: PageFlagsScope = { ...small, operations: [...operations, "usableSize"] };
const wholeHeap: HeapScope = { threads: 2, blocks: 4, sizes: [1, 40, 600, 70_000], alignments: [0, 64, 512] };

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
    walk: mechanismWalk(scope, make(scope.blocks)),
    target: pageTarget(make(scope.blocks), scope),
    ...drawingsOf(make(scope.blocks), scope),
    use,
  });
}

/** The mechanism under RC11; `messages` values of one word may still be read. */
function c11Scope(
  description: string,
  make: (blocks: number) => PageAlgorithm,
  scope: PageFlagsScope,
  messages: number,
): () => Scope {
  return () => ({
    ...scopeOf(`${description}, under C11`, make, scope, ["explore", "refines"])(),
    how: pageViewsMachine(make(scope.blocks), scope, messages),
  });
}

/** The same with whole executions, which end when the client has made so many calls. */
function c11GraphScope(scope: PageFlagsScope, calls: number): () => Scope {
  return () => ({
    ...c11Scope(`2 threads, 2 blocks, at most ${calls} calls, whole executions`, ownedBit, scope, calls)(),
    how: pageC11Machine(ownedBit(scope.blocks), scope, calls),
  });
}

/** Judged by what callers are told alone: right for every correct page, whatever its words. */
function answersScope(make: (blocks: number) => PageAlgorithm): () => Scope {
  return () => ({
    description: "2 threads, 2 blocks, judged by answers and data races alone",
    what: pageFlags(sizes),
    walk: specificationWalk(sizes),
    target: pageTarget(make(sizes.blocks), sizes),
    ...drawingsOf(make(sizes.blocks), sizes),
    use: ["lockstep"],
  });
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
    "owned-bit-answers": answersScope(ownedBit),
    "delayed-list-answers": answersScope(delayedList),
    "store-buffers": scopeOf("2 threads, 2 blocks, under x86-TSO", ownedBit, small, ["explore", "refines"]),
    "c11": c11Scope("2 threads, 2 blocks", ownedBit, sizes, 4),
    "c11-delayed-list": c11Scope("2 threads, 2 blocks, plain flags of the owner", delayedList, sizes, 3),
    "c11-three-threads": c11Scope("3 threads, 2 blocks", ownedBit, { ...sizes, threads: 3 }, 3),
    "c11-graphs": c11GraphScope(sizes, 3),
    "real-threads": () => ({
      ...scopeOf("2 threads, 2 blocks, each access by the real thread of its caller", ownedBit, small, [
        "lockstep",
      ])(),
      target: pageWorkerTarget(ownedBit(small.blocks), small),
      costs: 40,
    }),
    // Another machine than that of the other scopes: what a whole allocator promises, not what one page does.
    "mimalloc": () => ({
      description: "2 real threads, 4 blocks of the system's own mimalloc, as a heap",
      what: heap(wholeHeap),
      walk: heapWalk,
      target: mimallocTarget(wholeHeap),
      costs: 10,
      use: ["explore", "lockstep"],
    }),
  },
  mistakes: knownMistakes(small, sizes),
  races: pageRaces,
};
