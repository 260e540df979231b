/**
 * A byte ring in shared memory whose reader lends messages instead of copying them.
 *
 * One writer, one reader. The memory is a memfd mapped twice, once for each side, as if they were two processes. A
 * message lies in one piece and is read where it lies, or in two pieces (at the end of the area and at its front) and
 * is copied. Leases may end in any order; their bytes go back to the writer in order. One byte always stays free, so
 * that equal offsets mean empty.
 *
 * Trust: each side checks every word that the other may have written before it uses it, and throws {@link PeerError}.
 * What it can not check is a peer that scribbles over lent bytes: views are the shared memory itself.
 *
 * For two processes see `lease_ring/shared_ring.ts`.
 *
 * @example Lend two messages and give them back in the other order
 * ```ts
 * import { openLeaseRing } from "./lease_ring.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using ring = openLeaseRing({ capacityBytes: 64 });
 * ring.writer.write(Uint8Array.of(1, 2, 3));
 * ring.writer.write(Uint8Array.of(4));
 * const [first, second] = [ring.reader.receive()!, ring.reader.receive()!];
 * second.release();
 * assertEquals(ring.startBytes, 0); // the older message is still lent
 * assertEquals([...first.bytes], [1, 2, 3]);
 * first.release();
 * assertEquals(ring.startBytes, 4);
 * ```
 *
 * @module
 */
import { closeFd, memfdCreate, truncate } from "../ffi/memory.ts";
import { areaBytes, checkSizes } from "./lease_ring/layout.ts";
import { RingArea } from "./lease_ring/ring_area.ts";
import { RingReader, type RingReaderOptions } from "./lease_ring/ring_reader.ts";
import { RingWriter } from "./lease_ring/ring_writer.ts";

export { Lease, type LeaseEnd, type LeaseKeeper, StaleLeaseError } from "./lease_ring/lease.ts";
export { PeerError } from "./lease_ring/peer_error.ts";
export { RingArea } from "./lease_ring/ring_area.ts";
export { RingReader, type RingReaderOptions } from "./lease_ring/ring_reader.ts";
export { RingWriter } from "./lease_ring/ring_writer.ts";

/** Size of a ring, and where it begins. */
export interface LeaseRingOptions extends RingReaderOptions {
  /** Bytes for messages, from 2 to 2^32 - 1; one of them always stays free. */
  readonly capacityBytes: number;
  /** How many messages can be unread at once: a power of two from 1 to 2^20. Default 256. */
  readonly slots?: number;
  /** Offset at which the empty ring begins, below `capacityBytes`. Default 0. */
  readonly startBytes?: number;
  /** Messages counted so far, a u32: 2^32 - 1 is one message before the counters wrap. Default 0. */
  readonly messageCounter?: number;
}

/** The two sides of a ring, exchangeable: a mistake is a subclass with one rule changed. */
export interface LeaseRingParts {
  /** Instead of {@link RingWriter}. */
  readonly Writer?: typeof RingWriter;
  /** Instead of {@link RingReader}. */
  readonly Reader?: typeof RingReader;
}

/** Slots of a ring that does not say how many. */
export const defaultSlots = 256;

/**
 * A ring within this process, both its sides, and their two mappings of one memory.
 *
 * Disposing unmaps both: leases are stale then, and arrays that were kept are empty.
 */
export class LeaseRing implements Disposable {
  /** The writing side. */
  readonly writer: RingWriter;
  /** The reading side. */
  readonly reader: RingReader;
  /** Bytes for messages. */
  readonly capacityBytes: number;
  /** The writer's mapping. Its words are what a peer could have scribbled on. */
  readonly writerArea: RingArea;
  /** The reader's mapping of the same memory. */
  readonly readerArea: RingArea;

  /** Takes over both areas. */
  constructor(writerArea: RingArea, readerArea: RingArea, options: RingReaderOptions, parts: LeaseRingParts) {
    const { Writer = RingWriter, Reader = RingReader } = parts;
    this.writerArea = writerArea;
    this.readerArea = readerArea;
    this.capacityBytes = writerArea.capacityBytes;
    this.writer = new Writer(writerArea);
    this.reader = new Reader(readerArea, options);
  }

  /** The shared start: up to here the bytes are given back. */
  get startBytes(): number {
    return this.writerArea.startBytes;
  }

  /** The shared end: the next message goes here. */
  get endBytes(): number {
    return this.readerArea.endBytes;
  }

  /** Unmaps both sides. A second call does nothing. */
  [Symbol.dispose](): void {
    this.writerArea[Symbol.dispose]();
    this.readerArea[Symbol.dispose]();
  }
}

/**
 * Opens a ring in memory of its own. Nothing but the two mappings is kept, no fd and no name.
 *
 * @throws {RangeError} when an option is outside its range
 * @throws {ErrnoError} when the memory can not be had or mapped; nothing is left behind
 */
export function openLeaseRing(options: LeaseRingOptions, parts: LeaseRingParts = {}): LeaseRing {
  const action = "open lease ring";
  const { capacityBytes, slots = defaultSlots, startBytes = 0, messageCounter = 0 } = options;
  const sizes = { capacityBytes, slots };
  checkSizes(action, sizes);
  checkInteger(action, "startBytes", startBytes, capacityBytes - 1);
  checkInteger(action, "messageCounter", messageCounter, 0xffff_ffff);
  using areas = new DisposableStack();
  const fd = memfdCreate("lease-ring");
  try {
    const bytes = areaBytes(sizes);
    truncate(fd, bytes);
    const writerArea = areas.use(RingArea.create(fd, sizes, { startBytes, messageCounter }));
    const readerArea = areas.use(RingArea.map(fd, bytes, action));
    const ring = new LeaseRing(writerArea, readerArea, options, parts);
    areas.move();
    return ring;
  } finally {
    closeFd(fd);
  }
}

function checkInteger(action: string, name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(`Cannot ${action}: ${name} is ${value}, must be an integer from 0 to ${most}`);
}
