/**
 * The parts of memory that one `sendmsg` sends: a `msghdr` with its `iovec`s, made once and filled again and again.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/sendmsg.2.html}
 * @module
 */

const iovecBytes = 16;
const msghdrBytes = 56;
const word = 2 ** 32;

/** The address of `buffer`'s first byte. The buffer must stay alive, and must not be resized, while it is used. */
export function addressOf(buffer: Uint8Array<ArrayBuffer>): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)));
}

/**
 * Up to `capacity` parts. Addresses are numbers: user addresses of x86-64 and arm64 stay below 2^53, and a bigint
 * costs more than the call.
 */
export class GatherList {
  readonly capacity: number;
  /** The `msghdr`, as `sendmsg` takes it. */
  readonly header: Uint8Array<ArrayBuffer> = new Uint8Array(msghdrBytes);
  #partCount = 0;
  #totalBytes = 0;
  readonly #headerWords: Uint32Array = new Uint32Array(this.header.buffer);
  readonly #vectors: Uint32Array<ArrayBuffer>;

  /** @throws {RangeError} unless `capacity` is 1 to 1024, the kernel's limit */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1024) {
      throw new RangeError(`Cannot make a gather list: capacity is ${capacity}, must be 1 to 1024`);
    }
    this.capacity = capacity;
    this.#vectors = new Uint32Array(capacity * iovecBytes / 4);
    const vectors = addressOf(new Uint8Array(this.#vectors.buffer));
    this.#headerWords[4] = vectors % word;
    this.#headerWords[5] = Math.floor(vectors / word);
  }

  /** Parts held. */
  get partCount(): number {
    return this.#partCount;
  }

  /** Bytes of all parts. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  clear(): void {
    this.#partCount = 0;
    this.#totalBytes = 0;
    this.#headerWords[6] = 0;
  }

  /** Adds `bytes` bytes at `address`. @throws {RangeError} when the list is full */
  add(address: number, bytes: number): void {
    if (this.#partCount === this.capacity) {
      throw new RangeError(`Cannot add a part: the gather list holds ${this.capacity}, its capacity`);
    }
    const at = this.#partCount * iovecBytes / 4;
    this.#vectors[at] = address % word;
    this.#vectors[at + 1] = Math.floor(address / word);
    this.#vectors[at + 2] = bytes;
    this.#headerWords[6] = ++this.#partCount;
    this.#totalBytes += bytes;
  }
}
