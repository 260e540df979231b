/**
 * A sender over a zero-copy socket: requests go out in order, and a buffer comes back only when the kernel has let
 * go of every page of it.
 *
 * The kernel numbers the successful zero-copy sends of a socket with a 32-bit counter and says later which numbers
 * it is done with. This sender keeps the same counter, and for each number in flight which requests it carried.
 *
 * @see {@link https://docs.kernel.org/networking/msg_zerocopy.html}
 * @module
 */
import { ErrnoError } from "../ffi/errno.ts";
import { GatherList } from "../ffi/gather_list.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { NumbersInFlight } from "./numbers_in_flight.ts";
import { RequestQueue } from "./request_queue.ts";
import { completeSenderOptions, type Ending, type SenderOptions } from "./zerocopy_sender_options.ts";

const [EAGAIN, ENOBUFS] = [11, 105];

/**
 * Sends buffers of a pool. It owns neither the pool nor the socket.
 *
 * Nothing here waits: {@link submit} sends what the kernel takes at once, {@link poll} does the rest and is to be
 * called when the socket is readable for errors (`POLLERR`) or writable again (`POLLOUT`).
 *
 * @example A buffer is free again when the kernel has said so
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { LoopbackPair } from "../ffi/loopback_pair.ts";
 * import { sockets } from "../ffi/socket.ts";
 * import { KernelZerocopySocket, whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
 * import { BufferPool } from "./buffer_pool.ts";
 * import { ZerocopySender } from "./zerocopy_sender.ts";
 *
 * if (whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM) === undefined) {
 *   using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
 *   using pool = new BufferPool(2, 4096);
 *   const sender = new ZerocopySender(new KernelZerocopySocket(pair.senderFd), pool);
 *   const buffer = pool.acquire();
 *   pool.bytes(buffer).fill(7);
 *   sender.submit(buffer, 4096);
 *   assertEquals([sender.inFlightCount, pool.freeCount], [1, 1]);
 *   pair.drain(new Uint8Array(4096), () => {}, () => {});
 *   sender.poll();
 *   assertEquals([sender.inFlightCount, pool.freeCount], [0, 2]);
 * }
 * ```
 */
export class ZerocopySender {
  protected readonly socket: ZerocopySocket;
  protected readonly pool: BufferPool;
  protected readonly numbers: NumbersInFlight;
  protected readonly requests: RequestQueue;
  protected readonly onEnd: (buffer: number, ending: Ending) => void;
  protected readonly tick: () => void;

  readonly #thresholdBytes: number;
  readonly #chunkBytes: number;
  readonly #batchRequests: number;
  readonly #spanLimit: number;
  readonly #parts: GatherList;
  readonly #notification: Notification = { low: 0, high: 0, copied: false };
  /** By buffer: whether a request of this sender holds it. */
  readonly #submitted: Uint8Array;
  #refusedCount = 0;
  #closed = false;

  /** @throws {RangeError} for an option out of range */
  constructor(socket: ZerocopySocket, pool: BufferPool, options: SenderOptions = {}) {
    const complete = completeSenderOptions(options);
    this.socket = socket;
    this.pool = pool;
    this.#thresholdBytes = complete.thresholdBytes;
    this.#chunkBytes = complete.chunkBytes;
    this.#batchRequests = complete.batchRequests;
    this.#spanLimit = complete.spanLimit;
    this.onEnd = complete.onEnd;
    this.tick = complete.tick;
    this.numbers = new NumbersInFlight(complete.spanLimit, this.start(complete.firstId));
    this.requests = new RequestQueue(pool.bufferCount);
    this.#submitted = new Uint8Array(pool.bufferCount);
    this.#parts = new GatherList(complete.batchRequests);
  }

  /** Requests that have not ended. */
  get pendingCount(): number {
    return this.requests.tail - this.requests.head;
  }

  /** Zero-copy sends whose notification has not been read. */
  get inFlightCount(): number {
    return this.numbers.count;
  }

  /** Whether bytes wait for the kernel to take them. */
  get hasUnsent(): boolean {
    return this.requests.unsent < this.requests.tail;
  }

  /** Notifications that made no sense (a number not in flight, a range too long) and had no effect. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /**
   * Queues the first `bytes` bytes of a buffer acquired from the pool, which from now on belongs to the sender, and
   * sends what the kernel takes. With `hold` nothing is sent before the next call, so that requests can share a send.
   *
   * @throws {RangeError} when the buffer is free or already submitted, or `bytes` exceeds it
   * @throws {ErrnoError} when the kernel refuses to send for good (`EPIPE`, `ECONNRESET`, ...); the request stays
   * pending, the next call tries again, and {@link close} ends it
   */
  submit(buffer: number, bytes: number, hold = false): void {
    if (this.#closed) throw new TypeError("Cannot submit: the sender is closed");
    if (this.pool.isFree(buffer)) throw new RangeError(`Cannot submit buffer ${buffer}: it is free`);
    if (this.#submitted[buffer] === 1) {
      throw new RangeError(`Cannot submit buffer ${buffer}: it is submitted already`);
    }
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > this.pool.bufferBytes) {
      throw new RangeError(
        `Cannot submit buffer ${buffer}: bytes is ${bytes}, must be 0 to ${this.pool.bufferBytes}`,
      );
    }
    this.#submitted[buffer] = 1;
    this.requests.push(buffer, bytes);
    if (!hold) this.flush();
  }

  /**
   * Reads at most `maxRecords` notifications, ends the requests that are through, sends what is queued, and says how
   * many notifications it read. After {@link close} it does nothing.
   *
   * @throws {ErrnoError} as {@link submit}
   */
  poll(maxRecords: number = Infinity): number {
    if (this.#closed) return 0;
    let records = 0;
    while (records < maxRecords && this.socket.receiveNotification(this.#notification)) {
      records++;
      this.#heed(this.#notification);
    }
    this.flush();
    return records;
  }

  /**
   * Gives up: every pending request ends as aborted. Buffers that the kernel still reads stay out of the pool for
   * good, because no notification will tell when it is done. The socket is not closed; the caller does that.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { requests } = this;
    while (requests.head < requests.tail) {
      const serial = requests.head++;
      const buffer = requests.buffer[requests.at(serial)]!;
      if (this.kernelIsDone(serial)) this.giveBack(buffer);
      this.onEnd(buffer, "aborted");
    }
  }

  /** The number of the first send of a socket that has done `firstId` already. */
  protected start(firstId: number): number {
    return firstId;
  }

  /** The number after `id`. */
  protected successor(id: number): number {
    return (id + 1) >>> 0;
  }

  /** Whether a send with this result has used up a number. */
  protected usesId(sent: number, zerocopy: boolean): boolean {
    return zerocopy && sent > 0;
  }

  /** Whether the kernel is done with an aborted request's buffer. */
  protected kernelIsDone(serial: number): boolean {
    return this.requests.pending[this.requests.at(serial)] === 0;
  }

  /** No memory for a notification: whether to copy instead of waiting. Waiting needs something to wait for. */
  protected copiesInstead(): boolean {
    return this.numbers.count === 0;
  }

  /** Counts off the numbers from `low` to `high`, which may wrap. */
  protected letGo(low: number, high: number): void {
    for (let id = low;; id = (id + 1) >>> 0) {
      this.letGoOf(id);
      if (id === high) return;
    }
  }

  /** Counts off one number. */
  protected letGoOf(id: number): void {
    this.tick();
    const count = this.numbers.requestsOf(id);
    if (count === 0) return;
    const first = this.numbers.strike(id);
    for (let serial = first; serial < first + count; serial++) this.notified(serial, id);
  }

  /** Send `id` carried a part of request `serial`. */
  protected carried(serial: number, _id: number): void {
    this.requests.pending[this.requests.at(serial)]!++;
  }

  /** A copying send carried a part of request `serial`. */
  protected copied(_serial: number): void {}

  /** The kernel is done with send `id`, which carried a part of request `serial`. */
  protected notified(serial: number, _id: number): void {
    this.requests.pending[this.requests.at(serial)]!--;
  }

  /** Whether nothing more is to come for a request of which everything is sent. */
  protected isThrough(serial: number): boolean {
    return this.requests.pending[this.requests.at(serial)] === 0;
  }

  /** Ends, in the order of submission, the requests that are through. */
  protected endInOrder(): void {
    const { requests } = this;
    while (requests.head < requests.unsent && this.isThrough(requests.head)) this.end(requests.head++);
  }

  /** Ends one request. */
  protected end(serial: number): void {
    const buffer = this.requests.buffer[this.requests.at(serial)]!;
    this.giveBack(buffer);
    this.onEnd(buffer, "sent");
  }

  /** Returns a buffer to the pool. */
  protected giveBack(buffer: number): void {
    this.#submitted[buffer] = 0;
    this.pool.release(buffer);
  }

  /** Every byte of request `serial` is with the kernel. */
  protected sentWhole(_serial: number): void {}

  /** Sends what is queued until the kernel takes no more, then ends what is through. */
  protected flush(): void {
    try {
      this.#sendQueued();
    } finally {
      this.endInOrder();
    }
  }

  #heed({ low, high }: Notification): void {
    if (this.numbers.includes(low, high)) this.letGo(low, high);
    else this.#refusedCount++;
  }

  /**
   * Finds out whether a zero-copy send that failed for good has used up its number all the same. A datagram that a
   * firewall refuses has: it was complete when it was refused. The kernel has notified its number by now, alone or at
   * the end of a range; unheeded, all later numbers would be one too small and stand for each other's requests.
   */
  #noticeUsedNumber(): void {
    const { numbers } = this;
    const failed = numbers.nextId;
    while (this.socket.receiveNotification(this.#notification)) {
      const { low, high } = this.#notification;
      if (high === failed && numbers.nextId === failed) {
        if (low !== high) this.#heed({ low, high: (high - 1) >>> 0, copied: false });
        numbers.skipTo(this.successor(failed));
      } else {
        this.#heed(this.#notification);
      }
    }
  }

  #sendQueued(): void {
    const { numbers, requests } = this;
    let copying = false;
    while (requests.unsent < requests.tail) {
      requests.gather(this.#parts, this.pool, this.#batchRequests, this.#chunkBytes);
      const bytes = this.#parts.totalBytes;
      const zerocopy = bytes >= this.#thresholdBytes && !copying;
      copying = false;
      if (zerocopy && numbers.span >= this.#spanLimit) return;
      const sent = this.socket.send(this.#parts, zerocopy);
      const id = numbers.nextId;
      const usesId = this.usesId(sent, zerocopy);
      if (usesId) numbers.nextId = this.successor(id);
      if (sent < 0) {
        if (sent === -EAGAIN) return;
        if (sent !== -ENOBUFS || !zerocopy) {
          if (zerocopy) this.#noticeUsedNumber();
          throw new ErrnoError(`send ${bytes} bytes`, -sent);
        }
        if (!this.copiesInstead()) return;
        copying = true;
        continue;
      }
      this.#account(sent, usesId, id);
      if (sent < bytes) return;
    }
  }

  /** Gives `sent` bytes to the queued requests in order, and notes which of them number `id` carries. */
  #account(sent: number, usesId: boolean, id: number): void {
    const { requests } = this;
    const first = requests.unsent;
    let carriers = 0;
    let rest = sent;
    for (let part = 0; part < this.#parts.partCount; part++) {
      const serial = first + part;
      const at = requests.at(serial);
      const missing = requests.bytes[at]! - requests.sent[at]!;
      const bytes = Math.min(missing, rest);
      if (bytes === 0 && sent > 0) break;
      rest -= bytes;
      requests.sent[at]! += bytes;
      if (usesId) this.carried(serial, id);
      else this.copied(serial);
      carriers++;
      if (bytes < missing) break;
      requests.unsent++;
      this.sentWhole(serial);
    }
    if (usesId) this.numbers.book(id, first, carriers);
  }
}
