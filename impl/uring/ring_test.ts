import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "../../ffi/errno.ts";
import { EnvironmentError } from "../../ffi/library.ts";
import { mappingsOf, openFdCount } from "../../ffi/process_resources.ts";
import { Region } from "../../ffi/region.ts";
import { ringSetup } from "../../ffi/io_uring.ts";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { prepare } from "./prepare.ts";
import { Ring, SubmissionQueueFull } from "./ring.ts";
import { whyNoUring } from "./why_no_uring.ts";

const root = new URL("../../", import.meta.url);
const missing = whyNoUring();
const uring = skipUnless("io_uring", missing);
const polling = missing === undefined
  ? skipUnless("io_uring with a polling thread", whyNoUring({ pollingThreadIdleMs: 50 }))
  : uring;

Deno.test("Ring carries a batch through and returns every user data once", uring, () => {
  using ring = new Ring({ entries: 32 });
  const seen: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 32; index++) prepare(ring, { kind: "nop" }, round * 2 ** 40 + index);
    assertEquals(ring.freeEntries, 0);
    assertEquals(ring.submit(), 32);
    ring.reap((userData, result) => seen.push(userData + result));
  }
  assertEquals(seen.length, 160);
  assertEquals(seen, seen.toSorted((a, b) => a - b));
  assertEquals(seen.at(-1), 4 * 2 ** 40 + 31);
});

Deno.test(
  "Ring refuses an entry when the submission queue is full, and takes it after submitting",
  uring,
  () => {
    using ring = new Ring({ entries: 2 });
    prepare(ring, { kind: "nop" }, 1);
    prepare(ring, { kind: "nop" }, 2);
    assertThrows(
      () => prepare(ring, { kind: "nop" }, 3),
      SubmissionQueueFull,
      "all 2 submission entries are in use",
    );
    ring.submit();
    prepare(ring, { kind: "nop" }, 3);
    ring.submit();
    assertEquals(ring.completions().map(({ userData }) => userData), [1, 2, 3]);
  },
);

Deno.test("Ring says which option is out of range", () => {
  assertThrows(
    () => new Ring({ entries: 0 }),
    RangeError,
    "entries is 0, must be an integer from 1 to 32768",
  );
  assertThrows(() => new Ring({ entries: 1.5 }), RangeError, "entries is 1.5");
  assertThrows(() => new Ring({ entries: 65_536 }), RangeError, "entries is 65536");
  assertThrows(
    () => new Ring({ entries: 8, cqEntries: 4 }),
    RangeError,
    "cqEntries is 4, must be an integer from 8",
  );
  assertThrows(
    () => new Ring({ entries: 8, pollingThreadIdleMs: 0 }),
    RangeError,
    "pollingThreadIdleMs is 0",
  );
});

Deno.test("Ring says which field of an entry does not fit, and prepares nothing then", uring, () => {
  using ring = new Ring({ entries: 4 });
  assertThrows(() => ring.put(0, 2 ** 31, 0, 0, 0, 0, 0), RangeError, "fd is 2147483648");
  assertThrows(() => ring.put(0, 0, -1, 0, 0, 0, 0), RangeError, "address is -1");
  assertThrows(() => ring.put(0, 0, 0, 2 ** 32, 0, 0, 0), RangeError, "length is 4294967296");
  assertThrows(() => ring.put(0, 0, 0, 0, -2, 0, 0), RangeError, "offset is -2");
  assertThrows(() => ring.put(256, 0, 0, 0, 0, 0, 0), RangeError, "code is 256");
  assertThrows(() => ring.put(0, 0, 0, 0, 0, 2 ** 32, 0), RangeError, "operationFlags is 4294967296");
  assertThrows(() => ring.put(0, 0, 0, 0, 0, 0, 0.5), RangeError, "userData is 0.5");
  assertThrows(
    () => prepare(ring, { kind: "recv-provided", fd: 0, group: 65_536 }, 0),
    RangeError,
    "bufferGroup is 65536, must be 0 to 65535",
  );
  assertEquals(ring.freeEntries, 4);
});

Deno.test("Ring knows which operations the kernel knows", uring, () => {
  using ring = new Ring({ entries: 4 });
  assert(ring.supports(0));
  assert(!ring.supports(255));
});

Deno.test("Ring refuses every use after it was closed", uring, () => {
  const ring = new Ring({ entries: 4 });
  ring[Symbol.dispose]();
  ring[Symbol.dispose]();
  assert(ring.closed);
  for (
    const use of [
      () => ring.put(0, -1, 0, 0, 0, 0, 0),
      () => ring.submit(),
      () => ring.completions(),
      () => ring.readyCount,
      () => ring.freeEntries,
      () => ring.overflowed,
      () => ring.wait(1, 1),
      () => ring.supports(0),
      () => ring.retract(),
    ]
  ) {
    assertThrows(use, TypeError, "the ring is closed");
  }
});

Deno.test("Ring keeps completions that do not fit and brings them with the next enter", uring, () => {
  using ring = new Ring({ entries: 2, cqEntries: 2 });
  for (let index = 0; index < 5; index++) {
    prepare(ring, { kind: "nop" }, index);
    ring.submit();
  }
  assert(ring.overflowed);
  const seen: number[] = [];
  while (seen.length < 5) {
    ring.enter({ getEvents: true });
    assert(ring.reap((userData) => seen.push(userData)) > 0);
  }
  assertEquals(seen, [0, 1, 2, 3, 4]);
});

Deno.test("Ring.enter says how many entries were fetched when one fails in preparation", uring, () => {
  using ring = new Ring({ entries: 4 });
  ring.put(255, -1, 0, 0, 0, 0, 1); // no such operation
  prepare(ring, { kind: "nop" }, 2);
  assertEquals(ring.submit(), 1);
  assertEquals([ring.freeEntries, ring.consumedIndex], [3, 1]);
  assertEquals(ring.enter(), 1);
  assertEquals(ring.completions().map(({ userData, result }) => [userData, result]), [[1, -22], [2, 0]]);
});

Deno.test("Ring.retract takes back what was not fetched", uring, () => {
  using ring = new Ring({ entries: 4 });
  prepare(ring, { kind: "nop" }, 1);
  ring.publish();
  prepare(ring, { kind: "nop" }, 2);
  assertEquals(ring.retract(), 2);
  assertEquals([ring.submit(), ring.completions().length], [0, 0]);
  for (const userData of [3, 4, 5]) prepare(ring, { kind: "nop" }, userData);
  assertEquals(ring.retract(2), 2);
  assertEquals([ring.submit(), ring.completions().map(({ userData }) => userData)], [1, [3]]);
});

Deno.test("Ring with a polling thread completes what it never entered for", polling, () => {
  using ring = new Ring({ entries: 4, pollingThreadIdleMs: 50 });
  prepare(ring, { kind: "nop" }, 7);
  ring.submit();
  assert(ring.wait(1, 5000));
  assertEquals(ring.completions(), [{ userData: 7, result: 0, flags: 0 }]);
});

Deno.test("Ring.reap hands nothing out twice when its visitor throws", uring, () => {
  using ring = new Ring({ entries: 4 });
  for (const userData of [1, 2, 3]) prepare(ring, { kind: "nop" }, userData);
  ring.submit();
  const seen: number[] = [];
  const visit = (userData: number): void => {
    seen.push(userData);
    if (userData === 2) throw new TypeError("Cannot go on");
  };
  assertThrows(() => ring.reap(visit), TypeError, "Cannot go on");
  assertEquals(ring.reap(visit), 1);
  assertEquals(seen, [1, 2, 3]);
});

Deno.test("Ring.reap reads nothing more when its visitor has closed the ring", uring, () => {
  using ring = new Ring({ entries: 4 });
  for (const userData of [1, 2]) prepare(ring, { kind: "nop" }, userData);
  ring.submit();
  assertEquals(ring.reap(() => ring[Symbol.dispose]()), 1);
});

Deno.test("Ring.wait ends without a completion when its time has passed", uring, () => {
  using ring = new Ring({ entries: 4 });
  assertEquals(ring.wait(1, 1), false);
});

Deno.test(
  "Ring.wait says that its time has passed when some completions are there, but too few",
  uring,
  () => {
    using ring = new Ring({ entries: 4 });
    prepare(ring, { kind: "nop" }, 1);
    ring.submit();
    assertEquals(ring.wait(2, 1), false);
    prepare(ring, { kind: "nop" }, 2);
    ring.submit();
    assertEquals(ring.wait(2, 1000), true);
  },
);

Deno.test("Ring leaves no fd and no mapping behind, also when it could not be opened", uring, () => {
  {
    using _warm = new Ring({ entries: 4 });
  }
  const count = (): number[] => [openFdCount(), mappingsOf("[io_uring]").length];
  const before = count();
  for (let round = 0; round < 50; round++) {
    using _ring = new Ring({ entries: 8 });
    assertThrows(
      () => ringSetup({ entries: 8, flags: 1 << 13, cqEntries: 0, sqIdleMs: 0 }),
      ErrnoError,
      "Cannot open ring: EINVAL",
    ); // needs SINGLE_ISSUER
  }
  assertEquals(count(), before);
});

Deno.test("Ring says that io_uring is refused where a filter refuses it", async () => {
  // For this there is no way back: in a process of its own.
  const program = `
    const { refuse } = await import(${JSON.stringify(new URL("ffi/refusal.ts", root).href)});
    refuse("io_uring");
    const { Ring } = await import(${JSON.stringify(new URL("impl/uring/ring.ts", root).href)});
    try { new Ring({ entries: 4 }); } catch (error) { console.log(error.name + ": " + error.message); }
  `;
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--config", new URL("deno.json", root).pathname, program],
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    `${EnvironmentError.name}: Cannot open ring: io_uring is refused here (EPERM)`,
  );
});

Deno.test("Region refuses a size that can not be mapped", () => {
  assertThrows(() => Region.anonymous(0), RangeError, "Cannot map private memory: bytes is 0");
});
