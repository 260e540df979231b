/**
 * Pages that answer late: whoever touches one waits until it is filled. With it, a kernel thread can be stopped in the
 * middle of writing to memory.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/userfaultfd.2.html}
 * @module
 */
import { checked, ErrnoError, errnoName, errnoWord } from "./errno.ts";
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";
import { closeFd } from "./memory.ts";
import { Region } from "./region.ts";

const libc = openLibrary(libcFile, {
  userfaultfd: { name: "syscall", parameters: ["i32", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
});

const [SYS_USERFAULTFD, O_CLOEXEC, O_NONBLOCK] = [323, 0o2000000, 0o4000];
const [UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE] = [0xc018_aa3fn, 0xc020_aa00n, 0xc020_aa04n];

/** Why {@link LatePages} can not be had here, or `undefined` when they can. */
export function whyNoLatePages(): string | undefined {
  using region = Region.anonymous(4096);
  try {
    using _pages = new LatePages(region.address, 4096);
    return undefined;
  } catch (error) {
    if (error instanceof EnvironmentError || error instanceof ErrnoError) return error.message;
    throw error;
  }
}

/** A range of private pages that were never touched and stay away until {@link LatePages.fill}. */
export class LatePages implements Disposable {
  readonly #fd: number;
  readonly #address: number;
  readonly #bytes: number;
  #open = true;

  /** Watches whole pages. @throws {EnvironmentError} where user faults are refused @throws {ErrnoError} */
  constructor(address: number, bytes: number) {
    this.#address = address;
    this.#bytes = bytes;
    this.#fd = libc.userfaultfd(SYS_USERFAULTFD, O_CLOEXEC | O_NONBLOCK);
    if (this.#fd < 0) {
      throw new EnvironmentError(`Cannot make pages late: userfaultfd says ${errnoName(errnoWord[0]!)}`);
    }
    try {
      this.#control("enable user faults", UFFDIO_API, [0xaan, 0n, 0n]);
      this.#control("register late pages", UFFDIO_REGISTER, [BigInt(address), BigInt(bytes), 1n, 0n]);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits until somebody is stopped at one of the pages; `false` when `timeoutMs` has passed before. @throws {ErrnoError} */
  wait(timeoutMs: number): boolean {
    const request = new Int32Array([this.#fd, 1]);
    return checked("poll", libc.poll(new Uint8Array(request.buffer), 1n, timeoutMs)) > 0;
  }

  /** Fills the pages with zeros and lets whoever waits go on. @throws {ErrnoError} */
  fill(): void {
    this.#control("fill late pages", UFFDIO_ZEROPAGE, [BigInt(this.#address), BigInt(this.#bytes), 0n, 0n]);
  }

  /** Takes the pages away once more, with what they held: whoever touches them next waits. @throws {ErrnoError} */
  empty(): void {
    const MADV_DONTNEED = 4;
    checked("empty late pages", libc.madvise(BigInt(this.#address), BigInt(this.#bytes), MADV_DONTNEED));
  }

  /** Makes the pages ordinary ones; whoever waits goes on. A second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeFd(this.#fd);
  }

  #control(action: string, request: bigint, words: readonly bigint[]): void {
    checked(action, libc.ioctl(this.#fd, request, new Uint8Array(new BigUint64Array(words).buffer)));
  }
}
