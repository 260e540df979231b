import { assertEquals } from "@std/assert";
import { asTarget } from "../drive/as_target.ts";
import { examplePool, type PoolRules, poolWalk } from "../drive/example_pool.ts";
import type { Protocol } from "../protocol.ts";
import { type BugSummary, findMistakes } from "./find_mistakes.ts";

/** A pool that follows `rules`, and a mistake of it: it never counts more than one. */
function pool(rules: PoolRules): Protocol {
  const mistaken = examplePool(3, { count: ({ out }) => Math.min(1, out.filter(Boolean).length) });
  return {
    name: "pool",
    title: "A pool",
    scopes: {
      small: () => ({
        description: "3 tokens",
        what: examplePool(3),
        walk: poolWalk,
        target: asTarget(examplePool(3, rules)),
        use: ["lockstep"],
      }),
    },
    mistakes: [{
      name: "counts-to-one",
      title: "Counts to one",
      upstream: "seed",
      scope: "small",
      foundBy: ["lockstep"],
      target: () => asTarget(mistaken),
    }],
  };
}

async function found(rules: PoolRules): Promise<BugSummary | undefined> {
  const [bug] = await findMistakes(pool(rules), {
    cases: 50,
    commandsPerCase: 20,
    maximumMs: 1_000,
    seed: 1,
  });
  return bug;
}

Deno.test("findMistakes finds a mistake that the correct implementation does not make", async () => {
  const bug = await found({});
  assertEquals([bug?.foundBy, bug?.missedBy, bug?.baseDiverges], [["lockstep"], [], false]);
  assertEquals(bug?.commands, 3);
});

Deno.test("findMistakes credits nobody with what the correct implementation fails in as well", async () => {
  const bug = await found({ count: () => 0 });
  assertEquals([bug?.foundBy, bug?.missedBy, bug?.baseDiverges], [[], ["lockstep"], true]);
  assertEquals([bug?.commands, bug?.case], [0, undefined]);
});
