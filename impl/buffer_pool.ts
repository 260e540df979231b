/**
 * Buffers of one size in one mapping, handed out by number and given back by number.
 *
 * @module
 */
import { closeFd, Mapping, memfdCreate, truncate } from "../ffi/memory.ts";

const wordBits = 32;
const maxBuffers = wordBits * wordBits;

/** Up to 1024 buffers. Finding the lowest free one costs two `clz32`, however many there are. */
export class BufferPool implements Disposable {
  readonly bufferCount: number;
  readonly bufferBytes: number;
  /** Address of buffer 0; buffer `i` follows at `address + i * bufferBytes`. */
  readonly address: number;
  readonly #mapping: Mapping;
  readonly #buffers: readonly Uint8Array[];
  /** Bit 31 - i of a word is buffer i of that word, set while it is free; of the summary: word i has one. */
  readonly #free: Uint32Array;
  #summary = 0;
  #freeCount: number;

  /** @throws {RangeError} @throws {ErrnoError} */
  constructor(bufferCount: number, bufferBytes: number) {
    if (!Number.isInteger(bufferCount) || bufferCount < 1 || bufferCount > maxBuffers) {
      throw new RangeError(
        `Cannot make a buffer pool: bufferCount is ${bufferCount}, must be 1 to ${maxBuffers}`,
      );
    }
    if (!Number.isInteger(bufferBytes) || bufferBytes < 1 || bufferBytes > 2 ** 30) {
      throw new RangeError(
        `Cannot make a buffer pool: bufferBytes is ${bufferBytes}, must be 1 to ${2 ** 30}`,
      );
    }
    this.bufferCount = bufferCount;
    this.bufferBytes = bufferBytes;
    const fd = memfdCreate("buffer pool");
    try {
      truncate(fd, bufferCount * bufferBytes);
      this.#mapping = new Mapping(fd, bufferCount * bufferBytes);
    } finally {
      closeFd(fd);
    }
    this.address = Number(this.#mapping.address);
    this.#buffers = Array.from(
      { length: bufferCount },
      (_, index) => new Uint8Array(this.#mapping.buffer, index * bufferBytes, bufferBytes),
    );
    this.#free = new Uint32Array(wordBits);
    this.#freeCount = 0;
    for (let index = 0; index < bufferCount; index++) this.#put(index);
  }

  /** Buffers that {@link acquire} could hand out. */
  get freeCount(): number {
    return this.#freeCount;
  }

  /** Whether buffer `index` is free. @throws {RangeError} */
  isFree(index: number): boolean {
    this.#check("look at", index);
    return (this.#free[index >>> 5]! & (0x8000_0000 >>> (index & 31))) !== 0;
  }

  /** Hands out the free buffer with the lowest number, or -1 when there is none. */
  acquire(): number {
    if (this.#summary === 0) return -1;
    const word = Math.clz32(this.#summary);
    const bit = Math.clz32(this.#free[word]!);
    this.#free[word]! &= ~(0x8000_0000 >>> bit);
    if (this.#free[word] === 0) this.#summary &= ~(0x8000_0000 >>> word);
    this.#freeCount--;
    return word * wordBits + bit;
  }

  /** Takes buffer `index` back. @throws {RangeError} when it is free already, or was never one */
  release(index: number): void {
    if (this.isFree(index)) throw new RangeError(`Cannot release buffer ${index}: it is free`);
    this.#put(index);
  }

  /** The bytes of buffer `index`, of which its holder may do with as it likes. @throws {RangeError} */
  bytes(index: number): Uint8Array {
    this.#check("look at", index);
    return this.#buffers[index]!;
  }

  /**
   * Unmaps the buffers; no view of them may be touched afterwards. Pages that the kernel still borrows stay alive
   * until it lets go of them.
   */
  [Symbol.dispose](): void {
    this.#mapping[Symbol.dispose]();
  }

  #put(index: number): void {
    this.#free[index >>> 5]! |= 0x8000_0000 >>> (index & 31);
    this.#summary |= 0x8000_0000 >>> (index >>> 5);
    this.#freeCount++;
  }

  #check(action: string, index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.bufferCount) {
      throw new RangeError(
        `Cannot ${action} a buffer: its number is ${index}, must be 0 to ${this.bufferCount - 1}`,
      );
    }
  }
}
