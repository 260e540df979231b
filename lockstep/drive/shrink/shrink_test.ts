import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { asTarget } from "../as_target.ts";
import { AgreedPaths } from "../agreed_paths.ts";
import { handleFields } from "../handles.ts";
import { examplePool, type PoolCommand, type PoolRules, poolWalk } from "../example_pool.ts";
import { shrinkFailure } from "../lockstep.ts";
import { repair } from "../repair.ts";
import { listed, type Run, runCase, type Sides } from "../run_case.ts";
import { Shrinker } from "./shrink.ts";
import type { Shrinkable } from "./shrinkable.ts";
import type { AnyTarget } from "../../machine.ts";

const take = (as: number): PoolCommand => ({ kind: "take", as });
const give = (token: number): PoolCommand => ({ kind: "give", token });
const count: PoolCommand = { kind: "count" };

function sides(rules: PoolRules, target: AnyTarget = asTarget(examplePool(4, rules))): Sides {
  const limits = { maximumStates: 64, maximumTicks: 1000 };
  return { walked: examplePool(4), also: [], target, walk: poolWalk, limits, invariants: true };
}

function failing(commands: readonly PoolCommand[]): Shrinkable {
  return { start: null, commands: commands.map((command) => ({ command })) };
}

async function run(both: Sides, commands: readonly PoolCommand[]): Promise<Run> {
  return await runCase(both, null, () => listed(commands));
}

Deno.test("Shrinker never asks for a case twice, in the whole of a shrink", () => {
  const shrinker = new Shrinker(examplePool(4), 1000);
  const seen = new Set<string>();
  for (const case_ of [[take(0), take(1), give(0), take(0), count], [take(0), take(1), give(0), count]]) {
    const candidates = shrinker.candidates(failing(case_));
    for (let step = candidates.next(); !step.done; step = candidates.next(0)) {
      const key = JSON.stringify(step.value.commands.map(({ command }) => command));
      assert(!seen.has(key), key);
      seen.add(key);
    }
  }
  assert(seen.size > 5);
});

Deno.test("Shrinker never asks for the beginning of what has agreed", () => {
  const shrinker = new Shrinker(examplePool(4), 1000);
  shrinker.agreed(null, [take(0), take(1), give(0)]);
  const candidates = shrinker.candidates(failing([take(0), take(1), give(0), count]));
  for (let step = candidates.next(); !step.done; step = candidates.next(0)) {
    const commands = step.value.commands.map(({ command }) => command);
    assert(JSON.stringify(commands) !== JSON.stringify([take(0), take(1)]));
  }
});

Deno.test("Shrinker looks first of all, and behind what it takes out, unless it is told not to", () => {
  for (const looks of [true, false]) {
    const shrinker = new Shrinker(examplePool(4), 1000, { looks });
    const candidates = shrinker.candidates(failing([take(0), take(1), take(2), give(0)]));
    const tried: string[] = [];
    for (let step = candidates.next(); !step.done && tried.length < 3; step = candidates.next(0)) {
      tried.push(step.value.commands.map(({ command }) => command.kind).join(" "));
    }
    assertEquals(
      tried,
      looks
        ? ["take count take count take count give", "take take count", "take count"]
        : ["take take", "take", "take give"],
    );
  }
});

Deno.test("AgreedPaths knows beginnings, and nothing else", () => {
  const paths = new AgreedPaths();
  paths.add("start", ["a", "b", "c"]);
  assert(paths.has("start", []) && paths.has("start", ["a", "b"]) && paths.has("start", ["a", "b", "c"]));
  assert(!paths.has("start", ["b"]) && !paths.has("start", ["a", "b", "c", "d"]) && !paths.has("other", []));
});

Deno.test("shrinkFailure finds the shortest case, renames what is left and prefers the first commands", async () => {
  const both = sides({ count: ({ out }) => out[1] && !out[0] ? 9 : out.filter(Boolean).length });
  const long = [count, take(0), take(1), take(2), count, give(2), take(2), give(2), give(0), count, take(0)];
  const finding = await shrinkFailure(both, null, await run(both, long));
  assertEquals<unknown>(finding.commands, [take(0), take(1), give(0), count]);
  assertEquals(finding.confirmed, { failed: 2, runs: 2 });
  assertEquals([finding.repetitions, finding.shrinkStopped], [1, false]);
});

Deno.test("shrinkFailure respects its allowance and says so", async () => {
  const both = sides({ count: ({ out }) => out.every(Boolean) ? 0 : out.filter(Boolean).length });
  const long = [take(0), count, take(1), count, take(2), count, take(3), give(0), take(0), count];
  const finding = await shrinkFailure(both, null, await run(both, long), { shrinkRuns: 1 });
  assertEquals([finding.shrinkRuns, finding.shrinkStopped], [1, true]);
  const whole = await shrinkFailure(both, null, await run(both, long));
  assert(whole.shrinkRuns > 1 && !whole.shrinkStopped);
});

Deno.test("shrinkFailure shrinks a flaky failure with repetitions, and says how often it fails", async () => {
  const wrong = examplePool(4, { count: ({ out }) => out[1] ? 9 : out.filter(Boolean).length });
  let opened = 0;
  const flaky: AnyTarget = {
    ...asTarget(wrong),
    open: (start: null) => asTarget(opened++ % 2 === 0 ? wrong : examplePool(4)).open(start),
  };
  const both = sides({}, flaky);
  const long = [take(0), count, take(1), take(2), give(2), count];
  const first = await run(both, long);
  assertEquals(first.verdict.kind, "diverged");
  opened = 0;
  const finding = await shrinkFailure(both, null, first);
  assertEquals<unknown>(finding.commands, [take(0), take(1), count]);
  assert(finding.repetitions > 1);
  assertEquals(finding.confirmed.runs, 20);
  assert(
    finding.confirmed.failed >= 9 && finding.confirmed.failed <= 11,
    `${finding.confirmed.failed} of 20`,
  );
});

Deno.test("shrinkFailure hands back what does not come back", async () => {
  const wrong = sides({ count: () => 9 });
  const failed = await run(wrong, [take(0), count]);
  const finding = await shrinkFailure(sides({}), null, failed);
  assertEquals(finding.confirmed, { failed: 0, runs: 1 });
  assertEquals<unknown>(finding.commands, [take(0), count]);
});

Deno.test("repair leaves out what is not possible, or gives it the place to what is", () => {
  const machine = examplePool(4);
  const commands = [give(1), take(0), give(2), count].map((command) => ({ command }));
  const repaired = (insteadOf?: () => readonly PoolCommand[]): unknown =>
    repair(machine, null, commands, handleFields(machine.schema.command), new Set(), 1000, false, insteadOf)
      .commands.map(({ command }) => command);
  assertEquals(repaired(), [take(0), count]);
  assertEquals(repaired(() => [give(3), give(0)]), [take(0), give(0), count]);
});

Deno.test("repair comes to an end where a schema has more names than anyone can try", () => {
  const pool = examplePool(1);
  let steps = 0;
  const closing: typeof pool = {
    ...pool,
    step(state, command, world) {
      assert(++steps < 100_000, "too many names were tried");
      return state.out[0] && command.kind === "take" ? undefined : pool.step(state, command, world);
    },
  };
  const handles = handleFields(z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("take"), as: z.int().min(0).meta({ creates: "token" }) }),
    z.strictObject({ kind: z.literal("count") }),
  ]));
  const commands = [take(0), take(0), count].map((command) => ({ command }));
  const { commands: repaired } = repair(closing, null, commands, handles, new Set(), 1000);
  assertEquals<unknown>(repaired.map(({ command }) => command), [take(0), count]);
});
