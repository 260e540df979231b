import { assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "../ffi/errno.ts";
import type { GatherList } from "../ffi/gather_list.ts";
import type { LoopbackOptions } from "../ffi/loopback_pair.ts";
import { LoopbackPair } from "../ffi/loopback_pair.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import { sockets } from "../ffi/socket.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";
import { KernelZerocopySocket, whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
import { BiasedSocket } from "./biased_socket.ts";
import { BufferPool } from "./buffer_pool.ts";
import { RecordedSocket } from "./recorded_socket.ts";
import { ReorderedSocket } from "./reordered_socket.ts";
import { StarvedSocket } from "./starved_socket.ts";
import { ZerocopySender } from "./zerocopy_sender.ts";
import type { SenderOptions } from "./zerocopy_sender_options.ts";

const missing = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const { ignore } = skipUnless("zero-copy senders", missing && `SO_ZEROCOPY answers ${missing}`);
const page = 4096;
const tcp: LoopbackOptions = { transport: "tcp", family: "ipv4" };
/** The first page reaches the reader, the others stay pinned until it reads. */
const pinning: LoopbackOptions = { ...tcp, receiveBufferBytes: page };

/** A sender over a kernel socket behind the wrappers, with the endings it reported. */
class Fixture implements Disposable {
  readonly pair: LoopbackPair;
  readonly pool: BufferPool;
  readonly starved: StarvedSocket;
  readonly recorded: RecordedSocket;
  readonly sender: ZerocopySender;
  readonly ended: string[] = [];

  constructor(options: LoopbackOptions, more: SenderOptions & { readonly reordered?: boolean } = {}) {
    this.pair = new LoopbackPair(options);
    this.pool = new BufferPool(8, 4 * page);
    const kernel = new KernelZerocopySocket(this.pair.senderFd);
    const ordered = more.reordered === true ? new ReorderedSocket(kernel) : kernel;
    this.starved = new StarvedSocket(new BiasedSocket(ordered, more.firstId ?? 0));
    this.recorded = new RecordedSocket(this.starved);
    this.sender = new ZerocopySender(this.recorded, this.pool, {
      ...more,
      onEnd: (buffer, ending) => this.ended.push(`${ending} ${buffer}`),
    });
  }

  submit(bytes: number, hold = false): number {
    const buffer = this.pool.acquire();
    this.pool.bytes(buffer).fill(buffer + 1);
    this.sender.submit(buffer, bytes, hold);
    return buffer;
  }

  /** Reads everything; returns the bytes that arrived, one of each run. */
  drain(): string {
    const scratch = new Uint8Array(65536);
    const runs: { byte: number; bytes: number }[] = [];
    this.pair.drain(scratch, (piece) => {
      for (const byte of piece) {
        const last = runs.at(-1);
        if (last?.byte === byte) last.bytes++;
        else runs.push({ byte, bytes: 1 });
      }
    }, () => {});
    return runs.map(({ byte, bytes }) => `${byte - 1}:${bytes}`).join(" ");
  }

  [Symbol.dispose](): void {
    this.pair[Symbol.dispose]();
    this.pool[Symbol.dispose]();
  }
}

for (const transport of ["tcp", "udp"] as const) {
  for (const family of ["ipv4", "ipv6"] as const) {
    Deno.test({
      name: `ZerocopySender ends requests after their notification, over ${transport} and ${family}`,
      ignore,
      fn() {
        using it = new Fixture({ transport, family }, { batchRequests: transport === "udp" ? 1 : 64 });
        it.submit(page);
        it.submit(3 * page);
        assertEquals([it.ended, it.sender.inFlightCount, it.pool.freeCount], [[], 2, 6]);
        assertEquals(it.drain(), `0:${page} 1:${3 * page}`);
        assertEquals(it.sender.poll(), 1);
        assertEquals([it.ended, it.sender.inFlightCount, it.pool.freeCount], [["sent 0", "sent 1"], 0, 8]);
      },
    });
  }
}

Deno.test({
  name: "ZerocopySender keeps a buffer that the reader has not taken",
  ignore,
  fn() {
    using it = new Fixture(pinning);
    for (let request = 0; request < 4; request++) it.submit(page);
    it.sender.poll();
    assertEquals(it.sender.pendingCount > 0, true, "the reader's window is closed");
    assertEquals(it.drain(), `0:${page} 1:${page} 2:${page} 3:${page}`);
    it.sender.poll();
    assertEquals([it.ended, it.pool.freeCount], [["sent 0", "sent 1", "sent 2", "sent 3"], 8]);
  },
});

Deno.test({
  name: "ZerocopySender counts on when the numbers wrap inside a range",
  ignore,
  fn() {
    using it = new Fixture(tcp, { firstId: 0xffff_fffe });
    for (let request = 0; request < 4; request++) it.submit(page);
    it.drain();
    it.sender.poll();
    assertEquals(it.recorded.take().notifications, [{ low: 0xffff_fffe, high: 1, copied: true }]);
    assertEquals(it.ended, ["sent 0", "sent 1", "sent 2", "sent 3"]);
    assertEquals(it.sender.refusedCount, 0);
  },
});

Deno.test({
  name: "ZerocopySender waits for every send of a request when notifications overtake",
  ignore,
  fn() {
    using it = new Fixture(tcp, { chunkBytes: page, reordered: true });
    it.submit(2 * page);
    it.drain();
    it.sender.poll(1);
    assertEquals(it.recorded.take().notifications, [{ low: 1, high: 1, copied: true }]);
    assertEquals([it.ended, it.sender.inFlightCount], [[], 1]);
    it.sender.poll(1);
    assertEquals(it.ended, ["sent 0"]);
  },
});

Deno.test({
  name: "ZerocopySender ends a copied request only after the requests before it",
  ignore,
  fn() {
    using it = new Fixture(pinning, { thresholdBytes: page });
    it.submit(page);
    it.submit(100);
    assertEquals(it.ended, []);
    it.submit(page + 100);
    it.drain();
    it.sender.poll();
    assertEquals(it.ended, ["sent 0", "sent 1", "sent 2"]);
    assertEquals(it.recorded.take().sends.map(({ zerocopy }) => zerocopy), [true, false, true]);
  },
});

Deno.test({
  name: "ZerocopySender shares a send between held requests and splits at the chunk",
  ignore,
  fn() {
    using it = new Fixture(tcp, { chunkBytes: 2 * page });
    it.submit(page, true);
    it.submit(3 * page);
    assertEquals(it.recorded.take().sends.map(({ bytes }) => bytes), [2 * page, 2 * page]);
    assertEquals(it.drain(), `0:${page} 1:${3 * page}`);
    it.sender.poll();
    assertEquals(it.ended, ["sent 0", "sent 1"]);
  },
});

Deno.test({
  name: "ZerocopySender ends an empty request in its turn and without a notification",
  ignore,
  fn() {
    using it = new Fixture(tcp);
    it.submit(0);
    assertEquals(it.ended, ["sent 0"]);
    it.submit(page, true);
    it.submit(0, true);
    it.submit(page);
    assertEquals(it.recorded.take().sends.map(({ bytes }) => bytes), [0, page, 0, page]);
    assertEquals([it.ended, it.sender.inFlightCount], [["sent 0"], 2]);
    it.drain();
    it.sender.poll();
    assertEquals(it.ended, ["sent 0", "sent 0", "sent 1", "sent 2"]);
  },
});

Deno.test({
  name: "ZerocopySender goes on after a send that took a part",
  ignore,
  fn() {
    using it = new Fixture({ ...pinning, sendBufferBytes: 2 * page });
    it.submit(4 * page);
    it.submit(4 * page);
    const first = it.recorded.take().sends;
    assertEquals(first.some(({ bytes, result }) => result > 0 && result < bytes), true);
    let arrived = "";
    while (it.sender.pendingCount > 0) {
      arrived += `${it.drain()} `;
      it.sender.poll();
    }
    const total = [0, 0];
    for (const [, buffer, bytes] of arrived.matchAll(/(\d):(\d+)/g)) total[Number(buffer)]! += Number(bytes);
    assertEquals(total, [4 * page, 4 * page]);
    assertEquals(it.ended, ["sent 0", "sent 1"]);
  },
});

Deno.test({
  name: "ZerocopySender copies when there is no memory and nothing in flight to wait for",
  ignore,
  fn() {
    using it = new Fixture(pinning);
    it.submit(page);
    it.starved.starved = true;
    it.submit(page);
    assertEquals(it.recorded.take().sends.map(({ result }) => result), [page, -105]);
    it.drain();
    it.sender.poll();
    assertEquals(
      it.recorded.take().sends.map(({ zerocopy, result }) => [zerocopy, result]),
      [[true, -105], [false, page]],
    );
    assertEquals(it.ended, ["sent 0", "sent 1"]);
  },
});

Deno.test({
  name: "ZerocopySender keeps what the kernel still reads out of the pool when it closes",
  ignore,
  fn() {
    using it = new Fixture(pinning, { thresholdBytes: page });
    it.submit(page);
    it.submit(page);
    it.submit(100);
    it.sender.close();
    it.pair.closeSender();
    assertEquals([it.ended, it.pool.freeCount], [["aborted 0", "aborted 1", "aborted 2"], 6]);
    for (let buffer = it.pool.acquire(); buffer >= 0; buffer = it.pool.acquire()) {
      it.pool.bytes(buffer).fill(99);
    }
    assertEquals(it.drain(), `0:${page} 1:${page} 2:100`);
    assertEquals(it.sender.poll(), 0);
    assertThrows(() => it.sender.submit(2, 1), TypeError, "the sender is closed");
  },
});

Deno.test({
  name: "ZerocopySender reports a connection that is gone and uses up no number",
  ignore,
  fn() {
    using it = new Fixture(tcp);
    it.submit(page);
    it.drain();
    it.pair.resetPeer();
    assertThrows(() => it.submit(page), ErrnoError, "Cannot send 4096 bytes: ECONNRESET");
    assertThrows(() => it.sender.poll(), ErrnoError, "EPIPE");
    assertEquals(it.ended, ["sent 0"]);
    it.sender.close();
    assertEquals([it.ended, it.pool.freeCount], [["sent 0", "aborted 1"], 8]);
  },
});

/** A socket that takes everything and notifies what it is told. */
class ScriptedSocket implements ZerocopySocket {
  readonly notifications: (readonly [low: number, high: number])[] = [];
  /** What the next sends answer instead. */
  readonly errors: number[] = [];
  send(parts: GatherList): number {
    const error = this.errors.shift();
    return error === undefined ? parts.totalBytes : -error;
  }
  receiveNotification(into: Notification): boolean {
    const next = this.notifications.shift();
    if (next === undefined) return false;
    [into.low, into.high] = next;
    return true;
  }
  [Symbol.dispose](): void {}
}

Deno.test("ZerocopySender refuses notifications that make no sense and releases nothing twice", () => {
  using pool = new BufferPool(4, 16);
  const socket = new ScriptedSocket();
  const ended: number[] = [];
  const sender = new ZerocopySender(socket, pool, {
    spanLimit: 4,
    firstId: 0xffff_ffff,
    onEnd: (buffer) => ended.push(buffer),
  });
  for (let request = 0; request < 3; request++) sender.submit(pool.acquire(), 16);
  socket.notifications.push(
    [2, 2], // the next one, never sent
    [0xffff_fffe, 0xffff_ffff], // begins before the first
    [0xffff_ffff, 2], // longer than what is in flight
    [1, 0], // all numbers but none
    [0, 0], // sense
    [0, 0], // again
    [0xffff_ffff, 1], // holds one that is done
  );
  assertEquals(sender.poll(), 7);
  assertEquals([sender.refusedCount, sender.inFlightCount, ended], [6, 2, []]);
  socket.notifications.push([1, 1], [0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 1]);
  sender.poll();
  assertEquals([sender.refusedCount, ended, pool.freeCount], [7, [0, 1, 2], 4]);
});

Deno.test("ZerocopySender reports a send that is not permitted, uses up no number and can go on", () => {
  using pool = new BufferPool(2, 16);
  const socket = new ScriptedSocket();
  const ended: number[] = [];
  const sender = new ZerocopySender(socket, pool, { onEnd: (buffer) => ended.push(buffer) });
  socket.errors.push(1);
  assertThrows(() => sender.submit(pool.acquire(), 16), ErrnoError, "Cannot send 16 bytes: EPERM");
  assertEquals([sender.inFlightCount, sender.pendingCount, sender.hasUnsent, pool.freeCount], [
    0,
    1,
    true,
    1,
  ]);
  assertEquals(sender.poll(), 0);
  socket.notifications.push([0, 0]);
  sender.poll();
  assertEquals([sender.refusedCount, ended, pool.freeCount], [0, [0], 2]);
});

Deno.test("ZerocopySender reports a copying send for which there is no memory, instead of copying again", () => {
  using pool = new BufferPool(2, 16);
  const socket = new ScriptedSocket();
  const sender = new ZerocopySender(socket, pool, { thresholdBytes: 17 });
  socket.errors.push(105);
  assertThrows(() => sender.submit(pool.acquire(), 16), ErrnoError, "Cannot send 16 bytes: ENOBUFS");
  assertEquals([sender.hasUnsent, pool.freeCount], [true, 1]);
  assertEquals(sender.poll(), 0);
  assertEquals([sender.hasUnsent, pool.freeCount], [false, 2]);
});

Deno.test("ZerocopySender counts a failed send's number when the kernel notifies it", () => {
  using pool = new BufferPool(4, 16);
  const socket = new ScriptedSocket();
  const ended: number[] = [];
  const sender = new ZerocopySender(socket, pool, {
    batchRequests: 1,
    firstId: 0xffff_ffff,
    onEnd: (buffer) => ended.push(buffer),
  });
  sender.submit(pool.acquire(), 16); // 2^32 - 1
  socket.errors.push(1); // 0, which is lost
  socket.notifications.push([0xffff_ffff, 0]);
  assertThrows(() => sender.submit(pool.acquire(), 16), ErrnoError, "Cannot send 16 bytes: EPERM");
  assertEquals([sender.refusedCount, sender.inFlightCount, ended], [0, 0, [0]]);
  socket.errors.push(1); // 1, which is lost
  socket.notifications.push([1, 1]);
  assertThrows(() => sender.submit(pool.acquire(), 16), ErrnoError, "Cannot send 16 bytes: EPERM");
  sender.poll(); // 2 and 3 carry what was refused
  socket.notifications.push([2, 2]);
  sender.poll();
  assertEquals([sender.refusedCount, sender.inFlightCount, ended], [0, 1, [0, 1]]);
  socket.notifications.push([3, 3]);
  sender.poll();
  assertEquals([sender.refusedCount, sender.inFlightCount, ended], [0, 0, [0, 1, 0]]);
});

Deno.test("ZerocopySender holds back when the span of numbers in flight is used up", () => {
  using pool = new BufferPool(4, 16);
  const socket = new ScriptedSocket();
  const sender = new ZerocopySender(socket, pool, { spanLimit: 2, batchRequests: 1 });
  for (let request = 0; request < 4; request++) sender.submit(pool.acquire(), 16);
  assertEquals([sender.inFlightCount, sender.hasUnsent], [2, true]);
  socket.notifications.push([1, 1]);
  sender.poll();
  assertEquals([sender.inFlightCount, sender.pendingCount], [1, 4], "the oldest is still in flight");
  socket.notifications.push([0, 0]);
  sender.poll();
  assertEquals([sender.inFlightCount, sender.pendingCount], [2, 2]);
});

Deno.test("ZerocopySender refuses what its caller may not submit", () => {
  using pool = new BufferPool(2, 16);
  const sender = new ZerocopySender(new ScriptedSocket(), pool);
  assertThrows(() => sender.submit(0, 1), RangeError, "it is free");
  const buffer = pool.acquire();
  assertThrows(() => sender.submit(buffer, 17), RangeError, "bytes is 17, must be 0 to 16");
  sender.submit(buffer, 16);
  assertThrows(() => sender.submit(buffer, 16), RangeError, "it is submitted already");
  assertThrows(
    () => new ZerocopySender(new ScriptedSocket(), pool, { spanLimit: 0 }),
    RangeError,
    "spanLimit is 0",
  );
});
