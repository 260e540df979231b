import { assert, assertEquals, assertThrows } from "@std/assert";
import { memfdCreate } from "../../ffi/memory.ts";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { sockets } from "../../ffi/socket.ts";
import {
  allowZeroCopy,
  bindAnywhere,
  connectPeer,
  connectTo,
  datagramSocket,
  dropOnClose,
  Fd,
  Listener,
  openPipe,
  receiveNow,
  socketPair,
  writeAt,
  writeNow,
} from "../../ffi/uring_peer.ts";
import { whyNoZerocopy } from "../../ffi/zerocopy_socket.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Operation } from "./operation.ts";
import { OwnedRing } from "./owned_ring.ts";
import { type Cell, Pool } from "./pool.ts";
import type { Request } from "./request.ts";
import { Ring } from "./ring.ts";
import type { RingOptions } from "./ring_options.ts";
import { whyNoUring } from "./why_no_uring.ts";

const missing = whyNoUring();
const uring = skipUnless("io_uring", missing);
const deferring = missing === undefined
  ? skipUnless("io_uring with DEFER_TASKRUN", whyNoUring({ deferTaskrun: true }))
  : uring;
const polling = missing === undefined
  ? skipUnless("io_uring with a polling thread", whyNoUring({ pollingThreadIdleMs: 50 }))
  : uring;
const answer = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const zerocopy = missing === undefined
  ? skipUnless("zero-copy sends on io_uring", answer && `SO_ZEROCOPY answers ${answer}`)
  : uring;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);

/** Says of each cell whether somebody owns it. */
function held(...cells: Cell[]): boolean[] {
  return cells.map((cell) => cell.holder !== undefined);
}

Deno.test("OwnedRing refuses to touch, release or hand on a cell, with the request's name", uring, () => {
  using pool = new Pool({ cells: 2, cellBytes: 64 });
  using ring = new OwnedRing({ entries: 8 });
  const [reader, _writer] = openPipe();
  using _both = reader, _other = _writer;
  const cell = pool.take();
  ring.prepare({ kind: "read", fd: reader.number, into: cell });
  const owned = "cell 0: read #1 owns it until its last completion";
  assertThrows(() => cell.bytes, TypeError, `Cannot touch ${owned}`);
  assertThrows(() => cell.write([1]), TypeError, `Cannot write ${owned}`);
  assertThrows(() => cell.release(), TypeError, `Cannot release ${owned}`);
  const again: Operation = { kind: "read", fd: reader.number, into: cell };
  assertThrows(() => ring.prepare(again), TypeError, `Cannot hand to read #2 ${owned}`);
  assertThrows(() => pool[Symbol.dispose](), TypeError, "read #1 owns cell 0, close its ring first");
});

Deno.test("OwnedRing leaves nothing handed over when an entry could not be prepared", uring, () => {
  using pool = new Pool({ cells: 3, cellBytes: 64 });
  using ring = new OwnedRing({ entries: 1 });
  const [cell, vector] = [pool.take(), pool.take()];
  ring.prepare({ kind: "nop" });
  assertThrows(() => ring.prepare({ kind: "read", fd: 0, into: cell }), RangeError, "submit first");
  assertEquals(held(cell), [false]);
  const payloads = Array.from({ length: 5 }, () => cell);
  assertThrows(
    () => ring.prepare({ kind: "readv", fd: 0, vector, payloads }),
    RangeError,
    "cell 1 has 64 bytes, must have at least 80",
  );
  assertEquals([held(cell, vector), ring.runningCount], [[false, false], 1]);
});

Deno.test("OwnedRing reads and writes a file, plainly and through vectors", uring, () => {
  using file = new Fd(memfdCreate("test"));
  using pool = new Pool({ cells: 3, cellBytes: 32, whenFree: "poison" });
  using ring = new OwnedRing({ entries: 8 });
  const [vector, first, second] = [pool.take(), pool.take(), pool.take()];
  first.bytes.fill(1);
  second.bytes.fill(2);
  ring.prepare({ kind: "writev", fd: file.number, vector, payloads: [first, second], offset: 0 });
  ring.submit(1);
  assertEquals(ring.reap().map(({ result }) => result), [64]);
  ring.prepare({ kind: "read", fd: file.number, into: first, offset: 31, bytes: 2 });
  ring.submit(1);
  ring.reap();
  assertEquals([...first.bytes.subarray(0, 3)], [1, 2, 1]);
  ring.prepare({ kind: "readv", fd: file.number, vector, payloads: [second, first], offset: 0 });
  ring.submit(1);
  assertEquals(ring.reap().map(({ result }) => result), [64]);
  assertEquals([first.bytes[0], second.bytes[0]], [2, 1]);
  assertEquals(writeAt(file.number, bytesOf("x"), 0), 1);
});

Deno.test(
  "OwnedRing gives a vector back once it is fetched and the payload with the completion",
  uring,
  () => {
    using pool = new Pool({ cells: 2, cellBytes: 32 });
    using ring = new OwnedRing({ entries: 8 });
    const [reader, writer] = openPipe();
    using _reader = reader, _writer = writer;
    const [vector, payload] = [pool.take(), pool.take()];
    ring.prepare({ kind: "readv", fd: reader.number, vector, payloads: [payload] });
    assertEquals(held(vector, payload), [true, true]);
    ring.publish();
    assertEquals(held(vector, payload), [true, true]);
    ring.enter();
    assertEquals(held(vector, payload), [false, true]);
    vector.release();
    writeNow(writer.number, bytesOf("abc"));
    ring.enter({ getEvents: true, waitFor: 1 });
    assertEquals(ring.reap()[0]?.result, 3);
    assertEquals(text(payload.bytes.subarray(0, 3)), "abc");
  },
);

Deno.test("OwnedRing keeps what an unfetched entry points to, although enter has returned", uring, () => {
  using pool = new Pool({ cells: 2, cellBytes: 64 });
  using ring = new OwnedRing({ entries: 8 });
  const timespec = pool.take();
  ring.ring.put(255, -1, 0, 0, 0, 0, 1000); // fails in preparation, and submission stops behind it
  ring.prepare({ kind: "timeout", timespec, afterMs: 0 });
  assertEquals(ring.submit(), 1);
  assertThrows(
    () => timespec.release(),
    TypeError,
    "timeout #1 owns it until the kernel has fetched its entry",
  );
  ring.submit(1);
  timespec.release();
  assertEquals(ring.reap().map(({ result }) => result), [-62]);
});

Deno.test(
  "OwnedRing.prepareLimited stops a request when its time is up, and its timer when it is not",
  uring,
  () => {
    using pool = new Pool({ cells: 2, cellBytes: 64 });
    using ring = new OwnedRing({ entries: 8 });
    const [reader, writer] = openPipe();
    using _reader = reader, _writer = writer;
    const [payload, timespec] = [pool.take(), pool.take()];
    const read: Operation = { kind: "read", fd: reader.number, into: payload };
    const outcome = (afterMs: number, before: () => void): unknown => {
      before();
      const [limited] = ring.prepareLimited(read, timespec, afterMs);
      assertEquals(held(payload, timespec), [true, true]);
      ring.submit();
      assertEquals(held(timespec), [false]); // it was copied when its entry was fetched
      assert(ring.ring.wait(2, 5000));
      return ring.reap().map(({ request, result }) => [request === limited ? "read" : "timer", result])
        .toSorted();
    };
    assertEquals(outcome(0, () => {}), [["read", -125], ["timer", -62]]);
    assertEquals(outcome(3_600_000, () => void writeNow(writer.number, bytesOf("abc"))), [
      ["read", 3],
      ["timer", -125],
    ]);
    assertEquals([held(payload), ring.runningCount], [[false], 0]);
  },
);

Deno.test("OwnedRing.prepareLimited prepares both entries or none", uring, () => {
  using pool = new Pool({ cells: 2, cellBytes: 64 });
  using ring = new OwnedRing({ entries: 2 });
  const [reader, writer] = openPipe();
  using _reader = reader, _writer = writer;
  const [payload, timespec] = [pool.take(), pool.take()];
  const read: Operation = { kind: "read", fd: reader.number, into: payload };
  assertThrows(() => ring.prepareLimited(read, payload, 1), TypeError, "read #1 owns it");
  assertThrows(() => ring.prepareLimited(read, timespec, -1), RangeError, "afterMs is -1");
  ring.prepare({ kind: "nop" });
  assertThrows(() => ring.prepareLimited(read, timespec, 1), RangeError, "Cannot prepare 2 entries: 1 of 2");
  assertEquals([held(payload, timespec), ring.runningCount, ring.submit(1)], [[false, false], 1, 1]);
  assertEquals(ring.reap().map(({ request }) => request.operation.kind), ["nop"]);
});

Deno.test("OwnedRing accepts a connection and writes the peer's address at its completion", uring, () => {
  using listener = new Listener("tcp");
  using pool = new Pool({ cells: 2, cellBytes: 16, whenFree: "poison" });
  using ring = new OwnedRing({ entries: 8 });
  const [address, length] = [pool.take(), pool.take()];
  ring.prepare({ kind: "accept", fd: listener.number, address, length });
  ring.submit();
  assertEquals(held(address, length), [true, true]);
  using _peer = connectPeer(listener);
  ring.submit(1);
  const [completed] = ring.reap();
  using _accepted = new Fd(completed!.result);
  assertEquals([address.bytes[0], length.bytes[0]], [2, 16]); // AF_INET, and all of its 16 bytes
});

Deno.test("OwnedRing lets the kernel write as much of an address as its cell holds", uring, () => {
  using listener = new Listener("tcp");
  using pool = new Pool({ cells: 2, cellBytes: 8 }); // behind each of them is a page that nobody may touch
  using ring = new OwnedRing({ entries: 8 });
  const [address, length] = [pool.take(), pool.take()];
  ring.prepare({ kind: "accept", fd: listener.number, address, length });
  using _peer = connectPeer(listener);
  ring.submit(1);
  const [completed] = ring.reap();
  assert(completed!.result >= 0, `accept answered ${completed!.result}`);
  using _accepted = new Fd(completed!.result);
  assertEquals([address.bytes[0], length.bytes[0]], [2, 16]);
});

Deno.test("OwnedRing keeps the target's cells until the target's own completion", deferring, () => {
  using listener = new Listener("unix");
  using pool = new Pool({ cells: 2, cellBytes: 128 });
  using ring = new OwnedRing({ entries: 8, deferTaskrun: true });
  const [address, length] = [pool.take(), pool.take()];
  const accept = ring.prepare({ kind: "accept", fd: listener.number, address, length });
  ring.submit();
  ring.prepare({ kind: "cancel", target: accept });
  ring.submit();
  assertEquals(ring.reap().map(({ request, result }) => [request.name, result]), [["cancel #2", 0]]);
  assertThrows(() => length.release(), TypeError, "accept #1 owns it");
  ring.enter({ getEvents: true });
  assertEquals(ring.reap().map(({ request, result }) => [request.name, result]), [["accept #1", -125]]);
  assertThrows(
    () => ring.prepare({ kind: "cancel", target: accept }),
    TypeError,
    "its last completion has been read",
  );
  length.release();
});

Deno.test("OwnedRing keeps a multishot accept's cells while more completions may come", uring, () => {
  using listener = new Listener("unix");
  using pool = new Pool({ cells: 2, cellBytes: 128 });
  using ring = new OwnedRing({ entries: 8 });
  const [address, length] = [pool.take(), pool.take()];
  ring.prepare({ kind: "accept", fd: listener.number, address, length, multishot: true });
  ring.submit();
  using _peer = connectPeer(listener);
  ring.submit(1);
  const [completed] = ring.reap();
  using _accepted = new Fd(completed!.result);
  assertEquals([completed!.more, ...held(address, length)], [true, true, true]);
});

Deno.test("OwnedRing keeps a zero-copy payload until its notification", zerocopy, () => {
  using listener = new Listener("tcp", 4096);
  using peer = connectPeer(listener);
  using pool = new Pool({ cells: 1, cellBytes: 65_536 });
  using ring = new OwnedRing({ entries: 8 });
  ring.prepare({ kind: "accept", fd: listener.number });
  ring.submit(1);
  using accepted = new Fd(ring.reap()[0]!.result);
  allowZeroCopy(accepted.number);
  dropOnClose(accepted.number);
  const payload = pool.take();
  payload.bytes.fill(5);
  ring.prepare({ kind: "send-zc", fd: accepted.number, from: payload, bytes: 65_536 });
  ring.submit(1);
  const [sent] = ring.reap();
  assertEquals([sent!.more, sent!.notification, ...held(payload)], [true, false, true]);
  assertThrows(() => payload.release(), TypeError, "send-zc #2 owns it until its notification");
  let receivedBytes = 0;
  while (receivedBytes < sent!.result) {
    const received = receiveNow(peer.number, 65_536);
    if (typeof received !== "string") receivedBytes += received.length;
  }
  assert(ring.ring.wait(1, 5000));
  assertEquals(ring.reap().map(({ notification, more }) => [notification, more]), [[true, false]]);
  payload.release();
});

Deno.test("OwnedRing sends and receives messages, and keeps only what the kernel needs", uring, () => {
  const [near, far] = socketPair();
  using _near = near, _far = far;
  using pool = new Pool({ cells: 4, cellBytes: 128 });
  using ring = new OwnedRing({ entries: 8 });
  const [header, payload, inHeader, inPayload] = [pool.take(), pool.take(), pool.take(), pool.take()];
  ring.prepare({ kind: "recvmsg", fd: far.number, header: inHeader, payloads: [inPayload] });
  ring.submit();
  assertEquals(held(inHeader, inPayload), [true, true]);
  payload.bytes.fill(7);
  ring.prepare({ kind: "sendmsg", fd: near.number, header, payloads: [payload] });
  ring.submit(2);
  assertEquals(ring.reap().map(({ result }) => result), [128, 128]);
  assertEquals(inPayload.bytes[127], 7);
});

Deno.test("OwnedRing receives a message with its sender's address", uring, () => {
  using sender = datagramSocket();
  using receiver = datagramSocket();
  const from = bindAnywhere(sender.number, "tcp");
  assertEquals(connectTo(sender.number, bindAnywhere(receiver.number, "tcp")), 0);
  using pool = new Pool({ cells: 3, cellBytes: 128 });
  using ring = new OwnedRing({ entries: 4 });
  const [header, payload, name] = [pool.take(), pool.take(), pool.take()];
  ring.prepare({ kind: "recvmsg", fd: receiver.number, header, payloads: [payload], name });
  ring.submit();
  assertEquals(held(header, payload, name), [true, true, true]);
  writeNow(sender.number, bytesOf("abc"));
  ring.enter({ getEvents: true, waitFor: 1 });
  assertEquals(ring.reap().map(({ result }) => result), [3]);
  assertEquals([text(payload.bytes.subarray(0, 3)), name.bytes.slice(0, from.length)], ["abc", from]);
});

Deno.test(
  "OwnedRing knows what the kernel has fetched, and what it has not, when its indexes wrap",
  uring,
  () => {
    const biased = (index: number): number => (index - 1) >>> 0; // as if 2^32 - 1 entries had gone before
    class LateRing extends Ring {
      override get preparedIndex(): number {
        return biased(super.preparedIndex);
      }
    }
    const results: number[] = [];
    class LateOwnedRing extends OwnedRing {
      protected override settle(request: Request, result: number, flags: number): void {
        results.push(result);
        super.settle(request, result, flags);
      }
      protected override openRing(options: RingOptions): Ring {
        return new LateRing(options);
      }
      protected override fetchedIndex(): number {
        return biased(super.fetchedIndex());
      }
    }
    using pool = new Pool({ cells: 3, cellBytes: 64 });
    {
      using ring = new LateOwnedRing({ entries: 4 });
      const timeout = (timespec: Cell): Operation => ({ kind: "timeout", timespec, afterMs: 3_600_000 });
      const [first, second, third] = [pool.take(), pool.take(), pool.take()];
      ring.prepare(timeout(first));
      ring.prepare(timeout(second));
      assertEquals([held(first, second), ring.ring.preparedIndex], [[true, true], 1]);
      ring.publish();
      ring.enter({ submit: 1 });
      assertEquals(held(first, second), [false, true]);
      ring.enter();
      ring.prepare(timeout(third));
      assertEquals([held(second, third), ring.runningCount], [[false, true], 3]);
    }
    assertEquals(held(...pool.cells), [false, false, false]);
    assertEquals(results, [-125, -125], "what was fetched has ended, the third was taken back");
  },
);

Deno.test("OwnedRing closes with requests in all states and gives every cell back", uring, () => {
  using listener = new Listener("unix");
  using pool = new Pool({ cells: 6, cellBytes: 128, whenFree: "unmap" });
  const cells = Array.from({ length: 6 }, () => pool.take());
  {
    using ring = new OwnedRing({ entries: 8 });
    const accept = (index: number): Operation => ({
      kind: "accept",
      fd: listener.number,
      address: cells[index]!,
      length: cells[index + 1]!,
    });
    ring.prepare(accept(0));
    ring.submit();
    ring.prepare(accept(2));
    ring.publish();
    ring.prepare(accept(4));
    assertEquals(held(...cells), [true, true, true, true, true, true]);
  }
  assertEquals(held(...cells), [false, false, false, false, false, false]);
});

Deno.test("OwnedRing closes while its polling thread has a full queue still to fetch", polling, () => {
  const [local, remote] = socketPair();
  using _local = local;
  using _remote = remote;
  using pool = new Pool({ cells: 2, cellBytes: 64 });
  const cells = pool.cells.map(() => pool.take());
  // The thread is fast: the queue is found full in most rounds only.
  for (let round = 0; round < 20; round++) {
    using ring = new OwnedRing({ entries: 2, pollingThreadIdleMs: 1 });
    for (const into of cells) ring.prepare({ kind: "recv", fd: local.number, into });
    ring.submit();
    ring[Symbol.dispose]();
    assertEquals([ring.ring.closed, held(...cells)], [true, [false, false]]);
  }
});

Deno.test("OwnedRing asks a subclass until when a pointer is needed", uring, () => {
  class Careless extends OwnedRing {
    protected override lifetimeOf(): Lifetime {
      return "until-submit";
    }
  }
  using listener = new Listener("unix");
  using pool = new Pool({ cells: 2, cellBytes: 128, whenFree: "poison" });
  using ring = new Careless({ entries: 4 });
  const [address, length] = [pool.take(), pool.take()];
  ring.prepare({ kind: "accept", fd: listener.number, address, length });
  ring.submit();
  length.release();
  using peer = connectPeer(listener);
  ring.submit(1);
  assertEquals(ring.reap().map(({ result }) => result), [-22]); // the length reads -1 now
  assertEquals(receiveNow(peer.number, 1), new Uint8Array(0)); // and the connection is lost
});
