import { assertEquals, assertRejects } from "@std/assert";
import { asTarget } from "../drive/as_target.ts";
import { examplePool, poolWalk } from "../drive/example_pool.ts";
import type { AnyTarget } from "../machine.ts";
import type { Protocol, Race, RaceOutcome } from "../protocol.ts";
import { checkProtocol } from "./check_protocol.ts";

const options = { cases: 30, commandsPerCase: 10, maximumMs: 10_000, seed: 1 };

/** A pool whose target counts how often it is disposed. */
function pool(costs?: number): { readonly protocol: Protocol; disposed(): number } {
  let disposed = 0;
  const target: AnyTarget = {
    ...asTarget(examplePool(3)),
    [Symbol.dispose]: () => void disposed++,
  };
  const protocol: Protocol = {
    name: "pool",
    title: "A pool",
    scopes: {
      small: () => ({
        description: "3 tokens",
        what: examplePool(3),
        walk: poolWalk,
        target,
        ...(costs === undefined ? {} : { costs }),
        use: ["lockstep"],
      }),
    },
    mistakes: [],
  };
  return { protocol, disposed: () => disposed };
}

function race(outcome: Partial<RaceOutcome>, mistake?: string): Race {
  return {
    name: "pool",
    description: "a pool on 2 threads",
    ...(mistake === undefined ? {} : { mistake }),
    probe: () => ({ missing: [], facts: {} }),
    run: () => Promise.resolve({ runs: 5, outcomes: 2, problems: [], ...outcome }),
  };
}

Deno.test("checkProtocol disposes a target when its scope is over", async () => {
  const { protocol, disposed } = pool();
  await checkProtocol(protocol, options);
  assertEquals(disposed(), 1);
});

Deno.test("checkProtocol says at once when a mistake is in a scope that there is not", async () => {
  const { protocol, disposed } = pool();
  const mistake = { name: "leak", title: "A leak", upstream: "planted", scope: "small", foundBy: [] };
  for (const mistakes of [[{ ...mistake, scope: "large" }], [mistake, { ...mistake, howScope: "large" }]]) {
    await assertRejects(
      () => checkProtocol({ ...protocol, mistakes }, options),
      RangeError,
      'Cannot check pool: the scope of leak is "large", must be one of small',
    );
  }
  assertEquals(disposed(), 0);
});

Deno.test("checkProtocol drives fewer cases where a command is dear", async () => {
  assertEquals((await checkProtocol(pool().protocol, options)).lockstep?.cases, 30);
  assertEquals((await checkProtocol(pool(10).protocol, options)).lockstep?.cases, 3);
});

Deno.test("checkProtocol is not well when the correct implementation loses a race, a known mistake may", async () => {
  const { protocol } = pool();
  const ok = async (one: Race) => {
    const result = await checkProtocol({ ...protocol, races: [one] }, options);
    return [result.ok, result.races?.[0]?.problems];
  };
  assertEquals(await ok(race({})), [true, []]);
  assertEquals(await ok(race({ problems: ["answered 7"] })), [false, ["answered 7"]]);
  assertEquals(await ok(race({ problems: ["answered 7"] }, "off-by-one")), [true, ["answered 7"]]);
  assertEquals(await ok(race({ inconclusive: "no overlap" })), [true, []]);
});

Deno.test("checkProtocol tells which race could not run here", async () => {
  const { protocol } = pool();
  const absent: Race = { ...race({}), probe: () => ({ missing: ["no threads"], facts: {} }) };
  const { skipped, races } = await checkProtocol({ ...protocol, races: [absent] }, options);
  assertEquals([skipped, races], [[{ what: "race pool", why: "no threads" }], undefined]);
});
