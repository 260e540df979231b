import { assertEquals } from "@std/assert";
import { EffectCount } from "./effect_count.ts";

/** Counts so many steps, each of which sets one of `effects` words. */
function counted(transitions: number, effects: number): EffectCount {
  const count = new EffectCount(1);
  const before = new Int32Array(1);
  for (let step = 0; step < transitions; step++) {
    count.note(0, before, 0, Int32Array.of(1 + step % effects));
  }
  return count;
}

Deno.test("EffectCount finds it worth learning when few effects come often, as long as the search grows", () => {
  const few = counted(20_000, 10);
  for (const waiting of [100, 200, 300]) few.noteWaiting(waiting);
  assertEquals(few.isWorthLearning, true);
  few.noteWaiting(299);
  assertEquals(few.isWorthLearning, true, "not yet fewer to speak of");
  few.noteWaiting(200);
  assertEquals([few.isWorthLearning, few.isHopeless], [false, false]);
  few.noteWaiting(400);
  assertEquals(few.isWorthLearning, true, "it has only paused");
});

Deno.test("EffectCount finds it hopeless when there is always something new", () => {
  assertEquals(counted(20_000, 1000).isWorthLearning, false);
  assertEquals(counted(70_000, 10_000).isHopeless, true);
  assertEquals(counted(70_000, 100).isHopeless, false);
});
