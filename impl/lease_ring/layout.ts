/**
 * Where everything lies in the area of a lease ring.
 *
 * The first words never change; the writer's and the reader's words have a cache line each; then come the
 * descriptor slots, then the data. All words are native-endian u32 and are reached by Atomics only.
 *
 * @module
 */
import { PeerError } from "./peer_error.ts";

/** Index of each header word. */
export const word = {
  magic: 0,
  version: 1,
  capacityBytes: 2,
  slots: 3,
  /** Set once the second process is there; the name of the area is gone from then on. */
  joined: 4,
  /** Where the next message goes. Written by the writer only, like the three after it. */
  end: 16,
  /** Messages published since the beginning, modulo 2^32. */
  published: 17,
  writerClosed: 18,
  /** 1 while the reader sleeps until the writer does something; the writer sets it back. */
  readerWaits: 19,
  /** Up to where the bytes have been given back. Written by the reader only, like the three after it. */
  start: 32,
  /** Messages taken since the beginning, modulo 2^32. */
  taken: 33,
  readerClosed: 34,
  /** 1 while the writer sleeps until the reader does something; the reader sets it back. */
  writerWaits: 35,
  /** The first descriptor slot: offset and length of a whole message, which goes on at 0 past the end. */
  descriptors: 48,
} as const;

/** "Lrng", read as a little-endian word. */
export const magicNumber = 0x676e_724c;
/** Version of this layout. */
export const layoutVersion = 1;

const wordBytes = 4;
const cacheLineBytes = 64;
const headerBytes = word.descriptors * wordBytes;

/** Every offset, and every sum of an offset and a length modulo the capacity, fits in a u32. */
export const maximumCapacityBytes = 0xffff_ffff;
/** One byte always stays free, so a smaller ring holds nothing. */
export const minimumCapacityBytes = 2;
/** Far below 2^31, so that differences of counters stay unambiguous. */
export const maximumSlots = 1_048_576;

/** The fixed sizes of an area. */
export interface RingSizes {
  /** Bytes for messages, from 2 to 2^32 - 1. One of them always stays free. */
  readonly capacityBytes: number;
  /** How many messages can be unread at once: a power of two from 1 to 2^20. */
  readonly slots: number;
}

/** Offset of the first data byte, a multiple of 64. */
export function dataOffsetBytes(slots: number): number {
  return Math.ceil((headerBytes + slots * 2 * wordBytes) / cacheLineBytes) * cacheLineBytes;
}

/** Bytes of the whole area. */
export function areaBytes(sizes: RingSizes): number {
  return dataOffsetBytes(sizes.slots) + sizes.capacityBytes;
}

/** What is wrong with `sizes`, as the end of a sentence. */
function wrongSizes({ capacityBytes, slots }: RingSizes): string | undefined {
  if (
    !Number.isInteger(capacityBytes) || capacityBytes < minimumCapacityBytes ||
    capacityBytes > maximumCapacityBytes
  ) {
    const allowed = `an integer from ${minimumCapacityBytes} to ${maximumCapacityBytes}`;
    return `capacityBytes is ${capacityBytes}, must be ${allowed}`;
  }
  if (!Number.isInteger(slots) || slots < 1 || slots > maximumSlots || (slots & (slots - 1)) !== 0) {
    return `slots is ${slots}, must be a power of two from 1 to ${maximumSlots}`;
  }
  return undefined;
}

/** Refuses sizes that no ring can have. @throws {RangeError} */
export function checkSizes(action: string, sizes: RingSizes): void {
  const wrong = wrongSizes(sizes);
  if (wrong !== undefined) throw new RangeError(`Cannot ${action}: ${wrong}`);
}

/** Refuses a file too short to hold even the words that describe it. @throws {PeerError} */
export function checkFileBytes(action: string, fileBytes: number): void {
  const [least, most] = [dataOffsetBytes(1) + minimumCapacityBytes, areaBytesMost];
  if (fileBytes < least || fileBytes > most) {
    throw new PeerError(
      `Cannot ${action}: its file has ${fileBytes} bytes, must be from ${least} to ${most}`,
    );
  }
}

const areaBytesMost = areaBytes({ capacityBytes: maximumCapacityBytes, slots: maximumSlots });

/**
 * Believes what a peer wrote into the header of a file of `fileBytes` bytes only as far as it fits together.
 *
 * @throws {PeerError}
 */
export function checkHeader(action: string, words: Uint32Array, fileBytes: number): RingSizes {
  const refuse = (what: string, value: number | string, allowed: string): never => {
    throw new PeerError(`Cannot ${action}: ${what} is ${value}, must be ${allowed}`);
  };
  const read = (index: number): number => Atomics.load(words, index);
  const magic = read(word.magic);
  if (magic !== magicNumber) {
    refuse("magic number", `0x${magic.toString(16)}`, `0x${magicNumber.toString(16)}`);
  }
  if (read(word.version) !== layoutVersion) refuse("version", read(word.version), `${layoutVersion}`);
  const sizes = { capacityBytes: read(word.capacityBytes), slots: read(word.slots) };
  const wrong = wrongSizes(sizes);
  if (wrong !== undefined) throw new PeerError(`Cannot ${action}: ${wrong}`);
  const needed = areaBytes(sizes);
  if (fileBytes < needed) {
    refuse("length of its file", fileBytes, `at least ${needed} for capacityBytes ${sizes.capacityBytes}`);
  }
  return sizes;
}
