/**
 * The numbers of the zero-copy sends that the kernel has not let go of, and which requests each send carried.
 *
 * @module
 */
import { powerOfTwo } from "./request_queue.ts";

/** 32-bit numbers that wrap; those in flight lie in a window that ends at the next one. */
export class NumbersInFlight {
  /** The number of the next zero-copy send. */
  nextId: number;
  /** The oldest number in flight, or `nextId`. */
  #oldestId: number;
  #count = 0;
  /** By number modulo its length: the first request of that send, and how many; none = not in flight. */
  readonly #first: Float64Array;
  readonly #requests: Uint32Array;
  readonly #mask: number;

  constructor(spanLimit: number, firstId: number) {
    this.nextId = firstId;
    this.#oldestId = firstId;
    this.#first = new Float64Array(powerOfTwo(spanLimit));
    this.#requests = new Uint32Array(this.#first.length);
    this.#mask = this.#first.length - 1;
  }

  /** How many are in flight. */
  get count(): number {
    return this.#count;
  }

  /** From the oldest one in flight to the next one. */
  get span(): number {
    return (this.nextId - this.#oldestId) >>> 0;
  }

  /** Send `id` carries `requests` requests, from serial number `first` on. */
  book(id: number, first: number, requests: number): void {
    const slot = id & this.#mask;
    this.#first[slot] = first;
    this.#requests[slot] = requests;
    this.#count++;
  }

  /** The next number is used up by nothing that is in flight: goes on with `nextId`. */
  skipTo(nextId: number): void {
    this.nextId = nextId;
    if (this.#count === 0) this.#oldestId = nextId;
  }

  /** How many requests send `id` carries; 0 = it is not in flight. */
  requestsOf(id: number): number {
    return this.#requests[id & this.#mask]!;
  }

  /** Strikes `id`, which is in flight, out, and says which request was the first that it carried. */
  strike(id: number): number {
    const slot = id & this.#mask;
    this.#requests[slot] = 0;
    this.#count--;
    while (this.#oldestId !== this.nextId && this.#requests[this.#oldestId & this.#mask] === 0) {
      this.#oldestId = (this.#oldestId + 1) >>> 0;
    }
    return this.#first[slot]!;
  }

  /** Whether every number from `low` to `high` is in flight. */
  includes(low: number, high: number): boolean {
    const { span } = this;
    const from = (low - this.#oldestId) >>> 0;
    const count = ((high - low) >>> 0) + 1;
    if (from + count > span) return false;
    if (this.#count === span) return true;
    for (let offset = 0; offset < count; offset++) {
      if (this.requestsOf((low + offset) >>> 0) === 0) return false;
    }
    return true;
  }
}
