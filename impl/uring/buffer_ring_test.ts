import { assertEquals, assertThrows } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { sendNow, socketPair } from "../../ffi/uring_peer.ts";
import { BufferRing } from "./buffer_ring.ts";
import { OwnedRing } from "./owned_ring.ts";
import { Pool } from "./pool.ts";
import { whyNoIncrementalBuffers } from "./why_no_uring.ts";

const uring = skipUnless("provided buffers", whyNoIncrementalBuffers());
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);

Deno.test("OwnedRing fills provided cells and gives them back with their completion", uring, () => {
  const [near, far] = socketPair();
  using _near = near, _far = far;
  using pool = new Pool({ cells: 2, cellBytes: 16 });
  using ring = new OwnedRing({ entries: 8 });
  using buffers = new BufferRing(ring.ring, { entries: 2, group: 3 });
  const cells = [pool.take(), pool.take()];
  for (const cell of cells) buffers.provide(cell);
  assertThrows(() => cells[0]!.release(), TypeError, "buffer ring 3 owns it");
  ring.prepare({ kind: "recv-provided", fd: far.number, buffers, multishot: true });
  ring.submit();
  sendNow(near.number, bytesOf("one"));
  ring.submit(1);
  const [first] = ring.reap();
  assertEquals([first!.more, first!.filled!.kept, first!.filled!.bytes], [true, false, 3]);
  assertEquals(text(first!.filled!.cell.bytes.subarray(0, 3)), "one");
  sendNow(near.number, bytesOf("two"));
  sendNow(near.number, bytesOf("too many"));
  ring.enter({ getEvents: true });
  const results = ring.reap().map(({ result, more }) => [result, more]);
  assertEquals(results.at(-1), [-105, false]); // ENOBUFS ends the multishot
});

Deno.test("BufferRing keeps an incremental cell until it is full", uring, () => {
  const [near, far] = socketPair();
  using _near = near, _far = far;
  using pool = new Pool({ cells: 1, cellBytes: 8 });
  using ring = new OwnedRing({ entries: 8 });
  using buffers = new BufferRing(ring.ring, { entries: 1, group: 1, incremental: true });
  const cell = pool.take();
  buffers.provide(cell);
  const parts: unknown[] = [];
  for (const part of ["abc", "de", "fgh"]) {
    ring.prepare({ kind: "recv-provided", fd: far.number, buffers });
    sendNow(near.number, bytesOf(part));
    ring.submit(1);
    const filled = ring.reap()[0]!.filled!;
    parts.push([filled.offset, filled.bytes, filled.kept, cell.holder?.name]);
  }
  const kept = [true, "buffer ring 1"];
  assertEquals(parts, [[0, 3, ...kept], [3, 2, ...kept], [5, 3, false, undefined]]);
  assertEquals(text(cell.bytes), "abcdefgh");
});

Deno.test("BufferRing says which size is out of range", uring, () => {
  using ring = new OwnedRing({ entries: 4 });
  assertThrows(
    () => new BufferRing(ring.ring, { entries: 3, group: 0 }),
    RangeError,
    "entries is 3, must be a power",
  );
  assertThrows(() => new BufferRing(ring.ring, { entries: 2, group: -1 }), RangeError, "group is -1");
});
