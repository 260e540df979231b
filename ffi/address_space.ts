/**
 * The calls that change an address space, exactly as the kernel answers them: no exception, no rounding, no check.
 *
 * Every function returns what the call returned, or the negated errno. Addresses are plain numbers; user space
 * ends at 2^47, so none is lost. A wrong address given to {@link mmapAt} with `MAP_FIXED` destroys whatever lives
 * there: only addresses inside a {@link reserveRange reserved range} may be passed.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/mmap.2.html}
 * @module
 */
import { answered, ErrnoError, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  // One word, in the register in which a pointer is returned, but with room for it before the call: see errnoWord.
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: { struct: ["u64"] } },
  munmap: { parameters: ["usize", "usize"], result: "i32" },
  mprotect: { parameters: ["usize", "usize", "i32"], result: "i32" },
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
});

/** Protection bits of {@link mmapAt} and {@link mprotectAt}. Source: `mmap(2)`. */
export const protection = { none: 0, read: 1, write: 2 } as const;

/** Flags of {@link mmapAt}. Source: `mmap(2)`. */
export const mapFlags = {
  shared: 0x01,
  private: 0x02,
  fixed: 0x10,
  anonymous: 0x20,
  fixedNoReplace: 0x10_0000,
} as const;

/** Advice of {@link madviseAt} that makes pages present, by a read or by a write. Source: `madvise(2)`. */
export const advice = { populateRead: 22, populateWrite: 23 } as const;

const EEXIST = 17;

/** A whole number of bytes, which may be negative, as a 64-bit word. */
function word(bytes: number): bigint {
  return BigInt.asUintN(64, BigInt(bytes));
}

/** `mmap`: the address of the new mapping, or the negated errno. `fd` is -1 for an anonymous mapping. */
export function mmapAt(
  address: number,
  bytes: number,
  protectionBits: number,
  flags: number,
  fd: number,
  offsetBytes: number,
): number {
  const answer = libc.mmap(word(address), word(bytes), protectionBits, flags, fd, BigInt(offsetBytes));
  const number = errnoWord[0]!;
  const [low, high] = new Uint32Array(answer.buffer, answer.byteOffset, 2) as unknown as [number, number];
  // No address of user space comes near to -1, which is all that a failure answers.
  return high === 0xffff_ffff ? -number : high * 2 ** 32 + low;
}

/** `munmap`: 0 or the negated errno. */
export function munmapAt(address: number, bytes: number): number {
  return answered(libc.munmap(word(address), word(bytes)), errnoWord[0]!);
}

/** `mprotect`: 0 or the negated errno; pages before the one that failed are changed all the same. */
export function mprotectAt(address: number, bytes: number, protectionBits: number): number {
  return answered(libc.mprotect(word(address), word(bytes), protectionBits), errnoWord[0]!);
}

/** `madvise`: 0 or the negated errno. */
export function madviseAt(address: number, bytes: number, adviceNumber: number): number {
  return answered(libc.madvise(word(address), word(bytes), adviceNumber), errnoWord[0]!);
}

/**
 * Where ranges of our own begin: 16 TiB, far from the area in which the kernel places mappings by itself (just
 * below 128 TiB). Nothing else comes to lie in a hole that a test leaves there.
 */
export const reservedBase = 0x1000_0000_0000;

/** Says that `bytes` bytes at `address` hold no mapping; they stay holes. @throws {ErrnoError} EEXIST otherwise */
export function reserveRange(address: number, bytes: number): void {
  const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixedNoReplace;
  const answer = mmapAt(address, bytes, protection.none, flags, -1, 0);
  if (answer < 0) throw new ErrnoError(`reserve ${bytes} bytes at 0x${address.toString(16)}`, -answer);
  // Kernels before 4.17 do not know the flag and place the mapping elsewhere.
  munmapAt(answer, bytes);
  if (answer !== address) throw new ErrnoError(`reserve ${bytes} bytes at 0x${address.toString(16)}`, EEXIST);
}
