import { assertEquals } from "@std/assert";
import { openLeaseRing } from "../lease_ring.ts";
import { word } from "./layout.ts";
import type { SharedArea } from "./shared_area.ts";
import { type Awaited, wait, waitSync } from "./waiting.ts";

Deno.test("waitSync and wait say that they sleep, each time, before they look for the last time", async () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  const area = ring.readerArea;
  const shared = { area, peer: () => "present" } as unknown as SharedArea;
  const steps: string[] = [];
  const awaited: Awaited<string> = {
    sleepWord: word.readerWaits,
    complaint: "Cannot go on: nobody was told of the sleep",
    closed: () => {
      steps.push("closed?");
      return false;
    },
    attempt: () => {
      if (Atomics.load(area.words, word.readerWaits) === 0) return undefined;
      steps.push("attempt");
      // The other side has seen the sleep, and wakes for something else than what is waited for.
      if (steps.length === 2) return void ring.writerArea.wake(word.readerWaits);
      return "came";
    },
  };
  for (const waiting of [waitSync, wait]) {
    steps.length = 0;
    assertEquals(await waiting(shared, awaited, 5_000), "came");
    assertEquals(steps, ["closed?", "attempt", "closed?", "attempt"]);
    assertEquals(Atomics.load(area.words, word.readerWaits), 0, "nobody needs to wake it any more");
  }
});
