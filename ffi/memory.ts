/**
 * Mappings and the objects behind them: mmap, memfd, POSIX shared memory.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/mmap.2.html}
 * @see {@link https://man7.org/linux/man-pages/man2/memfd_create.2.html}
 * @see {@link https://man7.org/linux/man-pages/man3/shm_open.3.html}
 * @module
 */
import { mmapAt } from "./address_space.ts";
import { checked, ErrnoError } from "./errno.ts";
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";
import { fileSizeLimit } from "./process_limits.ts";

const libc = openLibrary(libcFile, {
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
  posix_fallocate: { parameters: ["i32", "i64", "i64"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
  getpagesize: { parameters: [], result: "i32" },
});

/** Protection and sharing flags of {@link mapFile}. Source: `mmap(2)`. */
export const mapping = {
  PROT_NONE: 0,
  PROT_READ: 1,
  PROT_WRITE: 2,
  MAP_SHARED: 1,
  MAP_PRIVATE: 2,
  MAP_POPULATE: 0x8000,
} as const;
const FD_CLOEXEC_MEMFD = 1;
const EFBIG = 27;
const [O_RDWR, O_CREAT, O_EXCL, O_CLOEXEC] = [2, 0o100, 0o200, 0o2000000];

let page: number | undefined;
let probes = 0;

/** Bytes of a page. */
export function pageBytes(): number {
  return page ??= libc.getpagesize();
}

/** `text` as a C string. @throws {RangeError} when it holds a NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new RangeError(`Cannot pass ${JSON.stringify(text)} to C: it holds a NUL`);
  return new TextEncoder().encode(text + "\0");
}

/** A file without a name, of 0 bytes. The caller closes the fd. @throws {ErrnoError} */
export function memfdCreate(name: string): number {
  return checked("create a memfd", libc.memfd_create(cString(name), FD_CLOEXEC_MEMFD));
}

/** Opens the shared-memory object `/name`, creating it when asked; creating refuses an existing one. @throws {ErrnoError} */
export function shmOpen(name: string, create: boolean): number {
  const flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
  const fd = libc.shm_open(cString(`/${name}`), flags, 0o600);
  return checked(`${create ? "create" : "open"} shared memory ${JSON.stringify(name)}`, fd);
}

/** Removes the name; mappings and fds live on. @throws {ErrnoError} */
export function shmUnlink(name: string): void {
  checked(`unlink shared memory ${JSON.stringify(name)}`, libc.shm_unlink(cString(`/${name}`)));
}

/** Why `bytes` bytes of shared memory with a name can not be had here, or `undefined` when they can. */
export function whyNoSharedMemory(bytes: number): string | undefined {
  const name = `lockstep-probe-${Deno.pid}-${probes += 1}`;
  try {
    const fd = shmOpen(name, true);
    try {
      shmUnlink(name);
      allocate(fd, bytes);
      return undefined;
    } finally {
      closeFd(fd);
    }
  } catch (error) {
    if (error instanceof ErrnoError) return `Cannot use ${bytes} bytes in /dev/shm: ${error.code}`;
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

/** Gives the file behind `fd` exactly `bytes` bytes. @throws {ErrnoError} EFBIG past RLIMIT_FSIZE, without the signal */
export function truncate(fd: number, bytes: number): void {
  const action = `give fd ${fd} a length of ${bytes} bytes`;
  if (bytes > fileSizeLimit()) throw new ErrnoError(action, EFBIG);
  checked(action, libc.ftruncate(fd, BigInt(bytes)));
}

/**
 * Makes the file behind `fd` at least `bytes` bytes long and reserves its memory now: no SIGBUS later.
 *
 * @throws {ErrnoError} ENOSPC, or EFBIG past RLIMIT_FSIZE, without the signal
 */
export function allocate(fd: number, bytes: number): void {
  const number = bytes > fileSizeLimit() ? EFBIG : libc.posix_fallocate(fd, 0n, BigInt(bytes));
  if (number !== 0) throw new ErrnoError(`reserve ${bytes} bytes for fd ${fd}`, number);
}

/** Length of the file behind `fd` in bytes; moves the file's offset to its end. @throws {ErrnoError} */
export function fileBytes(fd: number): number {
  return checked(`find the length of fd ${fd}`, Number(libc.lseek(fd, 0n, 2)));
}

/** Closes `fd`. @throws {ErrnoError} */
export function closeFd(fd: number): void {
  checked(`close fd ${fd}`, libc.close(fd));
}

/**
 * A shared, readable and writable mapping of the first `bytes` bytes of a file.
 *
 * `buffer` aliases the memory without a copy. Disposal detaches it before it unmaps: every view of it becomes empty
 * (length 0, elements `undefined`), so a view that was kept too long reads nothing instead of ending the process
 * by SIGSEGV. That covers `buffer` only: a view made from `address` by other means still dangles, and so does what
 * `buffer` was transferred to.
 */
export class Mapping implements Disposable {
  /** Length of the mapping as asked for; the kernel rounds up to pages. */
  readonly bytes: number;
  /** The memory itself. */
  readonly buffer: ArrayBuffer;
  /** Where it lies in this process, the same in all its threads. */
  readonly address: bigint;
  /** The first byte, for calls that want a pointer. Not to be used after disposal. */
  readonly pointer: Deno.PointerObject;
  #mapped = true;

  /** Maps `fd`, which may be closed afterwards. @throws {ErrnoError} @throws {RangeError} */
  constructor(fd: number, bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes < 1) {
      throw new RangeError(`Cannot map fd ${fd}: bytes is ${bytes}, must be an integer of at least 1`);
    }
    const { PROT_READ, PROT_WRITE, MAP_SHARED } = mapping;
    const address = mmapAt(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address < 0) throw new ErrnoError(`map ${bytes} bytes of fd ${fd}`, -address);
    this.bytes = bytes;
    this.address = BigInt(address);
    this.pointer = Deno.UnsafePointer.create(this.address)!;
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(this.pointer, bytes);
  }

  /** Detaches the buffer and unmaps. A second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    if (!this.buffer.detached) this.buffer.transfer(0);
    checked("unmap", libc.munmap(this.pointer, BigInt(this.bytes)));
  }
}
