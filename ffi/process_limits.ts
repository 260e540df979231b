/**
 * Limits of this process that end it, or change the kernel's answers.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/getrlimit.2.html}
 * @module
 */
import { checked } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, { getrlimit: { parameters: ["i32", "buffer"], result: "i32" } });

const RLIMIT_FSIZE = 1;
/** `struct rlimit`: the limit in force, then the one up to which it may be raised; two words each. */
const limits = new Uint32Array(4);

/**
 * Bytes that a file may have, from RLIMIT_FSIZE; Infinity without a limit. Whoever writes or truncates past it is sent
 * SIGXFSZ, memory files included, and that ends the process.
 *
 * @throws {ErrnoError}
 */
export function fileSizeLimit(): number {
  checked("read the limit of a file's length", libc.getrlimit(RLIMIT_FSIZE, limits));
  const [low, high] = limits as unknown as [number, number];
  return high === 0xffff_ffff ? Infinity : high * 2 ** 32 + low;
}
