/**
 * Relations between the events of a small graph, as rows of bits.
 *
 * @module
 */

/** A square relation over `count` events: row `i` has bit `j` set when `i` is related to `j`. */
export interface BitRows {
  readonly count: number;
  /** 32-bit words of one row. */
  readonly words: number;
  readonly bits: Int32Array;
}

/** An empty relation over `count` events. */
export function bitRows(count: number): BitRows {
  const words = (count + 31) >>> 5;
  return { count, words, bits: new Int32Array(count * words) };
}

/** Relates `row` to `column`. */
export function setBit(rows: BitRows, row: number, column: number): void {
  const word = row * rows.words + (column >>> 5);
  rows.bits[word] = rows.bits[word]! | (1 << (column & 31));
}

/** Whether `row` is related to `column`. */
export function hasBit(rows: BitRows, row: number, column: number): boolean {
  return (rows.bits[row * rows.words + (column >>> 5)]! & (1 << (column & 31))) !== 0;
}

/** Adds row `from` of `source` to row `to` of `target`. */
export function joinRow(target: BitRows, to: number, source: BitRows, from: number): void {
  const { words } = target;
  for (let word = 0; word < words; word++) {
    target.bits[to * words + word]! |= source.bits[from * words + word]!;
  }
}

/** Whether the two rows have an element in common. */
export function rowsMeet(first: BitRows, row: number, second: BitRows, other: number): boolean {
  const { words } = first;
  for (let word = 0; word < words; word++) {
    if ((first.bits[row * words + word]! & second.bits[other * words + word]!) !== 0) return true;
  }
  return false;
}

/** The relation read backwards. */
export function transposed(rows: BitRows): BitRows {
  const result = bitRows(rows.count);
  for (let row = 0; row < rows.count; row++) {
    for (let column = 0; column < rows.count; column++) {
      if (hasBit(rows, row, column)) setBit(result, column, row);
    }
  }
  return result;
}

/** Adds what follows from transitivity (Warshall). */
export function closeTransitively(rows: BitRows): void {
  for (let middle = 0; middle < rows.count; middle++) {
    for (let row = 0; row < rows.count; row++) {
      if (row !== middle && hasBit(rows, row, middle)) joinRow(rows, row, rows, middle);
    }
  }
}

/** Whether some event reaches itself. The relation is closed transitively on the way. */
export function hasCycle(rows: BitRows): boolean {
  closeTransitively(rows);
  for (let row = 0; row < rows.count; row++) if (hasBit(rows, row, row)) return true;
  return false;
}
