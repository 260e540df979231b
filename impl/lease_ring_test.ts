import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "../ffi/errno.ts";
import { futexWaitElsewhere } from "../ffi/futex.ts";
import { mappingsOf, openFdCount } from "../ffi/process_resources.ts";
import { word } from "./lease_ring/layout.ts";
import {
  type Lease,
  type LeaseRing,
  type LeaseRingOptions,
  openLeaseRing,
  PeerError,
  type RingArea,
  RingReader,
  StaleLeaseError,
} from "./lease_ring.ts";

/** A message of `lengthBytes` bytes that tells itself apart from others by `tag` and from shifted copies of itself. */
function message(lengthBytes: number, tag: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (tag * 31 + index * 7 + 1) & 0xff);
}

function offsets(ring: LeaseRing): readonly [number, number] {
  return [ring.startBytes, ring.endBytes];
}

function receive(ring: LeaseRing): Lease {
  const lease = ring.reader.receive();
  assert(lease !== undefined, "a message is there");
  return lease;
}

Deno.test("openLeaseRing lends a message where it lies, without a copy", () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  assert(ring.writer.write(message(5, 1)));
  const lease = receive(ring);
  assertEquals([lease.length, lease.copied], [5, false]);
  assertEquals(lease.bytes, message(5, 1));
  assertEquals(lease.bytes.buffer, ring.readerArea.data.buffer);
  ring.writerArea.data[0] = 99;
  assertEquals(lease.bytes[0], 99, "the view is the writer's memory");
});

Deno.test("openLeaseRing keeps one byte free, so that full is never empty", () => {
  for (const startBytes of [0, 1, 7, 15]) {
    using ring = openLeaseRing({ capacityBytes: 16, startBytes });
    assert(!ring.writer.write(message(17, 1)));
    assert(!ring.writer.write(message(16, 1)), "exact fill is refused");
    assert(ring.writer.write(message(15, 1)));
    assert(!ring.writer.write(message(1, 1)));
    assert(ring.startBytes !== ring.endBytes);
    assertEquals(receive(ring).copy(), message(15, 1));
  }
});

Deno.test("openLeaseRing places a message that ends exactly at the end of the area in one piece", () => {
  using ring = openLeaseRing({ capacityBytes: 16, startBytes: 10 });
  assert(ring.writer.write(message(6, 1)));
  assertEquals(offsets(ring), [10, 0]);
  const lease = receive(ring);
  assertEquals([lease.copied, lease.copy()], [false, message(6, 1)]);
  lease.release();
  assertEquals(offsets(ring), [0, 0]);
});

Deno.test("openLeaseRing splits a message that is longer than the tail and gives its bytes back at once", () => {
  using ring = openLeaseRing({ capacityBytes: 16, startBytes: 12 });
  assert(ring.writer.write(message(9, 1)));
  assertEquals(offsets(ring), [12, 5]);
  const lease = receive(ring);
  assert(lease.copied);
  assertEquals(offsets(ring), [5, 5]);
  assert(ring.writer.write(message(15, 2)));
  assertEquals(lease.bytes, message(9, 1), "the copy is its own memory");
  assert(lease.release());
  assertThrows(() => lease.bytes, StaleLeaseError, "Cannot use lease: it is released");
});

Deno.test("openLeaseRing restarts at the front when that is cheaper, and the start skips the hole", () => {
  using ring = openLeaseRing({ capacityBytes: 16, startBytes: 14 });
  assert(ring.writer.write(message(4, 1)));
  assertEquals(offsets(ring), [14, 4], "16 available, at least half of 16 and at least 3 * 4");
  const lease = receive(ring);
  assertEquals([lease.copied, lease.bytes.byteOffset - ring.readerArea.data.byteOffset], [false, 0]);
  lease.release();
  assertEquals(offsets(ring), [4, 4]);
});

Deno.test("openLeaseRing restarts exactly within its conditions", () => {
  const cases = [
    // start = end, length, restarts: tail < length, available is the whole capacity 16
    [12, 5, true], // 16 >= 15
    [12, 6, false], // 16 < 18
    [14, 5, true],
    [4, 13, false],
  ] as const;
  for (const [startBytes, lengthBytes, restarts] of cases) {
    using ring = openLeaseRing({ capacityBytes: 16, startBytes });
    assert(ring.writer.write(message(lengthBytes, 1)));
    assertEquals(receive(ring).copied, !restarts, `start ${startBytes}, length ${lengthBytes}`);
  }
  using ring = openLeaseRing({ capacityBytes: 32 });
  assert(ring.writer.write(message(15, 1)));
  assert(ring.writer.write(message(13, 2)));
  receive(ring).release();
  assertEquals(offsets(ring), [15, 28]);
  assert(ring.writer.write(message(5, 3)));
  assertEquals(offsets(ring), [15, 5], "19 available, at least half of 32 and at least 3 * 5: restarted");
  receive(ring);
  assert(!receive(ring).copied);
});

Deno.test("openLeaseRing moves the start to the end of the longest released prefix only", () => {
  using ring = openLeaseRing({ capacityBytes: 32 });
  for (const tag of [1, 2, 3, 4]) assert(ring.writer.write(message(4, tag)));
  const [first, second, third, fourth] = [receive(ring), receive(ring), receive(ring), receive(ring)];
  second!.release();
  fourth!.release();
  assertEquals(ring.startBytes, 0);
  first!.release();
  assertEquals(ring.startBytes, 8);
  third!.release();
  assertEquals(ring.startBytes, 16);
});

Deno.test("openLeaseRing keeps the bytes of an older lease while younger messages are copied or dropped", () => {
  using ring = openLeaseRing({ capacityBytes: 16, startBytes: 8 });
  assert(ring.writer.write(message(4, 1)));
  const older = receive(ring);
  assert(ring.writer.write(message(7, 2)));
  assert(receive(ring).copied);
  assertEquals(offsets(ring), [8, 3]);
  assert(ring.writer.write(message(3, 3)));
  assertEquals(ring.reader.drop(), 3);
  assertEquals(offsets(ring), [8, 6]);
  assert(!ring.writer.write(message(2, 4)), "one of the two bytes left stays free");
  assertEquals(older.bytes, message(4, 1));
  older.release();
  assertEquals(offsets(ring), [6, 6]);
});

Deno.test("openLeaseRing drops a message unread and gives its bytes back at once", () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  assertEquals(ring.reader.drop(), undefined);
  assert(ring.writer.write(message(5, 1)));
  assert(ring.writer.write(message(6, 2)));
  assertEquals(ring.reader.drop(), 5);
  assertEquals(ring.startBytes, 5);
  assertEquals(receive(ring).copy(), message(6, 2));
});

Deno.test("Lease ends once, whoever ends it, and is refused afterwards", () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  assert(ring.writer.write(message(2, 1)));
  assert(ring.writer.write(message(2, 2)));
  const [first, second] = [receive(ring), receive(ring)];
  assert(first.expire());
  assertEquals([first.ended, ring.startBytes], ["expired", 2]);
  assertThrows(() => first.bytes, StaleLeaseError, "Cannot use lease: it is expired");
  assertThrows(() => first.copyInto(new Uint8Array(2)), StaleLeaseError, "it is expired");
  assert(!first.release() && !first.expire());
  assertEquals([ring.startBytes, second.ended], [2, undefined], "the next lease is untouched");
  {
    using owned = second;
    assertEquals(owned.copy(), message(2, 2));
  }
  assertEquals([second.ended, ring.startBytes], ["released", 4]);
});

Deno.test("Lease copies into a caller's memory, which must be long enough", () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  assert(ring.writer.write(message(3, 1)));
  const lease = receive(ring);
  const target = new Uint8Array(4);
  lease.copyInto(target);
  assertEquals(target, Uint8Array.of(...message(3, 1), 0));
  assertThrows(
    () => lease.copyInto(new Uint8Array(2)),
    RangeError,
    "Cannot copy lease: target has 2 bytes, must have at least 3",
  );
});

Deno.test("LeaseRing makes leases stale and kept arrays empty when it is disposed", () => {
  const ring = openLeaseRing({ capacityBytes: 16, startBytes: 12 });
  assert(ring.writer.write(message(3, 1)));
  const lease = receive(ring);
  assert(ring.writer.write(message(9, 2)));
  const copied = receive(ring);
  assert(ring.writer.write(message(1, 3)));
  const released = receive(ring);
  released.release();
  const kept = lease.bytes;
  ring[Symbol.dispose]();
  ring[Symbol.dispose]();
  assertEquals([kept.length, kept[0]], [0, undefined]);
  assertEquals([released.ended, lease.ended], ["released", "disposed with its ring"]);
  for (const stale of [lease, copied]) {
    assertThrows(() => stale.bytes, StaleLeaseError, "Cannot use lease: it is disposed with its ring");
    assert(!stale.release());
  }
  assertThrows(
    () => ring.writer.write(message(1, 1)),
    TypeError,
    "Cannot write to lease ring: it is disposed",
  );
  assertThrows(() => ring.reader.receive(), TypeError, "Cannot read from lease ring: it is disposed");
  assertThrows(() => ring.reader.drop(), TypeError, "Cannot read from lease ring: it is disposed");
});

Deno.test("openLeaseRing empties the view of an ended lease when asked to", () => {
  using ring = openLeaseRing({ capacityBytes: 16, revokeViews: true });
  assert(ring.writer.write(message(3, 1)));
  assert(ring.writer.write(message(3, 2)));
  const [first, second] = [receive(ring), receive(ring)];
  const [kept, other] = [first.bytes, second.bytes];
  assertEquals([kept, other], [message(3, 1), message(3, 2)]);
  first.release();
  assertEquals([kept.length, other.length, ring.writerArea.data.length], [0, 3, 16]);
  ring[Symbol.dispose]();
  assertEquals([other.length, other[0]], [0, undefined], "nor does a live lease's view outlive the memory");
});

Deno.test("LeaseRing unmaps everything although somebody has transferred a view that it would empty", () => {
  const before = mappingsOf("lease-ring").length;
  const ring = openLeaseRing({ capacityBytes: 16, revokeViews: true });
  for (let value = 1; value <= 2; value += 1) assert(ring.writer.write(message(3, value)));
  const [first, second] = [receive(ring), receive(ring)];
  for (const lease of [first, second]) structuredClone(lease.bytes, { transfer: [lease.bytes.buffer] });
  assert(first.release());
  assertEquals(ring.startBytes, 3);
  ring[Symbol.dispose]();
  assertEquals(mappingsOf("lease-ring").length, before);
});

Deno.test("openLeaseRing is full when no descriptor slot is free, until a message is taken", () => {
  using ring = openLeaseRing({ capacityBytes: 16, slots: 2 });
  assert(ring.writer.write(message(1, 1)));
  assert(ring.writer.write(message(1, 2)));
  assert(!ring.writer.write(message(1, 3)));
  const lease = receive(ring);
  assert(ring.writer.write(message(1, 3)), "a slot is free although no byte is");
  assertEquals(lease.copy(), message(1, 1));
  assertEquals([receive(ring).copy(), receive(ring).copy()], [message(1, 2), message(1, 3)]);
});

Deno.test("openLeaseRing counts messages modulo 2^32", () => {
  using ring = openLeaseRing({ capacityBytes: 16, slots: 4, messageCounter: 0xffff_ffff });
  for (const tag of [1, 2, 3]) assert(ring.writer.write(message(2, tag)));
  assertEquals([ring.writer.published, ring.reader.taken, ring.reader.unreadCount], [2, 0xffff_ffff, 3]);
  assertEquals(ring.reader.peek(2), message(2, 3));
  for (const tag of [1, 2, 3]) assertEquals(receive(ring).copy(), message(2, tag));
  assertEquals([ring.reader.taken, ring.reader.receive()], [2, undefined]);
});

Deno.test("RingReader peeks at unread messages without taking them", () => {
  using ring = openLeaseRing({ capacityBytes: 16, startBytes: 13 });
  assert(ring.writer.write(message(2, 1)));
  assert(ring.writer.write(message(9, 2)));
  for (const _ of [1, 2]) {
    assertEquals([ring.reader.peek(0), ring.reader.peek(1)], [message(2, 1), message(9, 2)]);
  }
  const target = new Uint8Array(9);
  assertEquals([ring.reader.peekInto(1, target), target], [9, message(9, 2)]);
  assertEquals([ring.reader.peekInto(0, target), target.slice(0, 2)], [2, message(2, 1)]);
  assertThrows(
    () => ring.reader.peekInto(1, new Uint8Array(8)),
    RangeError,
    "Cannot peek into lease ring: target has 8 bytes, must have at least 9",
  );
  for (const index of [2, -1, 0.5, NaN]) {
    assertEquals([ring.reader.peek(index), ring.reader.peekInto(index, target)], [undefined, undefined]);
  }
  assertEquals(offsets(ring), [13, 8]);
});

Deno.test("openLeaseRing refuses impossible options and leaves nothing behind", () => {
  const refusals: readonly (readonly [LeaseRingOptions, string])[] = [
    ...[0, -1, 1, 2.5, NaN, Infinity, 2 ** 32].map((capacityBytes) =>
      [
        { capacityBytes },
        `Cannot open lease ring: capacityBytes is ${capacityBytes}, must be an integer from 2 to 4294967295`,
      ] as const
    ),
    ...[0, 3, -4, 2 ** 21, 1.5].map((slots) =>
      [
        { capacityBytes: 16, slots },
        `Cannot open lease ring: slots is ${slots}, must be a power of two from 1 to 1048576`,
      ] as const
    ),
    [
      { capacityBytes: 16, startBytes: 16 },
      "Cannot open lease ring: startBytes is 16, must be an integer from 0 to 15",
    ],
    [
      { capacityBytes: 16, messageCounter: 2 ** 32 },
      "Cannot open lease ring: messageCounter is 4294967296, must be an integer from 0 to 4294967295",
    ],
  ];
  const fds = openFdCount();
  for (const [options, sentence] of refusals) {
    assertThrows(() => openLeaseRing(options), RangeError, sentence);
  }
  assertEquals([openFdCount(), mappingsOf("memfd:lease-ring").length], [fds, 0]);
});

Deno.test("openLeaseRing gives everything back when one of its parts refuses", () => {
  class NoReader extends RingReader {
    constructor(area: RingArea) {
      super(area);
      throw new ErrnoError("be a reader", 12);
    }
  }
  const fds = openFdCount();
  assertThrows(
    () => openLeaseRing({ capacityBytes: 16 }, { Reader: NoReader }),
    ErrnoError,
    "Cannot be a reader: ENOMEM",
  );
  assertEquals([openFdCount(), mappingsOf("memfd:lease-ring").length], [fds, 0]);
});

Deno.test("openLeaseRing keeps no fd, and two mappings until it is disposed", () => {
  const fds = openFdCount();
  for (let round = 0; round < 50; round += 1) {
    using ring = openLeaseRing({ capacityBytes: 64 });
    ring.writer.write(message(9, round));
    receive(ring);
    assertEquals([openFdCount(), mappingsOf("memfd:lease-ring").length], [fds, 2]);
  }
  assertEquals([openFdCount(), mappingsOf("memfd:lease-ring").length], [fds, 0]);
});

Deno.test("RingWriter refuses an empty message", () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  assertThrows(
    () => ring.writer.write(new Uint8Array()),
    RangeError,
    "Cannot write to lease ring: message has 0 bytes, must be at least 1",
  );
});

Deno.test("RingWriter refuses what a peer can not have written, and writes nothing", () => {
  const scribbles = [
    [word.start, 16, "Cannot write to lease ring: start is 16, must be below capacityBytes 16"],
    [
      word.start,
      0xffff_ffff,
      "Cannot write to lease ring: start is 4294967295, must be below capacityBytes 16",
    ],
    [
      word.taken,
      1,
      "Cannot write to lease ring: 4294967295 messages count as unread, must be at most 256 slots",
    ],
  ] as const;
  for (const [index, value, sentence] of scribbles) {
    using ring = openLeaseRing({ capacityBytes: 16 });
    Atomics.store(ring.readerArea.words, index, value);
    assertThrows(() => ring.writer.write(message(3, 1)), PeerError, sentence);
    assertEquals([ring.endBytes, ring.writer.published, ring.readerArea.data], [0, 0, new Uint8Array(16)]);
  }
});

Deno.test("RingReader refuses what a peer can not have written, and takes nothing", () => {
  const slot = word.descriptors;
  const scribbles = [
    [slot, 16, "Cannot read from lease ring: descriptor offset is 16, must be below capacityBytes 16"],
    [slot, 0xffff_fff0, "descriptor offset is 4294967280, must be below capacityBytes 16"],
    [slot + 1, 0, "Cannot read from lease ring: descriptor length is 0, must be from 1 to capacityBytes 16"],
    [slot + 1, 17, "descriptor length is 17, must be from 1 to capacityBytes 16"],
    [word.published, 0, "4294967295 messages count as unread, must be at most 4 slots"],
  ] as const;
  for (const [index, value, sentence] of scribbles) {
    using ring = openLeaseRing({ capacityBytes: 16, slots: 4 });
    ring.writer.write(message(3, 1));
    if (index === word.published) receive(ring);
    const taken = ring.reader.taken;
    Atomics.store(ring.writerArea.words, index, value);
    assertThrows(() => ring.reader.receive(), PeerError, sentence);
    assertThrows(() => ring.reader.drop(), PeerError, sentence);
    assertThrows(() => ring.reader.peek(0), PeerError, sentence);
    assertEquals([ring.reader.taken, ring.startBytes], [taken, 0]);
  }
});

Deno.test("RingWriter and RingReader wake the side that sleeps, whatever it sleeps for", async () => {
  using ring = openLeaseRing({ capacityBytes: 16 });
  const { writer, reader } = ring;
  let lease: Lease | undefined;
  const sleepers: readonly (readonly [number, () => unknown])[] = [
    [word.readerWaits, () => writer.write(message(3, 1))],
    [word.readerWaits, () => writer.write(message(3, 2))],
    [word.writerWaits, () => lease = reader.receive()],
    [word.writerWaits, () => lease!.release()],
    [word.writerWaits, () => reader.drop()],
    [word.writerWaits, () => reader.close()],
    [word.readerWaits, () => writer.close()],
  ];
  for (const [index, act] of sleepers) {
    Atomics.store(ring.writerArea.words, index, 1);
    // Whoever comes too late to be woken finds the word changed and does not sleep.
    const sleeping = futexWaitElsewhere(ring.readerArea.pointerTo(index), 1, 60_000);
    act();
    await sleeping;
    assertEquals(Atomics.load(ring.writerArea.words, index), 0);
  }
});
