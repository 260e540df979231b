/**
 * What the generated code of a codec has in common: names, tables of literals, and leaf values to bits and back.
 *
 * @module
 */
import { leafCount, type LeafLayout, type Literal } from "./layout.ts";
import type { Bits } from "./placement.ts";

/** The bits of one word that a value takes, and where they go in its code. */
interface Piece {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  readonly codeShift: number;
}

function pieces({ offset, width }: Bits): Piece[] {
  const found: Piece[] = [];
  for (let done = 0; done < width;) {
    const shift = (offset + done) % 32;
    const part = Math.min(width - done, 32 - shift);
    found.push({ word: Math.floor((offset + done) / 32), shift, width: part, codeShift: done });
    done += part;
  }
  return found;
}

/** Some value of a leaf. */
export const placeholder = (leaf: LeafLayout): Literal =>
  leaf.literals.length > 0 ? leaf.literals[0]! : leaf.range!.minimum;

/** A value as source text. */
export const text = (value: unknown): string => JSON.stringify(value);

/** Code being made for one codec. */
export class CodecCode {
  /** Literals by code, where a leaf has many. */
  readonly tables: Literal[][] = [];
  /** Declarations that the codec's functions share. */
  readonly shared: string[] = [];
  /**
   * Whether each container gets functions of its own, which read and write the words in place. Of one function for a
   * large state the engine would make machine code late or never; for a small one it keeps the words in registers.
   */
  readonly inPieces: boolean;
  #names = 0;
  #inBlock = false;

  constructor(inPieces: boolean) {
    this.inPieces = inPieces;
  }

  /** A name that is not taken. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Makes code of which the one word is in a variable: that of a block. */
  inBlock<Result>(make: () => Result): Result {
    const before = this.#inBlock;
    this.#inBlock = true;
    try {
      return make();
    } finally {
      this.#inBlock = before;
    }
  }

  /** Whether the words are in the array, not in variables. */
  get inArray(): boolean {
    return this.inPieces && !this.#inBlock;
  }

  #table(values: readonly Literal[]): string {
    const key = text(values);
    let at = this.tables.findIndex((table) => text(table) === key);
    if (at < 0) at = this.tables.push([...values]) - 1;
    const name = `T${at}`;
    if (!this.shared.includes(`const ${name} = T[${at}];`)) this.shared.push(`const ${name} = T[${at}];`);
    return name;
  }

  /** An expression of the code in some bits. */
  read(bits: Bits): string {
    const parts = pieces(bits).map(({ word, shift, width, codeShift }) => {
      const whole = this.inArray ? `w[o + ${word}]` : `w${word}`;
      const shifted = shift === 0 && width < 32 ? whole : `(${whole} >>> ${shift})`;
      const masked = shift + width === 32 ? shifted : `(${shifted} & ${2 ** width - 1})`;
      if (codeShift === 0) return masked;
      return bits.width > 31 ? `${masked} * ${2 ** codeShift}` : `(${masked} << ${codeShift})`;
    });
    return parts.length === 0 ? "0" : `(${parts.join(bits.width > 31 ? " + " : " | ")})`;
  }

  /** Statements that write the code in variable `code` into the accumulated words. */
  write(bits: Bits, code: string, out: string[]): void {
    for (const { word, shift, codeShift, width } of pieces(bits)) {
      let part = code;
      if (codeShift > 0) {
        part = bits.width > 32 ? `Math.floor(${code} / ${2 ** codeShift})` : `(${code} >>> ${codeShift})`;
      } else if (bits.width > 32 && width === 32) part = `(${code} | 0)`;
      const target = this.inArray ? `w[o + ${word}]` : `x${word}`;
      out.push(`${target} |= ${shift === 0 ? part : `${part} << ${shift}`};`);
    }
  }

  /** An expression of the value that a code stands for. */
  decode(leaf: LeafLayout, code: string): string {
    const { literals, range } = leaf;
    if (leafCount(leaf) === 1) return text(placeholder(leaf));
    const shifted = (by: number): string =>
      by === 0 ? code : by > 0 ? `(${code} + ${by})` : `(${code} - ${-by})`;
    if (range === undefined) {
      if (literals.length === 2 && literals[0] === false && literals[1] === true) return `(${code} === 1)`;
      return `${this.#table(literals)}[${code}]`;
    }
    const number = shifted(range.minimum - literals.length);
    if (literals.length === 0) return number;
    const literal = literals.length === 1 ? text(literals[0]) : `${this.#table(literals)}[${code}]`;
    return `(${code} < ${literals.length} ? ${literal} : ${number})`;
  }

  /** Statements that set `c` to the code of `value`, or do `otherwise` when it has none. */
  encode(leaf: LeafLayout, value: string, otherwise: string, out: string[]): void {
    const { literals, range } = leaf;
    const none = range === undefined
      ? otherwise
      : this.#encodeRange(range, literals.length, value, otherwise);
    const cases = literals.map((literal, code) => `if (${value} === ${text(literal)}) c = ${code}; else `);
    out.push(`${cases.join("")}{ ${none} }`);
  }

  #encodeRange(
    { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
    first: number,
    value: string,
    otherwise: string,
  ): string {
    const less = minimum === 0 ? value : minimum > 0 ? `${value} - ${minimum}` : `${value} + ${-minimum}`;
    const code = first === 0 ? "" : ` c += ${first};`;
    // What is below the range is above it as an unsigned number: one comparison does for both.
    if (Math.abs(minimum) < 2 ** 29 && maximum - minimum < 2 ** 29) {
      return `c = ${less}; if ((${value} | 0) !== ${value} || c >>> 0 > ${
        maximum - minimum
      }) ${otherwise}${code}`;
    }
    const isWhole = Math.abs(minimum) < 2 ** 31 && Math.abs(maximum) < 2 ** 31
      ? `(${value} | 0) === ${value}`
      : `Number.isInteger(${value})`;
    return `if (!(${isWhole} && ${value} >= ${minimum} && ${value} <= ${maximum})) ${otherwise} c = ${less};${code}`;
  }
}
