import { assert, assertEquals } from "@std/assert";
import { asTarget } from "../drive/as_target.ts";
import {
  examplePool,
  type PoolCommand,
  type PoolMachine,
  type PoolRules,
  poolWalk,
} from "../drive/example_pool.ts";
import type { Finding } from "../drive/lockstep.ts";
import type { Sides } from "../drive/run_case.ts";
import type { AnyTarget } from "../machine.ts";
import { minimal, minimalityWords } from "./minimal.ts";

function sides(rules: PoolRules, walked: PoolMachine = examplePool(3)): Sides {
  const target = asTarget(examplePool(3, rules)) as AnyTarget;
  const limits = { maximumStates: 64, maximumTicks: 1000 };
  return { walked, also: [], target, walk: poolWalk, limits, invariants: true };
}

function finding(commands: readonly PoolCommand[], confirmed = { failed: 2, runs: 2 }): Finding {
  return {
    start: null,
    commands,
    answers: [],
    verdict: { kind: "diverged", at: commands.length - 1, machine: "pool", heard: null, allowed: [] },
    foundAfter: commands.length,
    shrinkRuns: 0,
    shrinkStopped: false,
    repairedAway: 0,
    repetitions: 1,
    confirmed,
  };
}

const take = (as: number): PoolCommand => ({ kind: "take", as });
const give = (token: number): PoolCommand => ({ kind: "give", token });
const count: PoolCommand = { kind: "count" };

/** Counts wrongly when two tokens are out. */
const wrongAtTwo: PoolRules = { count: ({ out }) => out.filter(Boolean).length === 2 ? 0 : 1 };
/** Counts wrongly once two tokens were given back: the machine does not remember that, the real side does. */
const wrongAfterTwo: PoolRules = {
  remembers: true,
  count: ({ out, given }) => given >= 2 ? 3 : out.filter(Boolean).length,
};

Deno.test("minimal certifies a case when no shorter one fails", async () => {
  const shortest = [take(0), take(1), take(2), count];
  const real = sides({ count: ({ out }) => out.every(Boolean) ? 0 : out.filter(Boolean).length });
  const result = await minimal(real, finding(shortest));
  assertEquals(result.shorter, false);
  assertEquals(result.finding.commands, shortest);
  // "take" and "count" at first, 3 commands with one token out, 4 with two: every sequence of at most 3 commands.
  assertEquals(result.minimality, {
    kind: "certified",
    tried: 1 + 2 + (3 + 2) + (4 + 2 + 3 + 3 + 2),
    commands: 7,
  });
  assertEquals(
    minimalityWords(result.minimality),
    "minimal (certified: 22 shorter cases tried, every sequence of 7 listed commands)",
  );
});

Deno.test("minimal replaces a case by the first of the shortest ones", async () => {
  const result = await minimal(sides(wrongAtTwo), finding([take(0), take(1), take(2), give(0), count]));
  assert(result.shorter);
  assertEquals(result.finding.commands, [count]);
  assertEquals(result.finding.confirmed, { failed: 2, runs: 2 });
});

Deno.test("minimal sees by its stronger distinctions what the real side remembers and the machine forgets", async () => {
  const long = [take(0), take(1), give(0), take(0), give(1), give(0), count];
  const result = await minimal(sides(wrongAfterTwo), finding(long));
  assertEquals(result.finding.commands, [take(0), take(1), give(0), give(1), count]);
  assertEquals(result.minimality.kind, "certified");
});

Deno.test("minimal stops at its allowance and checks that no command can be taken out", async () => {
  const long = [take(0), take(1), give(0), take(0), give(1), give(0), count];
  const result = await minimal(sides(wrongAfterTwo), finding(long), { maximumRuns: 10 });
  assertEquals(result.minimality.kind, "1-minimal");
  assertEquals(minimalityWords(result.minimality), "1-minimal");
  // The second "take" of token 0 and its "give" can only go together: 1-minimal may be longer than minimal.
  assertEquals(result.finding.commands.at(-1), count);
});

Deno.test("minimal finds the failure again before it tries all that is shorter, within its allowance", async () => {
  const long = [take(0), take(1), give(0), take(0), give(1), give(0), count];
  const result = await minimal(sides(wrongAfterTwo), finding(long), { maximumRuns: 200 });
  assertEquals(result.finding.commands, [take(0), take(1), give(0), give(1), count]);
  assert(result.runs <= 200 + 2, `${result.runs} runs`);
});

Deno.test("minimal never certifies a flaky failure", async () => {
  const result = await minimal(sides({}), finding([count], { failed: 3, runs: 20 }));
  assertEquals(result.minimality.kind, "1-minimal");
  assert("reason" in result.minimality && result.minimality.reason.includes("3 of 20"));
});

Deno.test("minimal keeps shorter cases that fail in another way", async () => {
  const crashing = asTarget(examplePool(3)) as AnyTarget;
  const real: Sides = {
    ...sides({}),
    target: {
      ...crashing,
      open: (start: unknown) => {
        const subject = crashing.open(start);
        return {
          perform: (command: PoolCommand, budget: { tick(): void }) => {
            if (command.kind === "give") throw new Error("no giving");
            return subject.perform(command, budget);
          },
          [Symbol.dispose]() {},
        };
      },
    },
  };
  const result = await minimal(real, finding([take(0), take(1), count]));
  assertEquals(result.others.map(({ verdict, commands }) => [verdict.kind, commands]), [
    ["crashed", [take(0), give(0)]],
  ]);
});

Deno.test("minimal does not certify by states and answers, behind which a real side may hide what it remembers", async () => {
  const shortest = [take(0), take(1), give(0), give(1), count];
  const kinds = new Set<string>();
  for (let maximumRuns = 40; maximumRuns <= 400; maximumRuns += 20) {
    const { minimality } = await minimal(sides(wrongAfterTwo), finding(shortest), { maximumRuns });
    kinds.add(minimality.kind === "certified" ? "certified" : minimality.distinction ?? "nothing enumerated");
    if (minimality.kind === "certified" || minimality.distinction !== "states and answers") continue;
    assertEquals(
      minimalityWords(minimality),
      `1-minimal (${minimality.tried} shorter cases tried, one for each outcome in states and answers)`,
    );
  }
  assertEquals([...kinds], ["nothing enumerated", "states", "states and answers", "certified"]);
});

Deno.test("minimal certifies a case without commands, and calls no other one shorter", async () => {
  const real = sides({ count: () => 2 });
  const looking: Sides = { ...real, walk: { ...poolWalk, epilogue: () => [count] } };
  const result = await minimal(looking, finding([]));
  assertEquals([result.shorter, result.finding.commands], [false, []]);
  assertEquals(result.minimality, { kind: "certified", tried: 0, commands: 7 });
});
