/**
 * Several workers against one: the same numbers, verdicts and traces, on every run.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Exploration,
  explore,
  exploreWorkers,
  type Recipe,
  type WorkerOptions,
} from "../../lockstep/explore/mod.ts";
import type { AnyCommand, AnyMachine, Plain } from "../../lockstep/machine.ts";

const recipe = (file: string, name: string, ...given: Plain[]): Recipe => ({
  module: import.meta.resolve(`./${file}.ts`),
  name,
  arguments: given,
});

/** All but times and memory. */
function facts(result: Exploration<unknown, AnyCommand, unknown, unknown>): unknown {
  const { milliseconds: _milliseconds, memory: _memory, workers: _workers, ...rest } = result;
  return rest;
}

async function compare(
  { module, name, arguments: given }: Recipe,
  options: WorkerOptions = {},
  counts: readonly number[] = [2, 3],
): Promise<void> {
  const build = (await import(module) as Record<string, (...given: unknown[]) => AnyMachine>)[name]!;
  const alone = facts(explore(build(...given), options));
  for (const workers of counts) {
    const together = await exploreWorkers({ module, name, arguments: given }, workers, options);
    assertEquals(facts(together), alone);
    assertEquals(together.workers, workers);
  }
}

Deno.test("exploreWorkers finds what one worker finds in two-phase commit", async () => {
  await compare(recipe("two_phase_commit", "twoPhaseCommit", 7), { minimumLevel: 256, learn: "at once" }, [
    2,
    2,
    3,
  ]);
});

Deno.test("exploreWorkers finds what one worker finds in the slot ring", async () => {
  await compare(recipe("slot_ring", "slotRing", { slots: 6, modulus: 16, readers: 3 }), {
    minimumLevel: 100,
    chunkStates: 50,
    delegates: true,
  });
});

Deno.test("exploreWorkers finds the deadlock of the philosophers with the same trace", async () => {
  await compare(recipe("dining_philosophers", "leftForkFirst", 12), { minimumLevel: 256 });
});

Deno.test("exploreWorkers finds the same violations without learning, and with symmetry in both ways", async () => {
  await compare(recipe("dining_philosophers", "leftForkFirst", 9), { minimumLevel: 1, learn: false });
  const symmetric = recipe("two_phase_commit", "twoPhaseCommit", 5, { symmetric: true });
  // Left to itself, so small a search is over before it is decided whether steps are learnt.
  await compare(symmetric, { minimumLevel: 1, learn: false });
  await compare(symmetric, { minimumLevel: 1, learn: "at once" });
});

Deno.test("exploreWorkers stops where one worker stops", async () => {
  const commit = recipe("two_phase_commit", "twoPhaseCommit", 7);
  await compare(commit, { maximumStates: 150_000, minimumLevel: 100 });
  await compare(commit, { maximumDepth: 12, minimumLevel: 100 });
});

Deno.test("exploreWorkers decides promises about progress as one worker does", async () => {
  const dekker = recipe("dekker", "dekker", { polite: false });
  await compare(dekker, { minimumLevel: 1, learn: "at once" });
  await compare(dekker, { minimumLevel: 1, learn: false, delegates: true });
  await compare(dekker, { minimumLevel: 1, learn: false, liveness: false });
});

Deno.test("exploreWorkers shares a search that is told not to be reduced", async () => {
  await compare(recipe("two_phase_commit", "twoPhaseCommit", 5), { minimumLevel: 1, reduction: false }, [2]);
});

Deno.test("exploreWorkers refuses what it can not use", async () => {
  await assertRejects(() => exploreWorkers(recipe("dekker", "dekker"), 0), RangeError, "there are 0 workers");
  await assertRejects(() => exploreWorkers(recipe("dekker", "decker"), 2), TypeError, "no function decker");
});
