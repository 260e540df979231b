/**
 * Private memory and ring memory: mappings whose pages can be taken away and given back.
 *
 * Addresses are plain numbers here: user space ends below 2^47, so they are exact, and cost no BigInt.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/mprotect.2.html}
 * @module
 */
import { mmapAt } from "./address_space.ts";
import { checked, ErrnoError } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  process_vm_readv: { parameters: ["i32", "buffer", "usize", "buffer", "usize", "usize"], result: "isize" },
  getpid: { parameters: [], result: "i32" },
});

const [PROT_NONE, PROT_READ_WRITE] = [0, 3];
const [MAP_SHARED, MAP_PRIVATE, MAP_POPULATE, MAP_ANONYMOUS] = [1, 2, 0x8000, 0x20];

/** What a page may be used for: nothing at all, or reading and writing. */
export type Access = "none" | "read-write";

/**
 * One mapping. `buffer` aliases its memory without a copy and must not be touched where access is `"none"` or
 * after disposal: the process would be ended by SIGSEGV.
 */
export class Region implements Disposable {
  readonly bytes: number;
  readonly buffer: ArrayBuffer;
  /** Address of the first byte. */
  readonly address: number;
  #pointer: Deno.PointerObject | null;

  private constructor(pointer: Deno.PointerObject, bytes: number) {
    this.#pointer = pointer;
    this.bytes = bytes;
    this.address = Number(Deno.UnsafePointer.value(pointer));
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, bytes);
  }

  /** Maps `bytes` bytes of private zeroed memory. @throws {ErrnoError} @throws {RangeError} */
  static anonymous(bytes: number, access: Access = "read-write"): Region {
    const protection = access === "none" ? PROT_NONE : PROT_READ_WRITE;
    return new Region(map(bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "private memory"), bytes);
  }

  /** Maps `bytes` bytes of `fd` from `offset` on, shared and present at once. @throws {ErrnoError} @throws {RangeError} */
  static ofFile(fd: number, bytes: number, offset: number): Region {
    return new Region(map(bytes, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset, `fd ${fd}`), bytes);
  }

  /** Changes what the pages from `offset` on may be used for; `offset` is a multiple of the page size. @throws {ErrnoError} */
  protect(offset: number, bytes: number, access: Access): void {
    if (this.#pointer === null) throw new TypeError("Cannot protect a region: it is closed");
    const start = Deno.UnsafePointer.create(BigInt(this.address + offset));
    const protection = access === "none" ? PROT_NONE : PROT_READ_WRITE;
    checked("protect pages", libc.mprotect(start, BigInt(bytes), protection));
  }

  /** Unmaps. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#pointer === null) return;
    const pointer = this.#pointer;
    this.#pointer = null;
    checked("unmap", libc.munmap(pointer, BigInt(this.bytes)));
  }
}

function map(
  bytes: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
  what: string,
): Deno.PointerObject {
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new RangeError(`Cannot map ${what}: bytes is ${bytes}, must be an integer of at least 1`);
  }
  const address = mmapAt(0, bytes, protection, flags, fd, offset);
  if (address < 0) throw new ErrnoError(`map ${bytes} bytes of ${what}`, -address);
  return Deno.UnsafePointer.create(BigInt(address))!;
}

/**
 * Copies memory of this process by address, wherever it lies: a page that may not be touched is an answer
 * (`undefined`), not the end of the process.
 */
export function readMemory(address: number, bytes: number): Uint8Array<ArrayBuffer> | undefined {
  const copy = new Uint8Array(bytes);
  const pointer = Deno.UnsafePointer.of(copy);
  const local = new BigUint64Array([Deno.UnsafePointer.value(pointer), BigInt(bytes)]);
  const remote = new BigUint64Array([BigInt(address), BigInt(bytes)]);
  const count = libc.process_vm_readv(
    libc.getpid(),
    new Uint8Array(local.buffer),
    1n,
    new Uint8Array(remote.buffer),
    1n,
    0n,
  );
  return Number(count) === bytes ? copy : undefined;
}
