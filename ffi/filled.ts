/**
 * Whether memory holds one byte all over, at the speed of the C library.
 *
 * @module
 */
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  memcmp: { parameters: ["pointer", "pointer", "usize"], result: "i32" },
});

/**
 * Whether all `bytes` bytes from `address` on are `value`. They must be mapped, or the process ends.
 *
 * @throws {RangeError} for less than one byte
 */
export function isFilled(address: bigint, bytes: number, value: number): boolean {
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new RangeError(`Cannot compare memory: bytes is ${bytes}, must be an integer of at least 1`);
  }
  const first = Deno.UnsafePointer.create(address)!;
  if (new Deno.UnsafePointerView(first).getUint8() !== value) return false;
  // Every byte is like the one before it.
  return bytes === 1 ||
    libc.memcmp(first, Deno.UnsafePointer.create(address + 1n), BigInt(bytes - 1)) === 0;
}
