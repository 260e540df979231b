/**
 * Errors of the operating system: their names, and the one error class that carries them.
 *
 * @module
 */
import { libcFile, openLibrary } from "./library.ts";

/** Names by number, Linux on x86-64 and arm64. Source: `include/uapi/asm-generic/errno-base.h` and `errno.h`. */
const names: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  7: "E2BIG",
  8: "ENOEXEC",
  9: "EBADF",
  10: "ECHILD",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  15: "ENOTBLK",
  16: "EBUSY",
  17: "EEXIST",
  18: "EXDEV",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  25: "ENOTTY",
  26: "ETXTBSY",
  27: "EFBIG",
  28: "ENOSPC",
  29: "ESPIPE",
  30: "EROFS",
  31: "EMLINK",
  32: "EPIPE",
  33: "EDOM",
  34: "ERANGE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  40: "ELOOP",
  42: "ENOMSG",
  61: "ENODATA",
  62: "ETIME",
  71: "EPROTO",
  74: "EBADMSG",
  75: "EOVERFLOW",
  77: "EBADFD",
  84: "EILSEQ",
  88: "ENOTSOCK",
  89: "EDESTADDRREQ",
  90: "EMSGSIZE",
  91: "EPROTOTYPE",
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  94: "ESOCKTNOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  105: "ENOBUFS",
  106: "EISCONN",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
  114: "EALREADY",
  115: "EINPROGRESS",
  125: "ECANCELED",
  129: "EKEYREJECTED",
  133: "EHWPOISON",
};

/** The name of errno `number`, or `errno 1234` for one that is not in the table. */
export function errnoName(number: number): string {
  return names[number] ?? `errno ${number}`;
}

/** A failed call of the operating system. */
export class ErrnoError extends Error {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "ErrnoError";
  /** Positive error number. */
  readonly number: number;
  /** Its name, for example `ENOENT`. */
  readonly code: string;

  /** `action` completes the sentence "Cannot ...". */
  constructor(action: string, number: number) {
    super(`Cannot ${action}: ${errnoName(number)}`);
    this.number = number;
    this.code = errnoName(number);
  }
}

const libc = openLibrary(libcFile, { __errno_location: { parameters: [], result: "pointer" } });
let cell: Int32Array | undefined;

/**
 * The calling thread's errno, as the last blocking call left it. Wrong after a nonblocking call, which runs on
 * another thread.
 */
export function errno(): number {
  if (cell === undefined) {
    const location = libc.__errno_location();
    if (location === null) throw new TypeError("Cannot read errno: its location is NULL");
    cell = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
  }
  return cell[0]!;
}

/** Returns `result` unless it is negative, then throws {@link ErrnoError} with the thread's errno. */
export function checked(action: string, result: number): number {
  if (result < 0) throw new ErrnoError(action, errno());
  return result;
}
