/**
 * Byte streams between processes: pipes and Unix sockets, with blocking reads and writes.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/pipe.2.html}
 * @see {@link https://man7.org/linux/man-pages/man7/unix.7.html}
 * @module
 */
import { checked } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { closeFd, cString } from "./memory.ts";

const libc = openLibrary(libcFile, {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
});
const [O_CLOEXEC, F_SETPIPE_SZ, AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC] = [0o2000000, 1031, 1, 1, 0o2000000];
const [SOL_SOCKET, SO_SNDBUF, SO_RCVBUF] = [1, 7, 8];

/** Both ends of a pipe whose buffer has `bufferBytes` bytes, which the kernel rounds up. @throws {ErrnoError} */
export function openPipe(bufferBytes: number): { readonly readFd: number; readonly writeFd: number } {
  const fds = new Int32Array(2);
  checked("open a pipe", libc.pipe2(fds, O_CLOEXEC));
  const [readFd, writeFd] = [fds[0]!, fds[1]!];
  using undo = new DisposableStack();
  undo.defer(() => closeFd(readFd));
  undo.defer(() => closeFd(writeFd));
  checked(`give a pipe a buffer of ${bufferBytes} bytes`, libc.fcntl(writeFd, F_SETPIPE_SZ, bufferBytes));
  undo.move();
  return { readFd, writeFd };
}

/** Opens another process's pipe end for reading. @throws {ErrnoError} */
export function openPipeOf(processId: number, readFd: number): number {
  const path = `/proc/${processId}/fd/${readFd}`;
  return checked(`open ${path}`, libc.open(cString(path), O_CLOEXEC, 0));
}

/** `struct sockaddr_un` of an abstract name: known to the kernel only, gone with its socket. */
function abstractAddress(name: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(name);
  const address = new Uint8Array(3 + bytes.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, 3);
  return address;
}

/** A stream socket whose buffers are as near to `bufferBytes` as the kernel allows, closed again if `use` fails. */
function unixSocket(bufferBytes: number, use: (fd: number) => void): number {
  const fd = checked("open a Unix socket", libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  using undo = new DisposableStack();
  undo.defer(() => closeFd(fd));
  for (const option of [SO_SNDBUF, SO_RCVBUF]) {
    checked("set a socket's buffer", libc.setsockopt(fd, SOL_SOCKET, option, Int32Array.of(bufferBytes), 4));
  }
  use(fd);
  undo.move();
  return fd;
}

/** A socket that listens under an abstract name. @throws {ErrnoError} */
export function listenUnix(name: string, bufferBytes: number): number {
  const address = abstractAddress(name);
  const action = `listen as ${JSON.stringify(name)}`;
  return unixSocket(bufferBytes, (fd) => {
    checked(action, libc.bind(fd, address, address.length));
    checked(action, libc.listen(fd, 1));
  });
}

/** The next connection; blocks the thread until there is one. @throws {ErrnoError} */
export function acceptUnix(listenerFd: number): number {
  return checked("accept a connection", libc.accept4(listenerFd, null, null, SOCK_CLOEXEC));
}

/** Connects to an abstract name. @throws {ErrnoError} */
export function connectUnix(name: string, bufferBytes: number): number {
  const address = abstractAddress(name);
  return unixSocket(bufferBytes, (fd) => {
    checked(`connect to ${JSON.stringify(name)}`, libc.connect(fd, address, address.length));
  });
}

/** Writes all of `bytes`; blocks the thread. @throws {ErrnoError} */
export function writeAll(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(checked(`write to fd ${fd}`, libc.write(fd, rest, BigInt(rest.length))));
  }
}

/** Reads until `target` is full; false when the stream ends before. Blocks the thread. @throws {ErrnoError} */
export function readFull(fd: number, target: Uint8Array<ArrayBuffer>): boolean {
  for (let rest = target; rest.length > 0;) {
    const bytes = checked(`read from fd ${fd}`, libc.read(fd, rest, BigInt(rest.length)));
    if (bytes === 0) return false;
    rest = rest.subarray(bytes);
  }
  return true;
}
