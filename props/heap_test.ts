import { assert, assertEquals } from "@std/assert";
import { closeFd, Mapping, memfdCreate, truncate } from "../ffi/memory.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import { rendezvousWords } from "../ffi/shared_words.ts";
import type { HeapJob, HeapJobDone } from "../impl/mimalloc/heap_worker.ts";
import { assertScopeAgrees } from "../lockstep/report/assert_agreed.ts";
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { explore } from "../lockstep/explore/mod.ts";
import type { HeapScope } from "../model/heap.ts";
import { heap } from "../model/heap.ts";
import type { HeapThread } from "./heap_target.ts";
import { pageFlagsProtocol } from "./page_flags.ts";
import { heapThread, heapWalk, mimallocTarget, probeMimalloc } from "./heap_target.ts";

const scope: HeapScope = { threads: 2, blocks: 4, sizes: [1, 40, 600, 70_000], alignments: [0, 64, 512] };
const { missing } = probeMimalloc();
const { ignore } = skipUnless("mimalloc", missing[0]);

Deno.test("heap reaches every situation of a small scope", () => {
  const { vacuous, exhausted } = explore(heap({ ...scope, blocks: 2, sizes: [1, 40] }), { deadlock: false });
  assertEquals({ vacuous, exhausted }, { vacuous: [], exhausted: true });
});

Deno.test({
  name: "mimallocTarget answers as the heap specification when two threads call it in turns",
  ignore,
  async fn() {
    using target = mimallocTarget(scope);
    const sides = {
      walked: heap(scope),
      also: [],
      target,
      walk: heapWalk,
      limits: { maximumStates: 16, maximumTicks: 1_000 },
      invariants: true,
    };
    const result = await lockstep(sides, { cases: 10, commandsPerCase: 40, seed: 1 });
    assertEquals(result.finding, undefined);
    assertEquals(Object.entries(result.labels).filter(([, count]) => count === 0), []);
  },
});

Deno.test({
  name: "the scope mimalloc of page flags agrees, and ends its threads when it is over",
  ignore,
  fn: () =>
    assertScopeAgrees(pageFlagsProtocol, "mimalloc", { cases: 5, commandsPerCase: 40, seed: 2 }, {
      labels: false,
    }).then(() => {}),
});

Deno.test({
  name: "mimallocTarget finds an allocator that hands out a live block again",
  ignore,
  async fn() {
    using thread = heapThread();
    let kept: HeapJobDone | undefined;
    // Every third allocation answers the block of an earlier one.
    let calls = 0;
    const wrong = {
      [Symbol.dispose]: () => {},
      do: async (job: HeapJob): Promise<HeapJobDone> => {
        if (job.kind === "free") return { kind: "freed" };
        const done = await thread.do(job);
        return kept !== undefined && ++calls % 3 === 0 ? kept : kept = done;
      },
    } as HeapThread;
    const one = { ...scope, threads: 1 };
    const sides = {
      walked: heap(one),
      also: [],
      target: mimallocTarget(one, () => wrong),
      // Nothing is ever given back here, so that a pointer that is handed out twice can be looked at safely.
      walk: { ...heapWalk, weights: { reallocate: 0 } },
      limits: { maximumStates: 16, maximumTicks: 1_000 },
      invariants: true,
    };
    const { finding } = await lockstep(sides, { cases: 20, commandsPerCase: 40, seed: 1, shrinkRuns: 50 });
    assert(finding !== undefined);
  },
});

Deno.test({
  name: "mimalloc damages no block when two threads exchange and free each other's at full speed",
  ignore,
  async fn() {
    using first = heapThread();
    using second = heapThread();
    const [boxes, rounds, bytes] = [32, 20_000, 4_096];
    const fd = memfdCreate("boxes");
    truncate(fd, bytes);
    using memory = new Mapping(fd, bytes);
    closeFd(fd);
    assert(rendezvousWords(2) * 4 + boxes * 8 <= bytes);
    const { address } = memory;
    const results: HeapJobDone[] = await Promise.all(
      [first, second].map((thread, index) =>
        thread.do({ kind: "exchange", address, bytes, thread: index, threads: 2, boxes, rounds })
      ),
    );
    for (const result of results) {
      assert(result.kind === "exchanged");
      assertEquals([result.rounds, result.damaged], [rounds, 0]);
    }
  },
});

Deno.test({
  name: "mimalloc hands out again what another thread has freed",
  ignore,
  async fn() {
    using owner = heapThread();
    using other = heapThread();
    const seen = new Set<bigint>();
    let again = 0;
    for (let round = 0; round < 400; round++) {
      const made = await owner.do({
        kind: "allocate",
        bytes: 600,
        alignment: round % 3 === 0 ? 512 : 0,
        fill: 1,
      });
      assert(made.kind === "block" && made.address !== 0n);
      if (seen.has(made.address)) again++;
      seen.add(made.address);
      await other.do({ kind: "free", address: made.address });
    }
    // Were nothing given back, all 400 blocks would be new.
    assert(again > 100, `only ${again} of 400 addresses were seen again`);
  },
});
