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

/** How a request ended: everything sent and let go of, or given up by {@link ZerocopySender.close}. */
export type Ending = "sent" | "aborted";

/** What a sender may be told. */
export interface SenderOptions {
  /** A send of fewer bytes is an ordinary one, which copies. 0 = never. Default 0. */
  readonly thresholdBytes?: number;
  /** Most bytes of one send. Default 1 MiB. */
  readonly chunkBytes?: number;
  /** Most requests that share one send; 1 on datagram sockets. Default 64. */
  readonly batchRequests?: number;
  /** Most numbers from the oldest one in flight to the next one, 1 to 2^20. Default 4096. */
  readonly spanLimit?: number;
  /** The number of the first zero-copy send: how many this socket has done already. Default 0. */
  readonly firstId?: number;
  /** Told of every request once, in the order of submission. It may submit unless it hears of an abort; it may not poll. */
  readonly onEnd?: (buffer: number, ending: Ending) => void;
  /** Called for every number let go of; may throw to end a loop that does not end by itself. */
  readonly tick?: () => void;
}

const [EAGAIN, ENOBUFS] = [11, 105];

/**
 * Sends buffers of a pool. It owns neither the pool nor the socket.
 *
 * Nothing here waits: {@link submit} sends what the kernel takes at once, {@link poll} does the rest and is to be
 * called when the socket is readable for errors (`POLLERR`) or writable again (`POLLOUT`).
 */
export class ZerocopySender {
  protected readonly socket: ZerocopySocket;
  protected readonly pool: BufferPool;
  /** The number of the next zero-copy send. */
  protected nextId: number;
  /** The oldest number in flight, or `nextId`. */
  protected oldestId: number;
  /** Requests by serial number: ended below `#head`, sent below `#unsent`, submitted below `#tail`. */
  protected head = 0;
  protected unsent = 0;
  protected tail = 0;
  /** By serial number modulo its length: the buffer, its bytes, those sent, and how many sends carry it. */
  protected readonly requestBuffer: Uint32Array;
  protected readonly requestBytes: Uint32Array;
  protected readonly requestSent: Uint32Array;
  protected readonly requestPending: Uint32Array;
  protected readonly onEnd: (buffer: number, ending: Ending) => void;
  protected readonly tick: () => void;

  readonly #thresholdBytes: number;
  readonly #chunkBytes: number;
  readonly #batchRequests: number;
  readonly #spanLimit: number;
  /** By number modulo its length: the first request of that send, and how many; none = not in flight. */
  readonly #idFirst: Float64Array;
  readonly #idRequests: Uint32Array;
  readonly #parts: GatherList;
  readonly #notification: Notification = { low: 0, high: 0, copied: false };
  /** By buffer: whether a request of this sender holds it. */
  readonly #submitted: Uint8Array;
  #inFlightCount = 0;
  #refusedCount = 0;
  #closed = false;

  /** @throws {RangeError} for an option out of range */
  constructor(socket: ZerocopySocket, pool: BufferPool, options: SenderOptions = {}) {
    const ranged = (name: keyof SenderOptions, value: number, min: number, max: number): number => {
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      throw new RangeError(`Cannot make a sender: ${name} is ${value}, must be ${min} to ${max}`);
    };
    this.socket = socket;
    this.pool = pool;
    this.#thresholdBytes = ranged("thresholdBytes", options.thresholdBytes ?? 0, 0, 2 ** 31 - 1);
    this.#chunkBytes = ranged("chunkBytes", options.chunkBytes ?? 2 ** 20, 1, 2 ** 31 - 1);
    this.#batchRequests = ranged("batchRequests", options.batchRequests ?? 64, 1, 1024);
    this.#spanLimit = ranged("spanLimit", options.spanLimit ?? 4096, 1, 2 ** 20);
    this.nextId = this.start(ranged("firstId", options.firstId ?? 0, 0, 2 ** 32 - 1));
    this.oldestId = this.nextId;
    this.onEnd = options.onEnd ?? (() => {});
    this.tick = options.tick ?? (() => {});
    const requests = powerOfTwo(pool.bufferCount);
    this.requestBuffer = new Uint32Array(requests);
    this.requestBytes = new Uint32Array(requests);
    this.requestSent = new Uint32Array(requests);
    this.requestPending = new Uint32Array(requests);
    this.#submitted = new Uint8Array(pool.bufferCount);
    this.#idFirst = new Float64Array(powerOfTwo(this.#spanLimit));
    this.#idRequests = new Uint32Array(this.#idFirst.length);
    this.#parts = new GatherList(this.#batchRequests);
  }

  /** Requests that have not ended. */
  get pendingCount(): number {
    return this.tail - this.head;
  }

  /** Zero-copy sends whose notification has not been read. */
  get inFlightCount(): number {
    return this.#inFlightCount;
  }

  /** Whether bytes wait for the kernel to take them. */
  get hasUnsent(): boolean {
    return this.unsent < this.tail;
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
   * @throws {ErrnoError} when the kernel refuses to send for good (`EPIPE`, `ECONNRESET`, ...)
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
    const at = this.at(this.tail++);
    this.requestBuffer[at] = buffer;
    this.requestBytes[at] = bytes;
    this.requestSent[at] = 0;
    this.requestPending[at] = 0;
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
    const notification = this.#notification;
    let records = 0;
    while (records < maxRecords && this.socket.receiveNotification(notification)) {
      records++;
      if (this.#makesSense(notification.low, notification.high)) {
        this.letGo(notification.low, notification.high);
      } else {
        this.#refusedCount++;
      }
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
    while (this.head < this.tail) {
      const serial = this.head++;
      const buffer = this.requestBuffer[this.at(serial)]!;
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
    return this.requestPending[this.at(serial)] === 0;
  }

  /** No memory for a notification: whether to copy instead of waiting. Waiting needs something to wait for. */
  protected copiesInstead(): boolean {
    return this.#inFlightCount === 0;
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
    const slot = this.idAt(id);
    const count = this.#idRequests[slot]!;
    if (count === 0) return;
    this.#idRequests[slot] = 0;
    this.#inFlightCount--;
    const first = this.#idFirst[slot]!;
    for (let serial = first; serial < first + count; serial++) this.notified(serial, id);
    while (this.oldestId !== this.nextId && this.#idRequests[this.idAt(this.oldestId)] === 0) {
      this.oldestId = (this.oldestId + 1) >>> 0;
    }
  }

  /** Send `id` carried a part of request `serial`. */
  protected carried(serial: number, _id: number): void {
    this.requestPending[this.at(serial)]!++;
  }

  /** A copying send carried a part of request `serial`. */
  protected copied(_serial: number): void {}

  /** The kernel is done with send `id`, which carried a part of request `serial`. */
  protected notified(serial: number, _id: number): void {
    this.requestPending[this.at(serial)]!--;
  }

  /** Whether nothing more is to come for a request of which everything is sent. */
  protected isThrough(serial: number): boolean {
    return this.requestPending[this.at(serial)] === 0;
  }

  /** Ends, in the order of submission, the requests that are through. */
  protected endInOrder(): void {
    while (this.head < this.unsent && this.isThrough(this.head)) this.end(this.head++);
  }

  /** Ends one request. */
  protected end(serial: number): void {
    const buffer = this.requestBuffer[this.at(serial)]!;
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

  /** The place of request `serial` in the request arrays. */
  protected at(serial: number): number {
    return serial & (this.requestBuffer.length - 1);
  }

  /** The place of number `id` in the arrays of numbers. */
  protected idAt(id: number): number {
    return id & (this.#idFirst.length - 1);
  }

  /** Sends what is queued until the kernel takes no more, then ends what is through. */
  protected flush(): void {
    try {
      this.#sendQueued();
    } finally {
      this.endInOrder();
    }
  }

  #sendQueued(): void {
    let copying = false;
    while (this.unsent < this.tail) {
      this.#gather();
      const bytes = this.#parts.totalBytes;
      const zerocopy = bytes >= this.#thresholdBytes && !copying;
      copying = false;
      if (zerocopy && ((this.nextId - this.oldestId) >>> 0) >= this.#spanLimit) return;
      const sent = this.socket.send(this.#parts, zerocopy);
      const id = this.nextId;
      const usesId = this.usesId(sent, zerocopy);
      if (usesId) this.nextId = this.successor(id);
      if (sent < 0) {
        if (sent === -EAGAIN) return;
        if (sent !== -ENOBUFS || !zerocopy) throw new ErrnoError(`send ${bytes} bytes`, -sent);
        if (!this.copiesInstead()) return;
        copying = true;
        continue;
      }
      this.#account(sent, usesId, id);
      if (sent < bytes) return;
    }
  }

  /**
   * Collects the bytes of the next send: as many requests, whole or in part, as it may hold. An empty request is a
   * send of its own, so that it waits for nobody's notification.
   */
  #gather(): void {
    const parts = this.#parts;
    parts.clear();
    let room = this.#chunkBytes;
    const last = Math.min(this.tail, this.unsent + this.#batchRequests);
    for (let serial = this.unsent; serial < last && room > 0; serial++) {
      const at = this.at(serial);
      const done = this.requestSent[at]!;
      const bytes = Math.min(this.requestBytes[at]! - done, room);
      if (bytes === 0 && parts.partCount > 0) return;
      parts.add(this.pool.address + this.requestBuffer[at]! * this.pool.bufferBytes + done, bytes);
      if (bytes === 0) return;
      room -= bytes;
    }
  }

  /** Gives `sent` bytes to the queued requests in order, and notes which of them number `id` carries. */
  #account(sent: number, usesId: boolean, id: number): void {
    const first = this.unsent;
    let carriers = 0;
    let rest = sent;
    for (let part = 0; part < this.#parts.partCount; part++) {
      const serial = first + part;
      const at = this.at(serial);
      const missing = this.requestBytes[at]! - this.requestSent[at]!;
      const bytes = Math.min(missing, rest);
      if (bytes === 0 && sent > 0) break;
      rest -= bytes;
      this.requestSent[at]! += bytes;
      if (usesId) this.carried(serial, id);
      else this.copied(serial);
      carriers++;
      if (bytes < missing) break;
      this.unsent++;
      this.sentWhole(serial);
    }
    if (!usesId) return;
    const slot = this.idAt(id);
    this.#idFirst[slot] = first;
    this.#idRequests[slot] = carriers;
    this.#inFlightCount++;
  }

  /** Whether every number from `low` to `high` is in flight. */
  #makesSense(low: number, high: number): boolean {
    const span = (this.nextId - this.oldestId) >>> 0;
    const from = (low - this.oldestId) >>> 0;
    const count = ((high - low) >>> 0) + 1;
    if (from + count > span) return false;
    if (this.#inFlightCount === span) return true;
    for (let offset = 0; offset < count; offset++) {
      if (this.#idRequests[this.idAt((low + offset) >>> 0)] === 0) return false;
    }
    return true;
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
