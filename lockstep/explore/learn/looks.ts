/**
 * What a watched run of a step has looked at, in order, and what it has written, as bits of packed words.
 *
 * @module
 */
import type { Bits } from "../codec/placement.ts";

/** Something that was looked at: some bits of one word, or (with `word` -1) a choice among `width` alternatives. */
export interface Look {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  /** The bits that were there, or the alternative that was chosen. */
  readonly code: number;
}

/** Bits of a word that are looked at together. Wider values are looked at piece by piece. */
const maximumLookWidth = 8;

/** Thrown to give up watching. */
export class Unwatchable extends Error {}

/** The looks and writes of one run at a time. */
export class Looks {
  /** The words before the run. */
  readonly before: Int32Array;
  /** Bits that the run has written, by word. */
  readonly written: Int32Array;
  readonly #read: Int32Array;
  #taken: Look[] = [];
  #open = false;
  /** Something happened that can not be told from bits, whatever the step made of the exception. */
  gaveUp = false;

  constructor(words: number) {
    this.before = new Int32Array(words);
    this.written = new Int32Array(words);
    this.#read = new Int32Array(words);
  }

  /** Begins a run from the state at `at`. */
  begin(source: Int32Array, at: number): void {
    for (let k = 0; k < this.before.length; k++) this.before[k] = source[at + k]!;
    this.written.fill(0);
    this.#read.fill(0);
    this.#taken = [];
    this.#open = true;
    this.gaveUp = false;
  }

  /** Ends the run: what is looked at from now on does not count. */
  end(): readonly Look[] {
    this.#open = false;
    return this.#taken;
  }

  /** Notes that the value which some bits had at the beginning was used. */
  look({ offset, width }: Bits): void {
    if (!this.#open) return;
    for (let done = 0; done < width;) {
      const word = (offset + done) >>> 5;
      const shift = (offset + done) & 31;
      const part = Math.min(width - done, 32 - shift, maximumLookWidth);
      const mask = ((1 << part) - 1) << shift;
      if ((mask & ~this.#read[word]!) !== 0) {
        this.#read[word]! |= mask;
        this.#taken.push({ word, shift, width: part, code: (this.before[word]! & mask) >>> shift });
      }
      done += part;
    }
  }

  /** Notes that one of `count` alternatives was chosen. */
  choose(count: number, chosen: number): void {
    this.#taken.push({ word: -1, shift: 0, width: count, code: chosen });
  }

  /** Notes that some bits no longer are what they were. */
  write({ offset, width }: Bits): void {
    for (let done = 0; done < width;) {
      const word = (offset + done) >>> 5;
      const shift = (offset + done) & 31;
      const part = Math.min(width - done, 32 - shift);
      this.written[word]! |= (part === 32 ? -1 : (1 << part) - 1) << shift;
      done += part;
    }
  }

  /** Leaves the run, which can not be watched. */
  giveUp(): never {
    this.gaveUp = true;
    throw new Unwatchable();
  }
}
