/**
 * One connection of the soak: the real sender, a reader that checks every byte, and counts of what passed between
 * the sender and the kernel.
 *
 * @module
 */
import type { GatherList } from "../../ffi/gather_list.ts";
import { LoopbackPair } from "../../ffi/loopback_pair.ts";
import { acknowledgeNow, receive } from "../../ffi/socket.ts";
import type { Notification, ZerocopySocket } from "../../ffi/zerocopy_socket.ts";
import { KernelZerocopySocket } from "../../ffi/zerocopy_socket.ts";
import { BiasedSocket } from "../../impl/biased_socket.ts";
import { BufferPool } from "../../impl/buffer_pool.ts";
import { ZerocopySender } from "../../impl/zerocopy_sender.ts";

/** Buffers, and so requests that can be pending at once. */
export const bufferCount = 1024;
/** Not a divisor of 1000, so that one group lies across the wrap. */
const groupSends = 7;
/** A prime: bytes that are lost, doubled or swapped do not go unseen. */
const pattern = 251;

/** Counts what passes at the seam. */
export class WatchedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  sends = 0;
  copies = 0;
  notified = 0;
  records = 0;
  outOfOrder = 0;
  readonly overtakings: string[] = [];
  /** While set, records are written down. */
  kept: string[] | undefined;
  #expected: number | undefined;

  constructor(inner: ZerocopySocket) {
    this.#inner = inner;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    const sent = this.#inner.send(parts, zerocopy);
    if (sent > 0) {
      if (zerocopy) this.sends++;
      else this.copies++;
    }
    return sent;
  }

  receiveNotification(into: Notification): boolean {
    if (!this.#inner.receiveNotification(into)) return false;
    this.records++;
    this.notified += ((into.high - into.low) >>> 0) + 1;
    if (this.#expected !== undefined && into.low !== this.#expected) {
      this.outOfOrder++;
      if (this.overtakings.length < 20) {
        this.overtakings.push(`[${into.low}, ${into.high}] came where ${this.#expected} was next`);
      }
    }
    this.#expected = (into.high + 1) >>> 0;
    this.kept?.push(`[${into.low}, ${into.high}]`);
    return true;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

/** One connection with a sender, a reader that checks every byte, and the counts. */
export class SoakLine implements Disposable {
  readonly pair: LoopbackPair;
  readonly pool: BufferPool = new BufferPool(bufferCount, 1);
  readonly watched: WatchedSocket;
  readonly sender: ZerocopySender;
  readonly #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(65536);
  readonly #buffers: readonly Uint8Array[];
  damagedBytes = 0;
  ended = 0;
  submitted = 0;
  #write = 0;
  #read = 0;

  constructor(firstId: number) {
    this.pair = new LoopbackPair({ transport: "tcp", family: "ipv4", collectSmallSends: true });
    const kernel = new KernelZerocopySocket(this.pair.senderFd);
    this.watched = new WatchedSocket(firstId === 0 ? kernel : new BiasedSocket(kernel, firstId));
    this.#buffers = Array.from({ length: bufferCount }, (_, buffer) => this.pool.bytes(buffer));
    this.sender = new ZerocopySender(this.watched, this.pool, {
      batchRequests: 1,
      firstId,
      onEnd: () => {
        this.ended++;
      },
    });
  }

  /** Submits up to `most` bytes, as long as there are buffers and the kernel takes them. */
  submit(most: number): void {
    for (let count = 0; count < most && !this.sender.hasUnsent; count++) {
      const buffer = this.pool.acquire();
      if (buffer < 0) return;
      this.#buffers[buffer]![0] = this.#write;
      this.#write = this.#write === pattern - 1 ? 0 : this.#write + 1;
      this.submitted++;
      this.sender.submit(buffer, 1);
    }
  }

  /** Reads once, acknowledges, and polls. */
  turn(): void {
    const received = receive(this.pair.peerFd, this.#scratch, this.#scratch.length);
    if (received > 0) this.#check(this.#scratch.subarray(0, received));
    acknowledgeNow(this.pair.peerFd);
    this.sender.poll();
  }

  /** Reads, acknowledges and polls until nothing is pending. */
  settle(): void {
    do {
      this.pair.drain(this.#scratch, (bytes) => this.#check(bytes), () => {});
      this.sender.poll();
    } while (this.sender.hasUnsent);
  }

  /** Sends `count` bytes in groups, each drained before the next, and returns the records. */
  groups(count: number): string[] {
    this.settle();
    this.watched.kept = [];
    const target = this.watched.sends + count;
    while (this.watched.sends < target) {
      this.submit(Math.min(groupSends, target - this.watched.sends));
      this.settle();
    }
    return this.watched.kept;
  }

  #check(bytes: Uint8Array): void {
    let expected = this.#read;
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== expected) this.damagedBytes++;
      expected = expected === pattern - 1 ? 0 : expected + 1;
    }
    this.#read = expected;
  }

  [Symbol.dispose](): void {
    this.pair[Symbol.dispose]();
    this.pool[Symbol.dispose]();
  }
}
