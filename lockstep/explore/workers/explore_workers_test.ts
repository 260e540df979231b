import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { AnyCommand, AnyMachine, Plain } from "../../machine.ts";
import { ThreadError } from "./crew.ts";
import type { Exploration, ExploreOptions } from "../exploration.ts";
import { explore } from "../explore.ts";
import { exploreWorkers, type Recipe, type WorkerOptions } from "./explore_workers.ts";
import { slowMachine } from "./slow_machine_for_test.ts";

const recipe = (name: string, ...given: Plain[]): Recipe => ({
  module: import.meta.resolve("./slow_machine_for_test.ts"),
  name,
  arguments: given,
});

/** All but times and memory. */
function facts(result: Exploration<unknown, AnyCommand, unknown, unknown>): unknown {
  const { milliseconds: _milliseconds, memory: _memory, workers: _workers, ...rest } = result;
  return rest;
}

/** Explores with two, three and four workers that get pieces of all sizes, some of them with pauses. */
async function compare(
  size: number,
  lively: boolean,
  options: ExploreOptions,
  rounds = 6,
): Promise<string | undefined> {
  const result = explore(slowMachine({ size, lively, pausedEvery: 0 }) as AnyMachine, options);
  const alone = facts(result);
  for (let round = 0; round < rounds; round++) {
    const given = recipe("slowMachine", { size, lively, pausedEvery: round % 2 === 0 ? 0 : 4000 });
    const division: WorkerOptions = {
      minimumLevel: 1 + round,
      chunkStates: 1 + round * round * 5,
      delegates: round % 3 !== 2,
    };
    const workers = 2 + round % 3;
    const together = await exploreWorkers(given, workers, { ...options, ...division });
    assertEquals(facts(together), alone, JSON.stringify({ workers, ...division }));
    assertEquals(together.workers, workers);
  }
  return result.stoppedBy;
}

Deno.test("exploreWorkers finds what one worker finds where steps are run", async () => {
  await compare(24, false, { learn: false });
});

Deno.test("exploreWorkers finds what one worker finds where steps are looked up", async () => {
  await compare(24, false, { learn: "at once" });
});

Deno.test("exploreWorkers decides progress as one worker does", async () => {
  await compare(24, true, { learn: false });
  await compare(24, true, { learn: "at once" });
});

Deno.test("exploreWorkers stops where one worker stops", async () => {
  for (const learn of [false, "at once"] as const) {
    const stops: readonly [ExploreOptions, RegExp][] = [
      [{ maximumStates: 3000 }, /the limit of 3000 states is reached/],
      [{ maximumDepth: 9 }, /depth 9 reached/],
      [{ maximumBytes: 100_000 }, /the tables would need/],
      [{ stopAtFirst: true }, /stopped at the first violation/],
    ];
    for (const [limit, reason] of stops) {
      assertMatch(await compare(24, false, { learn, ...limit }, 3) ?? "", reason);
    }
  }
});

Deno.test("exploreWorkers ends at once when it is interrupted, with what was seen", async () => {
  const signal = { aborted: false };
  const result = await exploreWorkers(recipe("slowMachine", { size: 900, pausedEvery: 0 }), 2, {
    signal,
    onProgress: () => signal.aborted = true,
  });
  assertEquals(result.exhausted, false);
  assertEquals(result.stoppedBy?.endsWith("interrupted"), true, result.stoppedBy);
});

Deno.test("exploreWorkers says when a thread can not build the machine", async () => {
  await assertRejects(
    () => exploreWorkers(recipe("shyMachine"), 2, { minimumLevel: 1, learn: false }),
    ThreadError,
    "Cannot explore with 2 workers: a thread has failed (Error: not in a thread)",
  );
});

Deno.test("exploreWorkers refuses a number of workers that is none", async () => {
  for (const workers of [0, -1, 1.5, NaN]) {
    await assertRejects(
      () => exploreWorkers(recipe("slowMachine", { size: 4, pausedEvery: 0 }), workers),
      RangeError,
      `there are ${workers} workers`,
    );
  }
});
