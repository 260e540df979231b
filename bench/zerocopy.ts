/**
 * What the zero-copy sender costs, in ratios within one run: against a bare loop over the same calls, and against
 * sends that copy; and how fast the lockstep driver is against the kernel.
 *
 * `deno task bench:zerocopy [--quick]` prints medians of interleaved rounds, per second of this process's own time,
 * the kernel's work for it included: neighbours on the machine do not count.
 *
 * @module
 */
import process from "node:process";
import { GatherList } from "../ffi/gather_list.ts";
import { LoopbackPair } from "../ffi/loopback_pair.ts";
import { acknowledgeNow, receive, sockets } from "../ffi/socket.ts";
import { KernelZerocopySocket, whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
import { BufferPool } from "../impl/buffer_pool.ts";
import { ZerocopySender } from "../impl/zerocopy_sender.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { zerocopyIndexProtocol } from "../props/zerocopy_index.ts";

const quick = Deno.args.includes("--quick");
const rounds = quick ? 3 : 9;
const scratch = new Uint8Array(1 << 20);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Stops the time, user and system together. */
function stopwatch(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}

const missing = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
if (missing !== undefined) {
  print(`Cannot measure: SO_ZEROCOPY answers ${missing}`);
  Deno.exit(3);
}

const tiny = { transport: "tcp", family: "ipv4", collectSmallSends: true } as const;
const burst = 1024;

/** One-byte zero-copy sends per second of a loop that only calls the kernel, over messages made beforehand. */
function bareSends(count: number): number {
  using pair = new LoopbackPair(tiny);
  using pool = new BufferPool(burst, 1);
  const socket = new KernelZerocopySocket(pair.senderFd);
  const messages = Array.from({ length: burst }, (_, index) => {
    const parts = new GatherList(1);
    parts.add(pool.address + index, 1);
    return parts;
  });
  const notification = { low: 0, high: 0, copied: false };
  const seconds = stopwatch();
  let [sent, notified] = [0, 0];
  while (notified < count) {
    for (let index = 0; index < burst && sent < count; index++) {
      if (socket.send(messages[index]!, true) < 0) break;
      sent++;
    }
    receive(pair.peerFd, scratch, 65536);
    acknowledgeNow(pair.peerFd);
    while (socket.receiveNotification(notification)) {
      notified += ((notification.high - notification.low) >>> 0) + 1;
    }
  }
  return count / seconds();
}

/** The same with the sender: pool, requests, counter, notifications. */
function senderSends(count: number): number {
  using pair = new LoopbackPair(tiny);
  using pool = new BufferPool(burst, 1);
  let ended = 0;
  const sender = new ZerocopySender(new KernelZerocopySocket(pair.senderFd), pool, {
    batchRequests: 1,
    onEnd: () => {
      ended++;
    },
  });
  const seconds = stopwatch();
  let sent = 0;
  while (ended < count) {
    for (let index = 0; index < burst && sent < count && !sender.hasUnsent; index++) {
      const buffer = pool.acquire();
      if (buffer < 0) break;
      sender.submit(buffer, 1);
      sent++;
    }
    receive(pair.peerFd, scratch, 65536);
    acknowledgeNow(pair.peerFd);
    sender.poll();
  }
  return count / seconds();
}

/** Payload in GiB/s through the sender, copying or not; the reader takes everything on the same thread. */
function throughput(bytes: number, total: number, zerocopy: boolean): number {
  using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
  using pool = new BufferPool(16, bytes);
  let ended = 0;
  const sender = new ZerocopySender(new KernelZerocopySocket(pair.senderFd), pool, {
    thresholdBytes: zerocopy ? 0 : 2 ** 31 - 1,
    batchRequests: 1,
    onEnd: () => {
      ended++;
    },
  });
  const count = Math.ceil(total / bytes);
  const seconds = stopwatch();
  let sent = 0;
  while (ended < count) {
    while (sent < count && !sender.hasUnsent) {
      const buffer = pool.acquire();
      if (buffer < 0) break;
      sender.submit(buffer, bytes);
      sent++;
    }
    while (receive(pair.peerFd, scratch, scratch.length) > 0);
    acknowledgeNow(pair.peerFd);
    sender.poll();
  }
  return count * bytes / 2 ** 30 / seconds();
}

const sends = quick ? 100_000 : 400_000;
const pairs = Array.from({ length: rounds }, () => [bareSends(sends), senderSends(sends)] as const);
const ratios = pairs.map(([bare, sender]) => sender / bare);
print(
  `1-byte zero-copy sends: bare loop ${(median(pairs.map(([bare]) => bare)) / 1e6).toFixed(2)} M/s, ` +
    `sender ${(median(pairs.map(([, sender]) => sender)) / 1e6).toFixed(2)} M/s, ` +
    `ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${
      Math.max(...ratios).toFixed(2)
    })`,
);

for (const kibibytes of [4, 16, 64, 256, 1024]) {
  const total = (quick ? 64 : 256) * 2 ** 20;
  const both = Array.from(
    { length: rounds },
    () => [throughput(kibibytes * 1024, total, false), throughput(kibibytes * 1024, total, true)] as const,
  );
  print(
    `${kibibytes} KiB sends: copied ${median(both.map(([copied]) => copied)).toFixed(2)} GiB/s, ` +
      `zero-copy ${median(both.map(([, zerocopy]) => zerocopy)).toFixed(2)} GiB/s, ` +
      `ratio ${median(both.map(([copied, zerocopy]) => zerocopy / copied)).toFixed(2)}`,
  );
}

for (const name of ["kernel", "reordered", "udp"]) {
  const sides = sidesOf(zerocopyIndexProtocol.scopes[name]!());
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const seconds = stopwatch();
    const result = await lockstep(sides, { cases: quick ? 100 : 300, commandsPerCase: 60, seed: round });
    if (result.finding !== undefined) throw new Error(`Cannot measure ${name}: the sender disagrees`);
    rates.push(result.commands / seconds());
  }
  print(`lockstep, scope ${name}: ${(median(rates) / 1000).toFixed(1)} thousand commands/s`);
}
