/**
 * Errors of the operating system: their names, and the one error class that carries them.
 *
 * @module
 */
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";

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

function locate(): Int32Array {
  try {
    const location = libc.__errno_location();
    if (location === null) throw new TypeError("Cannot read errno: its location is NULL");
    return new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
  } catch (error) {
    // Without native code no call can fail: importing this is no mistake, calling is told by the library.
    if (error instanceof EnvironmentError) return new Int32Array(1);
    throw error;
  }
}

/**
 * The calling thread's errno, as memory: element 0 is what the last failed call has left there.
 *
 * Read it in the statement behind the call, in the same function, and only where the call's result has at most 32
 * bits. A result of 64 bits is a `bigint`, which is allocated after the call has returned; an allocation or the
 * beginning of another function may let the garbage collector in, and what that waits for leaves EAGAIN here. It
 * happens once in some twenty million failed calls. A structure as result is allocated before the call and does no
 * harm. Wrong after a nonblocking call, which runs on another thread.
 */
export const errnoWord: Int32Array = locate();

/** `result`, or the negated errno where it is -1, for calls as in `answered(libc.close(fd), errnoWord[0]!)`. */
export function answered(result: number, errnoNumber: number): number {
  return result === -1 ? -errnoNumber : result;
}

/**
 * Returns `result` unless it is negative, then throws {@link ErrnoError} with the thread's errno: for telling a person.
 * Whoever decides by it reads {@link errnoWord}.
 */
export function checked(action: string, result: number): number {
  if (result < 0) throw new ErrnoError(action, errnoWord[0]!);
  return result;
}
