/**
 * Memory that can be handed to the kernel: cells between guard pages, each with one owner at a time.
 *
 * @module
 */
import { pageBytes } from "../../ffi/memory.ts";
import { Region } from "../../ffi/region.ts";
import { endOf, type Lifetime } from "./lifetime.ts";

/** Someone who may touch a cell instead of the application. */
export interface Holder {
  /** For sentences, for example `accept #3`. */
  readonly name: string;
}

/** What happens to a cell that nobody has: nothing, it is filled with 0xff, or its pages can not be touched. */
export type WhenFree = "keep" | "poison" | "unmap";

/** Size and habits of a pool. */
export interface PoolOptions {
  readonly cells: number;
  /** At least 1; a multiple of 8 keeps the cells aligned, because each ends at a guard page. */
  readonly cellBytes: number;
  /** `"keep"` when absent. */
  readonly whenFree?: WhenFree;
}

/** Byte of a poisoned cell: as a length it reads -1, as an address it points nowhere. */
export const poison = 0xff;

/**
 * One piece of memory. The application may touch it between `Pool.take` and the request it is handed to, and again
 * after the event that ends the request's claim.
 */
export class Cell implements Disposable {
  readonly index: number;
  /** Address of its first byte, for entries. */
  readonly address: number;
  readonly capacityBytes: number;
  readonly #pool: Pool;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #free = true;
  #holder: Holder | undefined;
  #until: Lifetime = "until-completion";

  /** Made by its pool. */
  constructor(pool: Pool, index: number, address: number, bytes: Uint8Array<ArrayBuffer>) {
    this.#pool = pool;
    this.#bytes = bytes;
    this.index = index;
    this.address = address;
    this.capacityBytes = bytes.length;
  }

  /** Whether it lies in the pool. */
  get free(): boolean {
    return this.#free;
  }

  /** Who may touch it instead of the application, if anybody. */
  get holder(): Holder | undefined {
    return this.#holder;
  }

  /** The event that ends its holder's claim; means nothing without a holder. */
  get until(): Lifetime {
    return this.#until;
  }

  /**
   * The memory itself, no copy. Use it at once and ask again: a view that is kept is not watched, and one that is
   * touched after its cell was unmapped ends the process.
   *
   * @throws {TypeError} while the cell is free or somebody else's
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.#demand("touch");
    return this.#bytes;
  }

  /** Writes `values` from `offset` on. @throws {TypeError} while not the application's @throws {RangeError} */
  write(values: ArrayLike<number>, offset: number = 0): void {
    this.#demand("write");
    if (offset + values.length > this.capacityBytes) {
      throw new RangeError(
        `Cannot write cell ${this.index}: ${
          offset + values.length
        } bytes, must be at most ${this.capacityBytes}`,
      );
    }
    this.#bytes.set(values, offset);
  }

  /** Gives the cell back to its pool. @throws {TypeError} while not the application's */
  release(): void {
    this.#demand("release");
    this.#free = true;
    this.#pool.retire(this);
  }

  /** Releases unless it is free already. @throws {TypeError} while somebody else may touch it */
  [Symbol.dispose](): void {
    if (!this.#free) this.release();
  }

  /** For the pool: makes it the application's. */
  revive(): void {
    this.#free = false;
  }

  /** For ownership layers: hands it to `holder`. @throws {TypeError} while not the application's */
  lend(holder: Holder, until: Lifetime): void {
    if (this.#free || this.#holder !== undefined) this.#demand(`hand to ${holder.name}`);
    this.#holder = holder;
    this.#until = until;
  }

  /** For ownership layers: ends the claim of `holder`; nothing happens when it has none. */
  giveBack(holder: Holder): void {
    if (this.#holder === holder) this.#holder = undefined;
  }

  #demand(action: string): void {
    if (this.#free) {
      throw new TypeError(`Cannot ${action} cell ${this.index}: it is free, take it from its pool`);
    }
    if (this.#holder !== undefined) {
      throw new TypeError(
        `Cannot ${action} cell ${this.index}: ${this.#holder.name} owns it until ${endOf[this.#until]}`,
      );
    }
  }
}

/**
 * Cells of equal size in a mapping of its own, a guard page behind each and before the first.
 *
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { Pool } from "./pool.ts";
 *
 * using pool = new Pool({ cells: 2, cellBytes: 64 });
 * const cell = pool.take();
 * cell.write([1, 2, 3]);
 * cell.release();
 * assertThrows(() => cell.bytes, TypeError, "it is free");
 * ```
 */
export class Pool implements Disposable {
  readonly cells: readonly Cell[];
  readonly whenFree: WhenFree;
  readonly #region: Region;
  readonly #free: Cell[];
  readonly #strideBytes: number;
  #closed = false;

  /** @throws {RangeError} @throws {ErrnoError} ENOMEM too when there are more cells than mappings left; nothing stays mapped */
  constructor(options: PoolOptions) {
    const { cells, cellBytes } = options;
    if (!Number.isInteger(cells) || cells < 1 || cells > 65_536) {
      throw new RangeError(`Cannot open pool: cells is ${cells}, must be an integer from 1 to 65536`);
    }
    if (!Number.isInteger(cellBytes) || cellBytes < 1 || cellBytes > 2 ** 24) {
      throw new RangeError(
        `Cannot open pool: cellBytes is ${cellBytes}, must be an integer from 1 to 16777216`,
      );
    }
    this.whenFree = options.whenFree ?? "keep";
    const page = pageBytes();
    const usableBytes = Math.ceil(cellBytes / page) * page;
    this.#strideBytes = usableBytes + page;
    using undo = new DisposableStack();
    const region = undo.use(Region.anonymous(page + cells * this.#strideBytes, "none"));
    this.#region = region;
    this.cells = Array.from({ length: cells }, (_, index) => {
      const start = page + index * this.#strideBytes;
      if (this.whenFree !== "unmap") region.protect(start, usableBytes, "read-write");
      const offset = start + usableBytes - cellBytes;
      const cell = new Cell(
        this,
        index,
        region.address + offset,
        new Uint8Array(region.buffer, offset, cellBytes),
      );
      if (this.whenFree === "poison") new Uint8Array(region.buffer, offset, cellBytes).fill(poison);
      return cell;
    });
    this.#free = this.cells.toReversed();
    undo.move();
  }

  /** Cells that can be taken. */
  get freeCount(): number {
    return this.#free.length;
  }

  /** Takes the free cell with the lowest index, or the one that is asked for. @throws {RangeError} when it is not free */
  take(index?: number): Cell {
    if (this.#closed) throw new TypeError("Cannot take a cell: the pool is closed");
    const cell = index === undefined ? this.#free.at(-1) : this.cells[index];
    if (cell === undefined || !cell.free) {
      throw new RangeError(
        index === undefined
          ? `Cannot take a cell: all ${this.cells.length} are taken`
          : `Cannot take cell ${index}: ${cell === undefined ? "there is none" : "it is taken"}`,
      );
    }
    if (this.whenFree === "unmap") this.#protect(cell, "read-write");
    this.#free.splice(this.#free.indexOf(cell), 1);
    cell.revive();
    return cell;
  }

  /** For cells: takes `cell` back into the pool. */
  retire(cell: Cell): void {
    if (this.whenFree === "poison") this.#view(cell).fill(poison);
    if (this.whenFree === "unmap") this.#protect(cell, "none");
    // Kept in descending order, so that the lowest index is taken first.
    const place = this.#free.findIndex((other) => other.index < cell.index);
    this.#free.splice(place < 0 ? this.#free.length : place, 0, cell);
  }

  /** Whether a free cell holds what it was filled with; unmapped cells, all of a closed pool, can not change and count as intact. */
  intact(cell: Cell): boolean {
    if (!cell.free || this.whenFree !== "poison" || this.#closed) return true;
    return this.#view(cell).every((byte) => byte === poison);
  }

  /** Unmaps. A second call does nothing. @throws {TypeError} while somebody else may touch a cell */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    const held = this.cells.find((cell) => cell.holder !== undefined);
    if (held !== undefined) {
      throw new TypeError(
        `Cannot close pool: ${held.holder!.name} owns cell ${held.index}, close its ring first`,
      );
    }
    this.#closed = true;
    for (const cell of this.cells) if (!cell.free) cell.release();
    this.#region[Symbol.dispose]();
  }

  #view(cell: Cell): Uint8Array {
    return new Uint8Array(this.#region.buffer, cell.address - this.#region.address, cell.capacityBytes);
  }

  #protect(cell: Cell, access: "none" | "read-write"): void {
    const page = pageBytes();
    this.#region.protect(page + cell.index * this.#strideBytes, this.#strideBytes - page, access);
  }
}
