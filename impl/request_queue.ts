/**
 * The requests of a zero-copy sender that have not ended, in the order of submission.
 *
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import type { BufferPool } from "./buffer_pool.ts";

/** Requests by serial number, in arrays that are used again and again. */
export class RequestQueue {
  /** Requests with smaller serial numbers have ended. */
  head = 0;
  /** Requests with smaller serial numbers were sent whole. */
  unsent = 0;
  /** The serial number of the next request. */
  tail = 0;
  /** By {@link at}: the buffer, its bytes, those sent, and how many sends in flight carry it. */
  readonly buffer: Uint32Array;
  readonly bytes: Uint32Array;
  readonly sent: Uint32Array;
  readonly pending: Uint32Array;
  readonly #mask: number;

  /** @param capacity Requests that can be pending at once */
  constructor(capacity: number) {
    const places = powerOfTwo(capacity);
    this.#mask = places - 1;
    this.buffer = new Uint32Array(places);
    this.bytes = new Uint32Array(places);
    this.sent = new Uint32Array(places);
    this.pending = new Uint32Array(places);
  }

  /** The place of a request in the arrays. */
  at(serial: number): number {
    return serial & this.#mask;
  }

  /** Puts a request at the end. */
  push(buffer: number, bytes: number): void {
    const at = this.at(this.tail++);
    this.buffer[at] = buffer;
    this.bytes[at] = bytes;
    this.sent[at] = 0;
    this.pending[at] = 0;
  }

  /**
   * Collects the parts of the next send: up to `chunkBytes` of up to `batchRequests` requests, whole or in part. An
   * empty request is a send of its own, so that it waits for nobody's notification.
   */
  gather(parts: GatherList, pool: BufferPool, batchRequests: number, chunkBytes: number): void {
    parts.clear();
    let room = chunkBytes;
    const last = Math.min(this.tail, this.unsent + batchRequests);
    for (let serial = this.unsent; serial < last && room > 0; serial++) {
      const at = this.at(serial);
      const done = this.sent[at]!;
      const bytes = Math.min(this.bytes[at]! - done, room);
      if (bytes === 0 && parts.partCount > 0) return;
      parts.add(pool.address + this.buffer[at]! * pool.bufferBytes + done, bytes);
      if (bytes === 0) return;
      room -= bytes;
    }
  }
}

/** The least power of two that is not below `least`. */
export function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
