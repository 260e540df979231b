/**
 * Provided buffers: cells that the kernel picks by itself when data arrives.
 *
 * @see {@link https://man7.org/linux/man-pages/man3/io_uring_register_buf_ring.3.html}
 * @module
 */
import { BUF_RING_INCREMENTAL, completionFlag, registration } from "../../ffi/io_uring.ts";
import { Region } from "../../ffi/region.ts";
import type { Cell, Holder } from "./pool.ts";
import type { Ring } from "./ring.ts";

/** How a buffer ring is set up. */
export interface BufferRingOptions {
  /** A power of two, 1 to 32768. */
  readonly entries: number;
  /** Group number, 0 to 65535, unique within the ring. */
  readonly group: number;
  /** The kernel fills a buffer bit by bit and keeps it until it is full. */
  readonly incremental?: boolean;
}

/** A part of a provided cell that a completion has filled. */
export interface Filled {
  readonly cell: Cell;
  /** Where the new bytes start. */
  readonly offset: number;
  readonly bytes: number;
  /** The kernel keeps the cell and will go on filling it. */
  readonly kept: boolean;
}

/** A group of provided cells. Dispose it after its ring has become quiet and before its ring is closed. */
export class BufferRing implements Holder, Disposable {
  readonly name: string;
  readonly group: number;
  readonly #ring: Ring;
  readonly #region: Region;
  readonly #cells: (Cell | undefined)[];
  readonly #filledBytes: number[];
  #tail = 0;
  #closed = false;

  /** @throws {RangeError} @throws {ErrnoError} */
  constructor(ring: Ring, options: BufferRingOptions) {
    const { entries, group } = options;
    if (!Number.isInteger(entries) || entries < 1 || entries > 32_768 || (entries & (entries - 1)) !== 0) {
      throw new RangeError(
        `Cannot open buffer ring: entries is ${entries}, must be a power of two up to 32768`,
      );
    }
    if (!Number.isInteger(group) || group < 0 || group > 65_535) {
      throw new RangeError(`Cannot open buffer ring: group is ${group}, must be an integer from 0 to 65535`);
    }
    this.name = `buffer ring ${group}`;
    this.group = group;
    this.#ring = ring;
    this.#cells = Array.from({ length: entries }, () => undefined);
    this.#filledBytes = Array.from({ length: entries }, () => 0);
    this.#region = Region.anonymous(entries * 16);
    using undo = new DisposableStack();
    undo.use(this.#region);
    const argument = new DataView(new ArrayBuffer(40));
    argument.setBigUint64(0, BigInt(this.#region.address), true);
    argument.setUint32(8, entries, true);
    argument.setUint16(12, group, true);
    argument.setUint16(14, options.incremental === true ? BUF_RING_INCREMENTAL : 0, true);
    ring.register(registration.PBUF_RING, new Uint8Array(argument.buffer), 1);
    undo.move();
  }

  /** Hands `cell` to the kernel, which gives it back with a completion. @throws {RangeError} when all entries are in use */
  provide(cell: Cell): void {
    if (this.#closed) throw new TypeError("Cannot provide a cell: the buffer ring is closed");
    const id = this.#cells.indexOf(undefined);
    if (id < 0) throw new RangeError(`Cannot provide a cell: all ${this.#cells.length} entries are in use`);
    cell.lend(this, "until-completion");
    this.#cells[id] = cell;
    this.#filledBytes[id] = 0;
    const data = new DataView(this.#region.buffer);
    const at = (this.#tail & (this.#cells.length - 1)) * 16;
    data.setBigUint64(at, BigInt(cell.address), true);
    data.setUint32(at + 8, cell.capacityBytes, true);
    data.setUint16(at + 12, id, true);
    this.#tail = (this.#tail + 1) & 0xffff;
    // The tail lies in the reserved half-word of the first entry.
    Atomics.store(new Uint16Array(this.#region.buffer), 7, this.#tail);
  }

  /** For ownership layers: what a completion with a buffer has filled; takes the cell back unless the kernel keeps it. */
  filled(result: number, flags: number): Filled {
    const id = flags >>> 16;
    const cell = this.#cells[id];
    if (cell === undefined) {
      throw new TypeError(`Cannot read a completion: it names buffer ${id}, which was not provided`);
    }
    const offset = this.#filledBytes[id]!;
    const kept = (flags & completionFlag.BUF_MORE) !== 0;
    this.#filledBytes[id] = offset + result;
    if (!kept) {
      this.#cells[id] = undefined;
      cell.giveBack(this);
    }
    return { cell, offset, bytes: result, kept };
  }

  /** Withdraws all cells. A second call does nothing. @throws {ErrnoError} */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#ring.closed) {
      const argument = new DataView(new ArrayBuffer(40));
      argument.setUint16(12, this.group, true);
      this.#ring.register(registration.UNREGISTER_PBUF_RING, new Uint8Array(argument.buffer), 1);
    }
    for (const cell of this.#cells) cell?.giveBack(this);
    this.#region[Symbol.dispose]();
  }
}
