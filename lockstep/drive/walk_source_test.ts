import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { AnyTarget } from "../machine.ts";
import type { AnyWalk } from "../walk.ts";
import { asTarget } from "./as_target.ts";
import { assertLabelsHit } from "./assert_labels.ts";
import { examplePool, poolWalk } from "./example_pool.ts";
import { lockstep, type LockstepResult } from "./lockstep.ts";
import type { Sides } from "./run_case.ts";

const pool = examplePool(3);

function drive(
  walk: AnyWalk,
  target: AnyTarget = asTarget(pool),
  walked: typeof pool = pool,
): Promise<LockstepResult> {
  const limits = { maximumStates: 64, maximumTicks: 1000 };
  const both: Sides = { walked, also: [], target, walk, limits, invariants: true };
  return lockstep(both, { cases: 50, commandsPerCase: 20, seed: 5 });
}

Deno.test("lockstep counts what it performed, per command and per label", async () => {
  const result = await drive(poolWalk);
  assertEquals(Object.values(result.performed).reduce((sum, count) => sum + count), result.commands);
  assertEquals(result.commands, 50 * 20);
  assertLabelsHit(result);
  assertEquals(result.problems, []);
});

Deno.test("lockstep refuses weights and boundaries of what the scope does not have", async () => {
  await assertRejects(
    () => drive({ ...poolWalk, weights: { tkae: 2 } }),
    RangeError,
    "Cannot walk pool: tkae has a weight, but is no command of this scope",
  );
  await assertRejects(
    () => drive({ ...poolWalk, boundaries: { sa: [0, 2] } }),
    RangeError,
    "Cannot walk pool: sa has boundaries, but is no field of a command of this scope",
  );
  assertEquals((await drive({ ...poolWalk, boundaries: { as: [0, 2] } })).problems, []);
});

Deno.test("lockstep goes on past a proposal that is no command, and says so once", async () => {
  const result = await drive({ ...poolWalk, propose: () => ({ kind: "take", as: 7 }) });
  assertEquals(result.commands, 50 * 20);
  assertEquals(result.problems.length, 1);
  assert(
    result.problems[0]!.startsWith('Cannot use a proposal for pool: {"kind":"take","as":7} is no command'),
  );
});

Deno.test("lockstep goes on past a proposal that throws, and counts those that are not possible", async () => {
  const throwing = await drive({ ...poolWalk, propose: (_state, draw) => draw.pick([]) });
  assertEquals(throwing.problems, [
    "Cannot use a proposal for pool: RangeError: Cannot pick: there are no items",
  ]);
  const impossible = await drive({ ...poolWalk, propose: () => ({ kind: "take", as: 2 }) });
  assert(impossible.proposalsRefused > 0);
  assertEquals([impossible.commands, impossible.problems], [50 * 20, []]);
});

Deno.test("lockstep draws from the walk's own arbitrary", async () => {
  const asked: number[] = [];
  const walk: AnyWalk = {
    ...poolWalk,
    weights: { take: 1, give: 1, count: 0 },
    arbitrary: (state: { out: boolean[] }) => {
      asked.push(state.out.length);
      return fc.constant({ kind: "count" });
    },
  };
  const result = await drive(walk);
  assert(result.performed["count"]! > 0);
  assertEquals(asked.length, result.performed["count"]);
});

Deno.test("lockstep says when nothing is possible at a start", async () => {
  const stuck: typeof pool = { ...pool, step: () => undefined };
  const result = await drive(poolWalk, asTarget(pool), stuck);
  assertEquals(result.commands, 0);
  assertEquals(result.problems, ["Cannot walk pool: nothing is possible at start null"]);
});
