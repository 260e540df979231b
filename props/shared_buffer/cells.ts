/**
 * Where cells lie: a page has two, and the border between them may be anywhere.
 *
 * With halves, all lengths are alike and memory can be copied from any cell to any other. With a border after the first
 * or before the last byte of a page, the same commands ask for lengths of 1, 4095 and 4097 bytes.
 *
 * @module
 */

/** Cells of pages of `pageBytes` bytes whose second cell begins at byte `splitBytes` of its page. */
export class CellBorders {
  readonly pageBytes: number;
  readonly splitBytes: number;

  /** @throws {RangeError} unless the border lies within the page. */
  constructor(pageBytes: number, splitBytes: number = pageBytes / 2) {
    if (!Number.isInteger(splitBytes) || splitBytes < 1 || splitBytes >= pageBytes) {
      throw new RangeError(
        `Cannot split a page: splitBytes is ${splitBytes}, must be an integer from 1 to ${pageBytes - 1}`,
      );
    }
    this.pageBytes = pageBytes;
    this.splitBytes = splitBytes;
  }

  /** Whether both cells of a page have the same length. */
  get areHalves(): boolean {
    return this.splitBytes * 2 === this.pageBytes;
  }

  /** The first byte of cell `cell`, which may be negative. */
  bytesAt(cell: number): number {
    const page = Math.floor(cell / 2);
    return page * this.pageBytes + (cell - page * 2) * this.splitBytes;
  }

  /** Bytes from cell `cell` to the one `cells` further on. */
  span(cell: number, cells: number): number {
    return this.bytesAt(cell + cells) - this.bytesAt(cell);
  }

  /** The cell that begins at byte `bytes`; a fraction when none does. */
  cellAt(bytes: number): number {
    const page = Math.floor(bytes / this.pageBytes);
    const within = bytes - page * this.pageBytes;
    return page * 2 + (within === this.splitBytes ? 1 : within / this.pageBytes);
  }
}
