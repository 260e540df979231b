/**
 * Loads and stores that may fault, turned into answers.
 *
 * Memory is never touched by this process' own instructions: `process_vm_readv` and `process_vm_writev` on our own
 * pid go through the same page tables and answer EFAULT where an access would fault. Which signal it would have
 * been is found with `madvise`: populating the page for the same kind of access says EFAULT for SIGBUS, and ENOMEM
 * or EINVAL for SIGSEGV. Not valid for pages that are only writable or only executable, where the kernel's copy
 * and a CPU's access differ.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/process_vm_readv.2.html}
 * @see {@link https://man7.org/linux/man-pages/man2/madvise.2.html}
 * @module
 */
import { advice, madviseAt } from "./address_space.ts";
import { ErrnoError, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { pageBytes } from "./memory.ts";

const libc = openLibrary(libcFile, {
  process_vm_readv: { parameters: ["i32", "buffer", "usize", "buffer", "usize", "usize"], result: "i32" },
  process_vm_writev: { parameters: ["i32", "buffer", "usize", "buffer", "usize", "usize"], result: "i32" },
});

/** The signal that an access would have raised. */
export type FaultSignal = "SIGSEGV" | "SIGBUS";

const EFAULT = 14;
const local = new Uint8Array(1);
/** Two `struct iovec`: the byte of ours, and the one at the address in question. Kept, so that it is built once. */
let vectors:
  | { readonly local: Uint32Array<ArrayBuffer>; readonly remote: Uint32Array<ArrayBuffer> }
  | undefined;

function vectorsFor(address: number): { local: Uint32Array<ArrayBuffer>; remote: Uint32Array<ArrayBuffer> } {
  if (vectors === undefined) {
    const place = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(local)));
    const words = (start: number): Uint32Array<ArrayBuffer> =>
      new Uint32Array([start >>> 0, Math.floor(start / 2 ** 32), 1, 0]);
    vectors = { local: words(place), remote: words(0) };
  }
  vectors.remote[0] = address >>> 0;
  vectors.remote[1] = Math.floor(address / 2 ** 32);
  return vectors;
}

/** What an access to `address` that was answered with errno `number` would have raised, found by populating its page for it. */
function faultAt(address: number, number: number, adviceNumber: number, action: string): FaultSignal {
  if (number !== EFAULT) throw new ErrnoError(`${action} 0x${address.toString(16)}`, number);
  const bytes = pageBytes();
  return -madviseAt(address - address % bytes, bytes, adviceNumber) === EFAULT ? "SIGBUS" : "SIGSEGV";
}

/** The byte at `address`, or the signal that a load would raise. @throws {ErrnoError} when the kernel refuses to look */
export function loadByte(address: number): number | FaultSignal {
  const { local: ours, remote } = vectorsFor(address);
  const count = libc.process_vm_readv(Deno.pid, ours, 1n, remote, 1n, 0n);
  const number = errnoWord[0]!;
  return count === 1 ? local[0]! : faultAt(address, number, advice.populateRead, "load the byte at");
}

/** Stores `value` at `address`; the signal that a store would raise, if any. @throws {ErrnoError} as {@link loadByte} */
export function storeByte(address: number, value: number): FaultSignal | undefined {
  const { local: ours, remote } = vectorsFor(address);
  local[0] = value;
  const count = libc.process_vm_writev(Deno.pid, ours, 1n, remote, 1n, 0n);
  const number = errnoWord[0]!;
  return count === 1 ? undefined : faultAt(address, number, advice.populateWrite, "store a byte at");
}
