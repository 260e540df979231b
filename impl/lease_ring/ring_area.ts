/**
 * One mapping of the area of a lease ring: its words, its data bytes, and how the other side is woken.
 *
 * @module
 */
import { futexWake } from "../../ffi/futex.ts";
import { Mapping } from "../../ffi/memory.ts";
import {
  areaBytes,
  checkHeader,
  dataOffsetBytes,
  layoutVersion,
  magicNumber,
  type RingSizes,
  word,
} from "./layout.ts";
import { PeerError } from "./peer_error.ts";

/** Up to here a loop is faster than making the views that a copy in one go needs. */
const loopBytes = 64;

/** Where a new ring begins: nothing in it, but its offsets and counters may be about to wrap. */
export interface RingBeginning {
  /** Both start and end, below the capacity. */
  readonly startBytes: number;
  /** Messages published and taken so far, a u32. */
  readonly messageCounter: number;
}

/** Words and data of a ring, as one side sees them. The memory is shared; the object is not. */
export class RingArea implements Disposable {
  /** Bytes for messages. */
  readonly capacityBytes: number;
  /** How many messages can be unread at once. */
  readonly slots: number;
  /** The header and the descriptor slots. To be reached by Atomics only. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** The data bytes, all of them. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly #mapping: Mapping;
  /** Buffers of their own over the mapping: they must not outlive it. */
  readonly #revocable = new Set<ArrayBuffer>();
  #disposed = false;

  private constructor(mapping: Mapping, sizes: RingSizes) {
    const dataOffset = dataOffsetBytes(sizes.slots);
    this.#mapping = mapping;
    this.capacityBytes = sizes.capacityBytes;
    this.slots = sizes.slots;
    this.words = new Uint32Array(mapping.buffer, 0, dataOffset / 4);
    this.data = new Uint8Array(mapping.buffer, dataOffset, sizes.capacityBytes);
  }

  /** Maps a file that is already long enough and writes the header of an empty ring into it. @throws {ErrnoError} */
  static create(fd: number, sizes: RingSizes, beginning: RingBeginning): RingArea {
    const area = new RingArea(new Mapping(fd, areaBytes(sizes)), sizes);
    const { words } = area;
    Atomics.store(words, word.version, layoutVersion);
    Atomics.store(words, word.capacityBytes, sizes.capacityBytes);
    Atomics.store(words, word.slots, sizes.slots);
    Atomics.store(words, word.start, beginning.startBytes);
    Atomics.store(words, word.end, beginning.startBytes);
    Atomics.store(words, word.published, beginning.messageCounter);
    Atomics.store(words, word.taken, beginning.messageCounter);
    Atomics.store(words, word.magic, magicNumber);
    return area;
  }

  /** Maps the ring in a file of `fileBytes` bytes after looking at its header. @throws {PeerError} @throws {ErrnoError} */
  static map(fd: number, fileBytes: number, action: string): RingArea {
    const mapping = new Mapping(fd, fileBytes);
    try {
      return new RingArea(
        mapping,
        checkHeader(action, new Uint32Array(mapping.buffer, 0, word.descriptors), fileBytes),
      );
    } catch (error) {
      mapping[Symbol.dispose]();
      throw error;
    }
  }

  /** True once disposed: words and data are then empty. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** The shared start, as it stands. Not checked. */
  get startBytes(): number {
    return Atomics.load(this.words, word.start);
  }

  /** The shared end, as it stands. Not checked. */
  get endBytes(): number {
    return Atomics.load(this.words, word.end);
  }

  /** An offset word that the other side may have written. @throws {PeerError} when it is outside the area */
  checkedOffset(index: number, name: string, action: string): number {
    const offset = Atomics.load(this.words, index);
    if (offset < this.capacityBytes) return offset;
    throw new PeerError(
      `Cannot ${action}: ${name} is ${offset}, must be below capacityBytes ${this.capacityBytes}`,
    );
  }

  /** Bytes `[offsetBytes, offsetBytes + lengthBytes)` of the data, going on at 0 past the end, into `target`. */
  copyOut(offsetBytes: number, lengthBytes: number, target: Uint8Array): void {
    const { capacityBytes, data } = this;
    const tailBytes = capacityBytes - offsetBytes;
    if (lengthBytes <= loopBytes) {
      for (let index = 0; index < lengthBytes; index += 1) {
        target[index] = data[index < tailBytes ? offsetBytes + index : index - tailBytes]!;
      }
      return;
    }
    if (lengthBytes <= tailBytes) {
      target.set(data.subarray(offsetBytes, offsetBytes + lengthBytes));
      return;
    }
    target.set(data.subarray(offsetBytes));
    target.set(data.subarray(0, lengthBytes - tailBytes), tailBytes);
  }

  /** Address of a word, for a futex. */
  pointerTo(index: number): Deno.PointerObject {
    return Deno.UnsafePointer.offset(this.#mapping.pointer, index * 4)!;
  }

  /** Wakes the side that set the word `index` to 1 before it went to sleep. Costs one load when nobody sleeps. */
  wake(index: number): void {
    if (Atomics.load(this.words, index) === 0) return;
    Atomics.store(this.words, index, 0);
    futexWake(this.pointerTo(index));
  }

  /** A view of data bytes that can be taken back alone, with {@link RingArea.revoke}. */
  revocableView(offsetBytes: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
    const offset = this.data.byteOffset + offsetBytes;
    const buffer = Deno.UnsafePointerView.getArrayBuffer(this.#mapping.pointer, lengthBytes, offset);
    this.#revocable.add(buffer);
    return new Uint8Array(buffer);
  }

  /** Makes a revocable view empty; any other array stays as it is, and so does what the view was transferred to. */
  revoke(view: Uint8Array<ArrayBuffer>): void {
    if (this.#revocable.delete(view.buffer)) empty(view.buffer);
  }

  /** Refuses to go on once disposed. @throws {TypeError} */
  checkOpen(action: string): void {
    if (this.#disposed) throw new TypeError(`Cannot ${action}: it is disposed`);
  }

  /** Unmaps; every view of the area becomes empty. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const buffer of this.#revocable) empty(buffer);
    this.#revocable.clear();
    this.#mapping[Symbol.dispose]();
  }
}

/** Detaches a buffer, unless its holder has transferred it to somewhere else. */
function empty(buffer: ArrayBuffer): void {
  if (!buffer.detached) buffer.transfer(0);
}
