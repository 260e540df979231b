/**
 * Locks on single bytes of a file that end with their holder, however it ends: also by SIGKILL.
 *
 * They belong to the open file description. It lives until its fds are closed and its mappings are unmapped.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/F_OFD_SETLK.2const.html}
 * @module
 */
import { checked, ErrnoError, errnoName, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, { fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" } });
const [F_OFD_GETLK, F_OFD_SETLK, F_WRLCK, F_UNLCK] = [36, 37, 1, 2];

/** `struct flock` of a 64-bit Linux: i16 type, i16 whence, i64 start, i64 length, i32 pid. */
function flock(byteOffset: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(32));
  view.setInt16(0, F_WRLCK, true);
  view.setBigInt64(8, BigInt(byteOffset), true);
  view.setBigInt64(16, 1n, true);
  return view;
}

/** Takes the lock on the byte at `byteOffset`; false when another open file holds it. @throws {ErrnoError} */
export function lockByte(fd: number, byteOffset: number): boolean {
  if (libc.fcntl(fd, F_OFD_SETLK, flock(byteOffset).buffer) === 0) return true;
  const number = errnoWord[0]!;
  if (errnoName(number) === "EAGAIN" || errnoName(number) === "EACCES") return false;
  throw new ErrnoError(`lock byte ${byteOffset} of fd ${fd}`, number);
}

/** Whether another open file than that of `fd` holds the lock on the byte at `byteOffset`. @throws {ErrnoError} */
export function isByteLockedElsewhere(fd: number, byteOffset: number): boolean {
  const view = flock(byteOffset);
  checked(`look at the lock on byte ${byteOffset} of fd ${fd}`, libc.fcntl(fd, F_OFD_GETLK, view.buffer));
  return view.getInt16(0, true) !== F_UNLCK;
}
