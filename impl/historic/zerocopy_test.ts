/**
 * What mistakes do where the models have stopped looking: to the bytes on the wire when a buffer is free too early, and
 * to a range that wraps. Beside the correct sender.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { LoopbackPair } from "../../ffi/loopback_pair.ts";
import { sockets } from "../../ffi/socket.ts";
import { KernelZerocopySocket, whyNoZerocopy } from "../../ffi/zerocopy_socket.ts";
import { BiasedSocket } from "../biased_socket.ts";
import { BufferPool } from "../buffer_pool.ts";
import { ZerocopySender } from "../zerocopy_sender.ts";
import { FreeOnCloseSender } from "./zerocopy_free_on_close.ts";
import { FreeOnSendSender } from "./zerocopy_free_on_send.ts";
import { RangeLoopSender } from "./zerocopy_range_loop.ts";

const missing = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const why = missing === undefined ? "" : ` (skipped: SO_ZEROCOPY answers ${missing})`;
const page = 4096;
const buffers = 4;

/** Sends pages of ones to a reader that does not read, fills every free buffer with nines, then reads. */
function arrived(Sender: typeof ZerocopySender, closes: boolean): Set<number> {
  using pair = new LoopbackPair({ transport: "tcp", family: "ipv4", receiveBufferBytes: 2 * page });
  using pool = new BufferPool(buffers, page);
  const sender = new Sender(new KernelZerocopySocket(pair.senderFd), pool, { batchRequests: 1 });
  for (let request = 0; request < buffers; request++) {
    const buffer = pool.acquire();
    pool.bytes(buffer).fill(1);
    sender.submit(buffer, page);
  }
  if (closes) {
    sender.close();
    pair.closeSender();
  }
  for (let buffer = pool.acquire(); buffer >= 0; buffer = pool.acquire()) pool.bytes(buffer).fill(9);
  const found = new Set<number>();
  pair.drain(new Uint8Array(65536), (bytes) => {
    for (const byte of bytes) found.add(byte);
  }, () => {});
  return found;
}

Deno.test({
  name: `FreeOnCloseSender lets bytes out that were written after it closed${why}`,
  ignore: missing !== undefined,
  fn() {
    assertEquals(arrived(ZerocopySender, true), new Set([1]));
    assertEquals(arrived(FreeOnCloseSender, true), new Set([1, 9]));
  },
});

Deno.test({
  name: `FreeOnSendSender lets bytes out that were written after it sent${why}`,
  ignore: missing !== undefined,
  fn() {
    assertEquals(arrived(ZerocopySender, false), new Set([1]));
    const found = arrived(FreeOnSendSender, false);
    assertEquals(found.has(9), true);
  },
});

/** How many of four requests end whose numbers are notified as one range from 2^32 - 2 to 1. */
function endedAcrossWrap(Sender: typeof ZerocopySender): number {
  using pair = new LoopbackPair({ transport: "udp", family: "ipv4" });
  using pool = new BufferPool(buffers, page);
  let ended = 0;
  const firstId = 2 ** 32 - 2;
  const sender = new Sender(new BiasedSocket(new KernelZerocopySocket(pair.senderFd), firstId), pool, {
    batchRequests: 1,
    firstId,
    onEnd: () => {
      ended++;
    },
  });
  for (let request = 0; request < buffers; request++) sender.submit(pool.acquire(), page);
  assertEquals([sender.poll(), sender.refusedCount], [1, 0]);
  return ended;
}

Deno.test({
  name: `RangeLoopSender passes over a range that wraps${why}`,
  ignore: missing !== undefined,
  fn() {
    assertEquals([endedAcrossWrap(ZerocopySender), endedAcrossWrap(RangeLoopSender)], [buffers, 0]);
  },
});
