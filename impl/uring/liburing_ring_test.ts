import { assertEquals, assertThrows } from "@std/assert";
import { whyNoLiburing } from "../../ffi/liburing.ts";
import { mappingsOf, openFdCount } from "../../ffi/process_resources.ts";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { LiburingRing } from "./liburing_ring.ts";
import { prepare } from "./prepare.ts";
import { SubmissionQueueFull } from "./ring.ts";
import { whyNoUring } from "./why_no_uring.ts";

const liburing = skipUnless("liburing.so.2", whyNoLiburing() ?? whyNoUring());

Deno.test("LiburingRing carries batches through, and says when the queue is full", liburing, () => {
  using ring = new LiburingRing({ entries: 4 });
  const seen: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 4; index++) prepare(ring, { kind: "nop" }, round * 4 + index);
    assertThrows(() => prepare(ring, { kind: "nop" }, 99), SubmissionQueueFull, "all 4 submission entries");
    assertEquals(ring.submit(4), 4);
    ring.reap((userData, result) => seen.push(userData + result));
  }
  assertEquals(seen, Array.from({ length: 20 }, (_, index) => index));
});

Deno.test("LiburingRing says how many entries were fetched when one fails in preparation", liburing, () => {
  using ring = new LiburingRing({ entries: 4 });
  ring.put(255, -1, 0, 0, 0, 0, 1); // no such operation
  prepare(ring, { kind: "nop" }, 2);
  assertEquals([ring.submit(), ring.consumedIndex], [1, 1]);
  assertEquals(ring.submit(), 1);
  assertEquals(ring.completions().map(({ userData, result }) => [userData, result]), [[1, -22], [2, 0]]);
});

Deno.test("LiburingRing takes back what does not fit or was not submitted", liburing, () => {
  using ring = new LiburingRing({ entries: 4 });
  assertThrows(() => ring.put(0, -1, -1, 0, 0, 0, 0), RangeError, "address is -1");
  prepare(ring, { kind: "nop" }, 1);
  prepare(ring, { kind: "nop" }, 2);
  assertEquals(ring.retract(1), 1);
  prepare(ring, { kind: "nop" }, 3);
  assertEquals(ring.submit(2), 2);
  assertEquals(ring.completions().map(({ userData }) => userData), [1, 3]);
});

Deno.test("LiburingRing.enter submits nothing when it is told so, also while it waits", liburing, () => {
  using ring = new LiburingRing({ entries: 4 });
  prepare(ring, { kind: "nop" }, 1);
  ring.submit();
  prepare(ring, { kind: "nop" }, 2);
  assertEquals(ring.enter({ submit: 0, waitFor: 1 }), 0);
  assertEquals(ring.completions().map(({ userData }) => userData), [1]);
  assertEquals(ring.submit(1), 1);
  assertEquals(ring.completions().map(({ userData }) => userData), [2]);
});

Deno.test("LiburingRing.wait ends without a completion when its time has passed", liburing, () => {
  using ring = new LiburingRing({ entries: 4 });
  assertEquals(ring.wait(1, 1), false);
  prepare(ring, { kind: "nop" }, 1);
  ring.submit();
  assertEquals(ring.wait(1, 1000), true);
  assertEquals(ring.wait(2, 1), false); // one of two is not enough
});

Deno.test("LiburingRing leaves no fd and no mapping behind, and refuses use after closing", liburing, () => {
  {
    using _warm = new LiburingRing({ entries: 4 });
  }
  const count = (): number[] => [openFdCount(), mappingsOf("[io_uring]").length];
  const before = count();
  for (let round = 0; round < 20; round++) {
    using _ring = new LiburingRing({ entries: 8 });
  }
  assertEquals(count(), before);
  const ring = new LiburingRing({ entries: 4 });
  ring[Symbol.dispose]();
  assertThrows(() => ring.submit(), TypeError, "the ring is closed");
  assertThrows(() => prepare(ring, { kind: "nop" }, 1), TypeError, "the ring is closed");
});
