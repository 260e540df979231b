import { assertEquals } from "@std/assert";
import { findMistakes } from "../lockstep/check/find_mistakes.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { explore, refines } from "../lockstep/explore/mod.ts";
import { assertScopeAgrees } from "../lockstep/report/assert_agreed.ts";
import { leaseRing } from "../model/lease_ring.ts";
import { ringOffsets } from "../model/lease_ring/ring_offsets.ts";
import { mappingsOf, openFdCount } from "../ffi/process_resources.ts";
import type { AnyTarget, Budget } from "../lockstep/machine.ts";
import { leaseRingProtocol, leaseRingSizes } from "./lease_ring.ts";

const { small } = leaseRingSizes;
const smallest = { capacityBytes: 8, messages: 2, leases: 2, lengths: [1, 3, 4, 7] };
const drive = { cases: 400, commandsPerCase: 60, seed: 20_260 };

Deno.test("lease ring: the specification keeps its promises in every state of the small scope", () => {
  const result = explore(leaseRing(small));
  assertEquals(result.violations, []);
  assertEquals([result.exhausted, result.vacuous], [true, []]);
});

Deno.test("lease ring: the mechanism keeps its promises in every state of the small scope", () => {
  const result = explore(ringOffsets(small), { liveness: false });
  assertEquals(result.violations, []);
  assertEquals([result.exhausted, result.vacuous], [true, []]);
});

Deno.test("lease ring: every lease can end and all bytes come back, for the mechanism", () => {
  const result = explore(ringOffsets(smallest));
  assertEquals(result.violations, []);
  assertEquals([result.exhausted, result.undecided], [true, []]);
});

Deno.test("lease ring: a ring whose readers never let go is a lasso in which bytes never come back", () => {
  const { leadsTo } = ringOffsets(smallest);
  const unfair = Object.fromEntries(
    Object.entries(leadsTo!).map(([name, { from, to }]) => [name, { from, to }]),
  );
  const { violations } = explore({ ...ringOffsets(smallest), leadsTo: unfair });
  assertEquals(violations.map(({ property }) => property).sort(), Object.keys(leadsTo!).sort());
  for (const { kind, trace } of violations) {
    assertEquals([kind, trace.loopsTo !== undefined], ["leadsTo", true]);
  }
});

Deno.test("lease ring: the mechanism refines the specification, whatever the capacity", () => {
  for (const capacityBytes of [6, 9, 11, 12, 14]) {
    const lengths = Array.from({ length: capacityBytes }, (_, index) => index + 1);
    const sizes = { capacityBytes, messages: 2, leases: 2, lengths };
    const result = refines(ringOffsets(sizes), leaseRing(sizes));
    assertEquals(result.violations, [], `capacity ${capacityBytes}`);
    assertEquals(result.exhausted, true, `capacity ${capacityBytes}`);
  }
});

Deno.test("lease ring: the ring in shared memory agrees with both machines in the small scope", async () => {
  await assertScopeAgrees(leaseRingProtocol, "small", drive);
});

Deno.test("lease ring: the ring in shared memory agrees with both machines in the medium scope", async () => {
  await assertScopeAgrees(leaseRingProtocol, "medium", drive);
});

Deno.test("lease ring: every known mistake is found by every engine that is said to find it", async () => {
  const bugs = await findMistakes(leaseRingProtocol, { ...drive, maximumMs: 120_000, certifyRuns: 500 });
  assertEquals(bugs.length, leaseRingProtocol.mistakes.length);
  for (const bug of bugs) assertEquals(bug.missedBy, [], bug.name);
});

Deno.test("lease ring: a mistake of the real ring is found at its shortest", async () => {
  // Lengths computed by exploring the twin in product with the specification, or by hand where there is no twin.
  const shortest = {
    "eager-start": 3,
    "late-copy": 3,
    "absolute-release": 6,
    "exact-fill": 1,
    "stale-lease-served": 4,
  };
  const scope = leaseRingProtocol.scopes["small"]!();
  for (const [name, length] of Object.entries(shortest)) {
    const target = leaseRingProtocol.mistakes.find((mistake) => mistake.name === name)!.target!();
    const { finding } = await lockstep(sidesOf(scope, target), { ...drive, cases: 2000 });
    assertEquals(finding?.commands.length, length, name);
    assertEquals(finding?.confirmed, { failed: 2, runs: 2 }, name);
  }
});

Deno.test("lease ring: without its view, a scribbled lease goes unseen until it is read", async () => {
  const scope = leaseRingProtocol.scopes["small"]!();
  const target = leaseRingProtocol.mistakes.find(({ name }) => name === "late-copy")!.target!();
  const blind: AnyTarget = {
    ...target,
    open: (start: unknown) => {
      const subject = target.open(start);
      return {
        perform: (command: unknown, budget: Budget) => subject.perform(command, budget),
        [Symbol.dispose]: () => subject[Symbol.dispose](),
      };
    },
  };
  const { finding } = await lockstep(sidesOf(scope, blind), { ...drive, cases: 2000 });
  assertEquals(finding?.commands.at(-1)?.kind, "read");
});

Deno.test("lease ring: driving leaves no fd and no mapping behind, also after a divergence", async () => {
  const fds = openFdCount();
  const scope = leaseRingProtocol.scopes["small"]!();
  await lockstep(sidesOf(scope), { ...drive, cases: 50 });
  for (const mistake of leaseRingProtocol.mistakes) {
    await lockstep(sidesOf(scope, mistake.target!()), { ...drive, cases: 50, shrinkRuns: 20 });
  }
  assertEquals(openFdCount(), fds);
  assertEquals(mappingsOf("lease-ring"), []);
});
