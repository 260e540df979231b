/**
 * The writing side of a lease ring: where a message goes, and when the ring is full.
 *
 * Not here: waiting (see `waiting.ts`) and how the memory came to be (see `lease_ring.ts`).
 *
 * @module
 */
import { word } from "./layout.ts";
import { PeerError } from "./peer_error.ts";
import type { RingArea } from "./ring_area.ts";

const action = "write to lease ring";

/** Writes messages into a ring. There is one for each ring. */
export class RingWriter {
  /** The writer's mapping. */
  protected readonly area: RingArea;
  #end: number;
  #published: number;

  /** Goes on where the area says that the last writer stopped. @throws {PeerError} when that is outside the area */
  constructor(area: RingArea) {
    this.area = area;
    this.#end = area.checkedOffset(word.end, "end", action);
    this.#published = Atomics.load(area.words, word.published);
    this.#freeSlots();
  }

  /**
   * Copies `bytes` into the ring as one message and publishes it; false when there is no room for it now.
   *
   * There is room when the message is shorter than the free bytes, placement included, and a slot is free. A message
   * of `capacityBytes` or more never fits.
   *
   * @throws {RangeError} when `bytes` is empty
   * @throws {PeerError} when the reader has left nonsense in the area; nothing was written then
   */
  write(bytes: Uint8Array): boolean {
    const { area } = this;
    area.checkOpen(action);
    const { capacityBytes, data } = area;
    const lengthBytes = bytes.length;
    if (lengthBytes === 0) throw new RangeError(`Cannot ${action}: message has 0 bytes, must be at least 1`);
    const start = area.checkedOffset(word.start, "start", action);
    const end = this.#end;
    const tailBytes = end >= start ? capacityBytes - end : start - end;
    const availableBytes = end >= start ? tailBytes + start : tailBytes;
    if (this.#freeSlots() === 0 || !this.fits(lengthBytes, availableBytes)) return false;
    let offset = end;
    let next = end + lengthBytes;
    if (lengthBytes <= tailBytes) {
      data.set(bytes, end);
      if (next === capacityBytes) next = 0;
    } else if (this.restartsAtFront(lengthBytes, availableBytes)) {
      data.set(bytes, 0);
      offset = 0;
      next = lengthBytes;
    } else {
      this.splitInto(data, bytes, end, tailBytes);
      next = lengthBytes - tailBytes;
    }
    this.#publish(offset, lengthBytes, next);
    return true;
  }

  /** Tells the reader that nothing will follow. */
  close(): void {
    this.area.checkOpen("close lease ring");
    Atomics.store(this.area.words, word.writerClosed, 1);
    this.area.wake(word.readerWaits);
  }

  /** Messages published so far, modulo 2^32. */
  get published(): number {
    return this.#published;
  }

  /** One byte stays free, so that an end that equals the start always means empty. */
  protected fits(lengthBytes: number, availableBytes: number): boolean {
    return lengthBytes < availableBytes;
  }

  /**
   * Whether a message longer than the tail leaves the tail unused, to stay in one piece. Asked when not wrapped.
   *
   * It fits in front of the start then: the tail is shorter than it, so more than twice its length lies there.
   */
  protected restartsAtFront(lengthBytes: number, availableBytes: number): boolean {
    return 2 * availableBytes >= this.area.capacityBytes && availableBytes >= 3 * lengthBytes;
  }

  /** Writes the first `tailBytes` bytes at the end and the rest at the front. */
  protected splitInto(data: Uint8Array, bytes: Uint8Array, endBytes: number, tailBytes: number): void {
    data.set(bytes.subarray(0, tailBytes), endBytes);
    data.set(bytes.subarray(tailBytes), 0);
  }

  /** After the data: descriptor, end, then the counter that makes the message visible. */
  #publish(offset: number, lengthBytes: number, next: number): void {
    const { words, slots } = this.area;
    const slot = word.descriptors + (this.#published & (slots - 1)) * 2;
    Atomics.store(words, slot, offset);
    Atomics.store(words, slot + 1, lengthBytes);
    this.#end = next;
    Atomics.store(words, word.end, next);
    this.#published = (this.#published + 1) >>> 0;
    Atomics.store(words, word.published, this.#published);
    this.area.wake(word.readerWaits);
  }

  #freeSlots(): number {
    const { slots, words } = this.area;
    const unread = (this.#published - Atomics.load(words, word.taken)) >>> 0;
    if (unread <= slots) return slots - unread;
    throw new PeerError(
      `Cannot ${action}: ${unread} messages count as unread, must be at most ${slots} slots`,
    );
  }
}
