/**
 * What the experiments put into memory, and how they say what they find there.
 *
 * @module
 */
import type { Region } from "../../ffi/region.ts";
import { peek, type PointedTo } from "./experiment.ts";

/** What is sent and received. */
export const word: Uint8Array<ArrayBuffer> = new TextEncoder().encode("word");

/** Memory that can be made to start with another byte. */
export function changing(region: Region, byte: number, changed: string): PointedTo {
  return { region, changed, change: () => void (new Uint8Array(region.buffer)[0] = byte) };
}

/** Whether memory starts with `word`, as words. */
export function received(region: Region): string {
  const bytes = peek(region, word.length);
  return bytes !== undefined && bytes.every((byte, index) => byte === word[index])
    ? "right bytes"
    : "wrong bytes";
}

/** Whether what was received is `word`, as words. */
export function content(bytes: Uint8Array | string): string {
  if (typeof bytes === "string") return bytes;
  if (bytes.length === 0) return "end of file";
  return bytes.length === word.length && bytes.every((byte, index) => byte === word[index])
    ? "right bytes"
    : "changed bytes";
}

/** A `struct iovec` that points to `bytes` of `payload`. */
export function vectorOf(payload: Region, bytes: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(payload.address), BigInt(bytes)]).buffer);
}

/** A `struct msghdr` with one vector, and room for a name when there is one. */
export function headerOf(vector: Region, name?: Region): Uint8Array {
  const header = new DataView(new ArrayBuffer(56));
  header.setBigUint64(0, BigInt(name?.address ?? 0), true);
  header.setUint32(8, name === undefined ? 0 : 16, true);
  header.setBigUint64(16, BigInt(vector.address), true);
  header.setBigUint64(24, 1n, true);
  return new Uint8Array(header.buffer);
}
