/**
 * A buffer as a file descriptor, in memory, for another process to read or to share.
 *
 * There is no way to put an fd under memory that already exists without copying: MAP_FIXED does not wrap a buffer,
 * it replaces its pages, the neighbours' bytes on the last one included, and even a failing MAP_FIXED may leave a
 * hole. So there are three honest ways:
 * - {@link bufferToFd} copies, once, into a file that nobody can change afterwards;
 * - {@link allocateShared} gives memory that is a file from the start: nothing is ever copied;
 * - {@link shareInPlace} moves whole pages of memory that the caller has mapped itself into a file.
 *
 * Whoever receives an fd maps it with {@link openShared}, which looks at the seals first: a file whose length may
 * shrink ends its reader by SIGBUS.
 *
 * Fds that are returned belong to the caller and are close-on-exec. A failure leaves no fd, mapping or name behind.
 *
 * @example Hand a copy to a consumer
 * ```ts
 * import { bufferToFd, openShared } from "./shared_buffer.ts";
 * import { closeFd } from "../ffi/memory.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = bufferToFd(new TextEncoder().encode("hello"));
 * {
 *   using view = openShared(fd);
 *   assertEquals(new TextDecoder().decode(view.bytes), "hello");
 *   assertEquals(view.stable, true);
 * }
 * closeFd(fd);
 * ```
 *
 * @see {@link https://man7.org/linux/man-pages/man2/memfd_create.2.html}
 * @module
 */
import { munmapAt } from "../ffi/address_space.ts";
import { ErrnoError } from "../ffi/errno.ts";
import { closeCall } from "../ffi/file_calls.ts";
import { cString, pageBytes } from "../ffi/memory.ts";
import { operations } from "./shared_buffer/operations.ts";

/** The file may not be trusted: its owner can still make it shorter, and every reader with it fault. */
export class UnsealedFileError extends Error {
  /** The class's name, as errors print it. */
  override readonly name = "UnsealedFileError";

  /** Names the fd that was refused. */
  constructor(fd: number) {
    super(`Cannot open shared fd ${fd}: its length may shrink, must be sealed with F_SEAL_SHRINK`);
  }
}

function succeeded(result: number, action: () => string): number {
  if (result < 0) throw new ErrnoError(action(), -result);
  return result;
}

/** Refuses what a 32-bit parameter would silently truncate to another file's number. */
function checkFd(fd: number, action: string): void {
  if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff) {
    throw new RangeError(`Cannot ${action}: fd is ${fd}, must be an integer from 0 to 2147483647`);
  }
}

function checkBytes(bytes: number, action: string): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`Cannot ${action}: bytes is ${bytes}, must be an integer of at least 0`);
  }
}

function checkAddress(address: number, action: string): void {
  if (!Number.isSafeInteger(address) || address <= 0) {
    throw new RangeError(`Cannot ${action}: address is ${address}, must be an integer of at least 1`);
  }
}

function pointerTo(address: number): Deno.PointerObject {
  return Deno.UnsafePointer.create(BigInt(address))!;
}

/**
 * A sealed copy of `bytes` as a new fd: complete or an error, offset 0, unchangeable by anybody.
 *
 * Costs one copy in the kernel. The bytes are read during the call only; another thread that writes to them
 * meanwhile makes the copy a mixture. An empty buffer gives an empty file.
 *
 * @throws {TypeError} when `bytes` is no Uint8Array over an ArrayBuffer.
 * @throws {ErrnoError} EMFILE, ENFILE, ENOMEM, ENOSPC, or EFBIG past RLIMIT_FSIZE.
 */
export function bufferToFd(bytes: Uint8Array<ArrayBuffer>): number {
  if (!(bytes instanceof Uint8Array) || !((bytes.buffer as unknown) instanceof ArrayBuffer)) {
    throw new TypeError("Cannot copy a buffer to an fd: the buffer is no Uint8Array over an ArrayBuffer");
  }
  // An empty view has no address, and none is asked for it.
  const address = bytes.length === 0 ? 0 : Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
  const result = operations.copyToFd(address, bytes.length);
  return succeeded(result, () => `copy ${bytes.length} bytes to an fd`);
}

/** Memory that is a file. Disposing unmaps it and closes the fd; what was duplicated or sent elsewhere lives on. */
export interface SharedAllocation extends Disposable {
  /** The file, of exactly the length of `bytes`, which nobody can change any more. */
  readonly fd: number;
  /** The memory itself. Not to be touched after disposal: a touch ends the process by SIGSEGV. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Memory of `bytes` bytes, all 0, that is a file from the start: whoever gets the fd sees the same bytes.
 *
 * The length is sealed, so that neither side can make the other fault. The contents stay open for both.
 *
 * @throws {RangeError} when `bytes` is negative or no integer.
 * @throws {ErrnoError} ENOMEM when there is no room, EMFILE, ENFILE, EFBIG past RLIMIT_FSIZE.
 */
export function allocateShared(bytes: number): SharedAllocation {
  checkBytes(bytes, "allocate shared memory");
  const allocation = operations.allocate(bytes);
  if (typeof allocation === "number") {
    throw new ErrnoError(`allocate ${bytes} bytes of shared memory`, -allocation);
  }
  try {
    return new Allocated(allocation.fd, allocation.address, bytes);
  } catch (error) {
    closeCall(allocation.fd);
    throw error;
  }
}

/** What maps memory and gives it back once. */
class Mapped implements Disposable {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #address: number;
  /** Not the length of `bytes`, which is 0 once somebody has transferred its buffer. */
  readonly #mappedBytes: number;

  constructor(address: number, bytes: number) {
    this.#address = address;
    this.#mappedBytes = bytes;
    try {
      this.bytes = bytes === 0
        ? new Uint8Array(0)
        : new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointerTo(address), bytes));
    } catch (error) {
      // More than an ArrayBuffer can show: whoever asked is told, and nothing stays mapped.
      munmapAt(address, bytes);
      throw error;
    }
  }

  /** Unmaps. A second call does nothing. */
  [Symbol.dispose](): void {
    const address = this.#address;
    this.#address = 0;
    if (address !== 0) munmapAt(address, this.#mappedBytes);
  }
}

class Allocated extends Mapped implements SharedAllocation {
  #fd: number;

  constructor(fd: number, address: number, bytes: number) {
    super(address, bytes);
    this.#fd = fd;
  }

  get fd(): number {
    return this.#fd;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    if (this.#fd >= 0) closeCall(this.#fd);
    this.#fd = -1;
  }
}

/** A file of somebody else, mapped privately. Disposing unmaps it; the fd stays the caller's. */
export interface SharedView extends Disposable {
  /**
   * The file's bytes, all of them. A store to them is not seen by anybody else, and cuts its page off from the
   * file. Not to be touched after disposal: a touch ends the process by SIGSEGV.
   */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the contents are final. When false, others may still write, or punch holes: copy before you check. */
  readonly stable: boolean;
}

class Opened extends Mapped implements SharedView {
  readonly stable: boolean;

  constructor(address: number, bytes: number, stable: boolean) {
    super(address, bytes);
    this.stable = stable;
  }
}

/**
 * Maps a file that was received from a peer, without trusting the peer.
 *
 * Only a memfd whose length can not shrink is accepted, so that no access can fault. Nothing is copied.
 *
 * @throws {UnsealedFileError} when the length may still shrink.
 * @throws {RangeError} when `fd` can not be one.
 * @throws {ErrnoError} EBADF when it is closed, EINVAL when it has no seals (a socket, a file on disk), EACCES when
 * it can not be read.
 */
export function openShared(fd: number): SharedView {
  checkFd(fd, "open shared fd");
  const opened = operations.open(fd);
  if (opened === "may shrink") throw new UnsealedFileError(fd);
  if (typeof opened === "number") throw new ErrnoError(`open shared fd ${fd}`, -opened);
  return new Opened(opened.address, opened.bytes, opened.stable);
}

/**
 * Makes the contents and the length of a memfd final, for everybody and for ever.
 *
 * @throws {RangeError} when `fd` can not be one.
 * @throws {ErrnoError} EBUSY while somebody has it mapped in a way that could be used to write, also for reading
 * only; EPERM when its seals are sealed or the fd can not write; EINVAL when it has no seals.
 */
export function freezeShared(fd: number): void {
  checkFd(fd, "freeze shared fd");
  succeeded(operations.freeze(fd), () => `freeze shared fd ${fd}`);
}

/**
 * Writes whole pages of memory to the start of a file and maps the file in their place: from then on they are shared.
 *
 * For memory that the caller has mapped itself, by address. Never for a buffer of the JavaScript heap or of
 * `malloc`: its pages go back to the allocator one day and would still be shared. A failure leaves the memory as it
 * was, but the file may have received a part.
 *
 * @throws {RangeError} when address or length is not a whole number of pages: the neighbours would be lost.
 * @throws {ErrnoError} EACCES unless the fd can read and write, EPERM when it is sealed, ENODEV when it can not be
 * mapped, EINVAL when it appends whatever is written to it (O_APPEND), EFAULT when the memory can not be read.
 */
export function shareInPlace(fd: number, address: number, bytes: number): void {
  checkFd(fd, "share memory in place");
  checkAddress(address, "share memory in place");
  checkBytes(bytes, "share memory in place");
  const result = operations.shareInPlace(fd, address, bytes);
  if (result === "not whole pages") {
    throw new RangeError(
      `Cannot share memory in place: ${bytes} bytes at 0x${
        address.toString(16)
      } are not whole pages of ${pageBytes()} bytes`,
    );
  }
  succeeded(result, () => `share ${bytes} bytes in place`);
}

/**
 * Creates a shared-memory object under a name that nobody has, and opens it to read and write.
 *
 * `name` begins with a slash and holds no other. The name outlives the process: remove it with
 * {@link removeNamed} as soon as the peer has it open. Such an object can not be sealed.
 *
 * @throws {RangeError} when `name` holds a NUL.
 * @throws {ErrnoError} EEXIST when the name is taken, EINVAL when it is empty, too long or holds another slash.
 */
export function createNamed(name: string): number {
  const fd = operations.createNamed(cString(name));
  return succeeded(fd, () => `create shared memory ${JSON.stringify(name)}`);
}

/**
 * Removes `name`, provided that it still is the name of the object behind `fd`.
 *
 * A name that was removed meanwhile may have been given to somebody else's object, which is left alone. (Between
 * looking and removing there is a moment; the kernel offers no way to do both at once.)
 *
 * @throws {RangeError} when `name` holds a NUL or `fd` can not be one.
 * @throws {ErrnoError} ENOENT when the name is gone or somebody else's, EBADF when `fd` is closed.
 */
export function removeNamed(name: string, fd: number): void {
  checkFd(fd, "remove a shared-memory name");
  succeeded(operations.removeNamed(fd, cString(name)), () => `remove shared memory ${JSON.stringify(name)}`);
}
