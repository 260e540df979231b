/**
 * A lease ring between two processes: one creates it under a name, the other joins it.
 *
 * Both sides can wait: `...Sync` blocks the thread, for a process or worker that does nothing else; the promises let
 * the event loop go on. Each side notices within a tenth of a second of waiting that the other one was killed.
 *
 * @example A stream of one message
 * ```ts
 * import { SharedReader, SharedWriter } from "./shared_lease_ring.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const name = `example-${Deno.pid}`;
 * using writer = SharedWriter.create(name, { capacityBytes: 4096 });
 * using reader = SharedReader.join(name); // usually in another process
 * await writer.write(Uint8Array.of(1, 2, 3), 1000);
 * writer.close();
 * using lease = await reader.receive(1000);
 * assertEquals([...lease!.bytes], [1, 2, 3]);
 * assertEquals(await reader.receive(1000), undefined); // the end of the stream
 * ```
 *
 * @module
 */
import {
  defaultSlots,
  type Lease,
  PeerError,
  RingReader,
  type RingReaderOptions,
  RingWriter,
} from "./lease_ring.ts";
import { word } from "./lease_ring/layout.ts";
import { createSharedArea, joinSharedArea, type SharedArea } from "./lease_ring/shared_area.ts";
import { type Awaited, checkTimeout, wait, waitSync } from "./lease_ring/waiting.ts";

/** Sizes of a ring that is created under a name. */
export interface SharedRingOptions {
  /** Bytes for messages, from 2 to 2^32 - 1; all of them are reserved at once. */
  readonly capacityBytes: number;
  /** How many messages can be unread at once: a power of two from 1 to 2^20. Default 256. */
  readonly slots?: number;
}

const endOfStream = Symbol("end of stream");

/** Takes a side of `shared` over, or gives it back when that fails. */
function open<Side>(shared: SharedArea, make: (shared: SharedArea) => Side): Side {
  using undo = new DisposableStack();
  undo.use(shared);
  const side = make(shared);
  undo.move();
  return side;
}

/** The writing process's side. Disposing it without {@link SharedWriter.close} looks to the reader like a crash. */
export class SharedWriter implements Disposable {
  /** The ring itself, for who does not want to wait. */
  readonly ring: RingWriter;
  readonly #shared: SharedArea;

  private constructor(shared: SharedArea) {
    this.#shared = shared;
    this.ring = new RingWriter(shared.area);
  }

  /** Creates the ring. @throws {RangeError} @throws {ErrnoError} EEXIST when the name is taken; nothing is left behind */
  static create(name: string, options: SharedRingOptions): SharedWriter {
    const { capacityBytes, slots = defaultSlots } = options;
    return open(createSharedArea(name, "writer", { capacityBytes, slots }), (shared) => new this(shared));
  }

  /** Joins a ring that a reader has created. @throws {ErrnoError} ENOENT @throws {PeerError} when it is no good ring */
  static join(name: string): SharedWriter {
    return open(joinSharedArea(name, "writer"), (shared) => new this(shared));
  }

  /**
   * Writes a message, as soon as there is room. Until then `bytes` must not change. One write at a time: two that wait
   * may overtake each other.
   *
   * @throws {RangeError} when the message can never fit
   * @throws {PeerError} when the reader has closed the ring, is gone, or has scribbled on it
   * @throws {Deno.errors.TimedOut} when there was no room within `timeoutMs`
   */
  async write(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    if (!this.#tryFirst(bytes, timeoutMs)) await wait(this.#shared, this.#room(bytes), timeoutMs);
  }

  /** As {@link SharedWriter.write}, but blocks the thread. */
  writeSync(bytes: Uint8Array, timeoutMs: number): void {
    if (!this.#tryFirst(bytes, timeoutMs)) waitSync(this.#shared, this.#room(bytes), timeoutMs);
  }

  /** Says that nothing will follow: the reader then finds the end of the stream. */
  close(): void {
    this.ring.close();
  }

  /** Unmaps the ring, and removes its name if nobody has joined. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#shared[Symbol.dispose]();
  }

  #tryFirst(bytes: Uint8Array, timeoutMs: number): boolean {
    checkTimeout(timeoutMs);
    const { capacityBytes } = this.#shared.area;
    if (bytes.length >= capacityBytes) {
      const allowed = `must be below capacityBytes ${capacityBytes}`;
      throw new RangeError(`Cannot write to lease ring: message has ${bytes.length} bytes, ${allowed}`);
    }
    return this.#attempt(bytes);
  }

  #attempt(bytes: Uint8Array): boolean {
    this.#shared.area.checkOpen("write to lease ring");
    if (this.#readerClosed()) throw new PeerError("Cannot write to lease ring: the reader has closed it");
    return this.ring.write(bytes);
  }

  #readerClosed(): boolean {
    return Atomics.load(this.#shared.area.words, word.readerClosed) !== 0;
  }

  #room(bytes: Uint8Array): Awaited<true> {
    return {
      sleepWord: word.writerWaits,
      complaint: `Cannot write to lease ring: no room for ${bytes.length} bytes`,
      closed: () => this.#readerClosed(),
      attempt: (over) => {
        if (this.#attempt(bytes)) return true;
        if (over) throw new PeerError("Cannot write to lease ring: the reader is gone");
        return undefined;
      },
    };
  }
}

/** The reading process's side. Disposing it ends all leases. */
export class SharedReader implements Disposable {
  /** The ring itself, for who does not want to wait. */
  readonly ring: RingReader;
  readonly #shared: SharedArea;
  readonly #next: Awaited<Lease | typeof endOfStream> = {
    sleepWord: word.readerWaits,
    complaint: "Cannot read from lease ring: no message came",
    closed: () => this.#writerClosed(),
    attempt: (over) => {
      const lease = this.ring.receive();
      if (lease !== undefined || !over) return lease;
      if (this.#writerClosed()) return endOfStream;
      throw new PeerError("Cannot read from lease ring: the writer is gone without having closed it");
    },
  };

  private constructor(shared: SharedArea, options: RingReaderOptions) {
    this.#shared = shared;
    this.ring = new RingReader(shared.area, options);
  }

  /** Creates the ring. @throws {RangeError} @throws {ErrnoError} EEXIST when the name is taken; nothing is left behind */
  static create(name: string, options: SharedRingOptions & RingReaderOptions): SharedReader {
    const { capacityBytes, slots = defaultSlots } = options;
    return open(
      createSharedArea(name, "reader", { capacityBytes, slots }),
      (shared) => new this(shared, options),
    );
  }

  /** Joins a ring that a writer has created. @throws {ErrnoError} ENOENT @throws {PeerError} when it is no good ring */
  static join(name: string, options: RingReaderOptions = {}): SharedReader {
    return open(joinSharedArea(name, "reader"), (shared) => new this(shared, options));
  }

  /**
   * Takes the next message, as soon as there is one; `undefined` at the end of the stream.
   *
   * @throws {PeerError} when the writer is gone without having closed the ring, after its last message, or when it
   * has scribbled on it
   * @throws {Deno.errors.TimedOut} when there was no message within `timeoutMs`
   */
  async receive(timeoutMs: number): Promise<Lease | undefined> {
    checkTimeout(timeoutMs);
    return this.ring.receive() ?? leaseOf(await wait(this.#shared, this.#next, timeoutMs));
  }

  /** As {@link SharedReader.receive}, but blocks the thread. */
  receiveSync(timeoutMs: number): Lease | undefined {
    checkTimeout(timeoutMs);
    return this.ring.receive() ?? leaseOf(waitSync(this.#shared, this.#next, timeoutMs));
  }

  /** Says that nothing more will be read: the writer's next write is refused. */
  close(): void {
    this.ring.close();
  }

  /** Unmaps the ring, and removes its name if nobody has joined. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#shared[Symbol.dispose]();
  }

  #writerClosed(): boolean {
    return Atomics.load(this.#shared.area.words, word.writerClosed) !== 0;
  }
}

function leaseOf(answer: Lease | typeof endOfStream): Lease | undefined {
  return answer === endOfStream ? undefined : answer;
}
