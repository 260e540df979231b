/**
 * The reading side of a lease ring: takes messages in order, lends them, and gives their bytes back in order.
 *
 * The shared start only ever moves to the end of the longest released prefix of the held messages. A message that was
 * copied or dropped counts as released at once, but waits for the older ones like any other.
 *
 * Not here: waiting (see `waiting.ts`) and how the memory came to be (see `lease_ring.ts`).
 *
 * @module
 */
import { HeldMessage } from "./held_message.ts";
import { word } from "./layout.ts";
import { Lease, type LeaseKeeper } from "./lease.ts";
import { PeerError } from "./peer_error.ts";
import type { RingArea } from "./ring_area.ts";

const action = "read from lease ring";

/** How a reader treats the views that it hands out. */
export interface RingReaderOptions {
  /**
   * Makes the view of a lease empty when the lease ends, so that a kept array can not show the next message. Costs
   * some tenths of a microsecond a message. Default false.
   */
  readonly revokeViews?: boolean;
}

/** Reads messages from a ring. There is one for each ring. */
export class RingReader implements LeaseKeeper {
  /** The reader's mapping. */
  protected readonly area: RingArea;
  /** The queue of taken messages whose bytes are not given back, oldest first. */
  protected oldest: HeldMessage | undefined = undefined;
  #newest: HeldMessage | undefined = undefined;
  #taken: number;
  readonly #revokeViews: boolean;

  /** Goes on where the area says that the last reader stopped. @throws {PeerError} when that is outside the area */
  constructor(area: RingArea, options: RingReaderOptions = {}) {
    this.area = area;
    this.#revokeViews = options.revokeViews ?? false;
    area.checkedOffset(word.start, "start", action);
    area.checkedOffset(word.end, "end", action);
    this.#taken = Atomics.load(area.words, word.taken);
    void this.unreadCount;
  }

  /** Takes the next message; `undefined` when there is none. @throws {PeerError} and takes nothing */
  receive(): Lease | undefined {
    const held = this.#take();
    if (held === undefined) return undefined;
    const inOnePiece = held.offsetBytes + held.lengthBytes <= this.area.capacityBytes;
    return inOnePiece ? this.lendView(held) : this.lendCopy(held);
  }

  /** Takes the next message without looking at it, and says how long it was. @throws {PeerError} and takes nothing */
  drop(): number | undefined {
    const held = this.#take();
    if (held === undefined) return undefined;
    this.freeDropped(held);
    return held.lengthBytes;
  }

  /** Messages taken so far, modulo 2^32. */
  get taken(): number {
    return this.#taken;
  }

  /** Published messages that were not taken yet. @throws {PeerError} when they are more than the slots */
  get unreadCount(): number {
    const { slots, words } = this.area;
    const unread = this.unreadBetween(this.#taken, Atomics.load(words, word.published));
    if (unread <= slots) return unread;
    throw new PeerError(
      `Cannot ${action}: ${unread} messages count as unread, must be at most ${slots} slots`,
    );
  }

  /** A copy of the unread message at `index` (0 = next), for looking without taking. @throws {PeerError} */
  peek(index: number): Uint8Array<ArrayBuffer> | undefined {
    const lengthBytes = this.#peekedLength(index);
    if (lengthBytes === undefined) return undefined;
    const copy = new Uint8Array(lengthBytes);
    this.peekInto(index, copy);
    return copy;
  }

  /**
   * As {@link RingReader.peek}, into the front of `target` and without an allocation; answers the message's length.
   *
   * @throws {RangeError} when `target` is too short
   * @throws {PeerError}
   */
  peekInto(index: number, target: Uint8Array): number | undefined {
    const lengthBytes = this.#peekedLength(index);
    if (lengthBytes === undefined) return undefined;
    if (target.length < lengthBytes) {
      const needed = `must have at least ${lengthBytes}`;
      throw new RangeError(`Cannot peek into lease ring: target has ${target.length} bytes, ${needed}`);
    }
    this.area.copyOut(this.#offsetOf(this.#taken + index), lengthBytes, target);
    return lengthBytes;
  }

  /** True once the ring is disposed: all leases are stale. */
  get disposed(): boolean {
    return this.area.disposed;
  }

  /** Tells the writer that nothing more will be read. */
  close(): void {
    this.area.checkOpen("close lease ring");
    Atomics.store(this.area.words, word.readerClosed, 1);
    this.area.wake(word.writerWaits);
  }

  /** Takes the bytes of a lease that has ended back. For leases. */
  giveBack(held: HeldMessage): void {
    this.freePrefix(held);
  }

  /** Makes `bytes` empty if the ring was opened so. For leases. */
  revoke(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#revokeViews) this.area.revoke(bytes);
  }

  /** The difference modulo 2^32: right also when `published` has wrapped and `taken` has not. */
  protected unreadBetween(taken: number, published: number): number {
    return (published - taken) >>> 0;
  }

  /** Lends a message in one piece where it lies. */
  protected lendView(held: HeldMessage): Lease {
    const { area } = this;
    const { offsetBytes, lengthBytes } = held;
    const view = this.#revokeViews
      ? area.revocableView(offsetBytes, lengthBytes)
      : area.data.subarray(offsetBytes, offsetBytes + lengthBytes);
    return new Lease(this, held, view, false);
  }

  /** Lends a copy of a message in two pieces, and gives the bytes back once they are copied. */
  protected lendCopy(held: HeldMessage): Lease {
    const copy = new Uint8Array(held.lengthBytes);
    this.area.copyOut(held.offsetBytes, held.lengthBytes, copy);
    this.freePrefix(held);
    return new Lease(this, held, copy, true);
  }

  /** Gives the bytes of a message back that nobody has looked at. */
  protected freeDropped(held: HeldMessage): void {
    this.freePrefix(held);
  }

  /** Marks `held` as released and moves the start past the longest released prefix. */
  protected freePrefix(held: HeldMessage): void {
    held.released = true;
    let start: number | undefined;
    while (this.oldest?.released) {
      start = this.startAfter(this.oldest);
      this.oldest = this.oldest.next;
    }
    if (start !== undefined) this.moveStart(start);
  }

  /** The start once `held` and all older messages are released; a hole before a restarted message goes with it. */
  protected startAfter(held: HeldMessage): number {
    return held.endBytes;
  }

  /** Tells the writer that everything up to `endBytes` is free. */
  protected moveStart(endBytes: number): void {
    Atomics.store(this.area.words, word.start, endBytes);
    this.area.wake(word.writerWaits);
  }

  #take(): HeldMessage | undefined {
    this.area.checkOpen(action);
    if (this.unreadCount === 0) return undefined;
    const held = this.#describe(this.#taken);
    if (this.oldest === undefined) this.oldest = held;
    else this.#newest!.next = held;
    this.#newest = held;
    this.#taken = (this.#taken + 1) >>> 0;
    Atomics.store(this.area.words, word.taken, this.#taken);
    this.area.wake(word.writerWaits);
    return held;
  }

  #peekedLength(index: number): number | undefined {
    this.area.checkOpen(action);
    if (!Number.isInteger(index) || index < 0 || index >= this.unreadCount) return undefined;
    return this.#lengthOf(this.#taken + index);
  }

  /** Reads each descriptor word of message number `counter` once, and believes it only inside the area. */
  #describe(counter: number): HeldMessage {
    const { capacityBytes } = this.area;
    const offset = this.#offsetOf(counter);
    const lengthBytes = this.#lengthOf(counter);
    const end = offset + lengthBytes;
    return new HeldMessage(offset, lengthBytes, end < capacityBytes ? end : end - capacityBytes);
  }

  #offsetOf(counter: number): number {
    const { words, slots, capacityBytes } = this.area;
    const offset = Atomics.load(words, word.descriptors + (counter & (slots - 1)) * 2);
    if (offset < capacityBytes) return offset;
    throw new PeerError(
      `Cannot ${action}: descriptor offset is ${offset}, must be below capacityBytes ${capacityBytes}`,
    );
  }

  #lengthOf(counter: number): number {
    const { words, slots, capacityBytes } = this.area;
    const lengthBytes = Atomics.load(words, word.descriptors + (counter & (slots - 1)) * 2 + 1);
    if (lengthBytes >= 1 && lengthBytes <= capacityBytes) return lengthBytes;
    throw new PeerError(
      `Cannot ${action}: descriptor length is ${lengthBytes}, must be from 1 to capacityBytes ${capacityBytes}`,
    );
  }
}
