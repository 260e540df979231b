import { assertEquals, assertThrows } from "@std/assert";
import { addressOf, GatherList } from "./gather_list.ts";
import { EnvironmentError } from "./library.ts";
import type { LoopbackOptions } from "./loopback_pair.ts";
import { LoopbackPair } from "./loopback_pair.ts";
import { skipUnless } from "./skip_unless.ts";
import { closeSocket, openSocket, pollSocket, sockets } from "./socket.ts";
import type { Notification } from "./zerocopy_socket.ts";
import { KernelZerocopySocket, whyNoZerocopy } from "./zerocopy_socket.ts";

const { AF_INET, SOCK_STREAM } = sockets;
const missing = whyNoZerocopy(AF_INET, SOCK_STREAM);
const { ignore } = skipUnless("zero-copy sockets", missing && `SO_ZEROCOPY answers ${missing}`);

const memory = new Uint8Array(8192).fill(7);
const address = addressOf(memory);

function partsOf(...bytes: readonly number[]): GatherList {
  const parts = new GatherList(4);
  for (const each of bytes) parts.add(address, each);
  return parts;
}

/** Sends twice with and once without zero-copy, drains the reader, and returns what was notified. */
function exchange(options: LoopbackOptions): { bytes: number; notified: Notification[] } {
  using pair = new LoopbackPair(options);
  using socket = new KernelZerocopySocket(pair.senderFd);
  assertEquals(socket.send(partsOf(1024, 1024), true), 2048);
  assertEquals(socket.send(partsOf(512), false), 512);
  assertEquals(socket.send(partsOf(1024), true), 1024);
  let bytes = 0;
  pair.drain(new Uint8Array(65536), (piece) => {
    bytes += piece.length;
    assertEquals(piece.every((byte) => byte === 7), true);
  }, () => {});
  const notified: Notification[] = [];
  for (let into = { low: 9, high: 9, copied: false }; socket.receiveNotification(into); into = { ...into }) {
    notified.push(into);
  }
  return { bytes, notified };
}

for (const transport of ["tcp", "udp"] as const) {
  for (const family of ["ipv4", "ipv6"] as const) {
    Deno.test({
      name: `KernelZerocopySocket numbers zero-copy sends only, over ${transport} and ${family}`,
      ignore,
      fn() {
        assertEquals(exchange({ transport, family }), {
          bytes: 3584,
          notified: [{ low: 0, high: 1, copied: true }],
        });
      },
    });
  }
}

Deno.test({
  name: "KernelZerocopySocket uses up no number for an empty send",
  ignore,
  fn() {
    using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
    using socket = new KernelZerocopySocket(pair.senderFd);
    assertEquals(socket.send(partsOf(0), true), 0);
    assertEquals(socket.send(partsOf(1), true), 1);
    pair.drain(new Uint8Array(16), () => {}, () => {});
    const into = { low: 9, high: 9, copied: false };
    assertEquals(socket.receiveNotification(into), true);
    assertEquals([into.low, into.high], [0, 0]);
    assertEquals(socket.receiveNotification(into), false);
  },
});

Deno.test({
  name: "KernelZerocopySocket makes its socket ready for POLLERR while a notification waits, and only then",
  ignore,
  fn() {
    using pair = new LoopbackPair({ transport: "udp", family: "ipv4" });
    using socket = new KernelZerocopySocket(pair.senderFd);
    const isReady = (): boolean => (pollSocket(pair.senderFd, 0, 0) & sockets.POLLERR) !== 0;
    assertEquals(isReady(), false);
    socket.send(partsOf(1), true);
    assertEquals(isReady(), true);
    assertEquals(socket.receiveNotification({ low: 0, high: 0, copied: false }), true);
    assertEquals(isReady(), false);
  },
});

Deno.test("KernelZerocopySocket refuses a socket that can not send without copying", { ignore }, () => {
  const fd = openSocket(sockets.AF_UNIX, SOCK_STREAM);
  try {
    assertThrows(() => new KernelZerocopySocket(fd), EnvironmentError, "setting SO_ZEROCOPY answers");
  } finally {
    closeSocket(fd);
  }
  assertThrows(() => new KernelZerocopySocket(fd), EnvironmentError, "EBADF");
});

Deno.test("GatherList holds no more than its capacity", () => {
  assertThrows(() => new GatherList(0), RangeError, "capacity is 0");
  assertThrows(() => partsOf(1, 1, 1, 1, 1), RangeError, "holds 4");
});
