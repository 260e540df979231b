/**
 * Sockets on the loopback interface: opening, options, queues, poll.
 *
 * Every call is non-blocking. Results of `ssize_t` are declared as 32-bit: no call here moves 2 GiB, and a 64-bit
 * result would arrive as a bigint, which costs more than the call.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/socket.7.html}
 * @see {@link https://man7.org/linux/man-pages/man7/tcp.7.html}
 * @module
 */
import { checked, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

/** Constants of `socket(2)`, `setsockopt(2)` and `poll(2)` on Linux, as far as they are used here. */
export const sockets = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOL_SOCKET: 1,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_LINGER: 13,
  SO_ZEROCOPY: 60,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_QUICKACK: 12,
  POLLIN: 1,
  POLLOUT: 4,
  POLLERR: 8,
} as const;
const [SOCK_NONBLOCK, SOCK_CLOEXEC] = [0o4000, 0o2000000];
const MSG_DONTWAIT = 0x40;
const [TIOCOUTQ, FIONREAD] = [0x5411n, 0x541bn];
const EAGAIN = 11;

/** A socket that does not block. The caller closes it. @throws {ErrnoError} */
export function openSocket(family: number, type: number): number {
  const fd = libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return checked("open a socket", fd);
}

/** The loopback address of `family` at `port` as a `sockaddr`. @throws {RangeError} for a family without one */
export function loopbackAddress(family: number, port: number): Uint8Array<ArrayBuffer> {
  if (family !== sockets.AF_INET && family !== sockets.AF_INET6) {
    throw new RangeError(`Cannot make a loopback address: family is ${family}, must be 2 or 10`);
  }
  const bytes = new Uint8Array(family === sockets.AF_INET ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === sockets.AF_INET) view.setUint32(4, 0x7f00_0001);
  else bytes[23] = 1;
  return bytes;
}

/** Binds `fd` to the loopback address, on a port of the kernel's choice, and returns the port. @throws {ErrnoError} */
export function bindLoopback(fd: number, family: number): number {
  const address = loopbackAddress(family, 0);
  checked("bind a socket to loopback", libc.bind(fd, address, address.length));
  checked("read a socket's address", libc.getsockname(fd, address, new Uint32Array([address.length])));
  return new DataView(address.buffer).getUint16(2);
}

/** Makes a bound stream socket listen. @throws {ErrnoError} */
export function listenOn(fd: number, backlog: number): void {
  checked("listen", libc.listen(fd, backlog));
}

/** Takes one waiting connection; the new fd does not block. @throws {ErrnoError} `EAGAIN` when none waits */
export function acceptFrom(fd: number): number {
  return checked("accept a connection", libc.accept4(fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

/**
 * Connects `fd` to `port` on loopback. A stream connects in the background (`EINPROGRESS` is no error); on loopback
 * it is established when this returns.
 *
 * @throws {ErrnoError}
 */
export function connectLoopback(fd: number, family: number, port: number): void {
  const address = loopbackAddress(family, port);
  const EINPROGRESS = 115;
  if (libc.connect(fd, address, address.length) < 0 && errnoWord[0]! !== EINPROGRESS) {
    checked(`connect to loopback port ${port}`, -1);
  }
}

/** Gives a datagram socket another destination: an IPv4 address as four numbers, and a port. @throws {ErrnoError} */
export function connectTo(fd: number, ipv4: readonly number[], port: number): void {
  const address = loopbackAddress(sockets.AF_INET, port);
  address.set(ipv4, 4);
  checked(`connect to ${ipv4.join(".")} port ${port}`, libc.connect(fd, address, address.length));
}

/** Sets an integer option and returns 0, or the error number. */
export function trySetOption(fd: number, level: number, option: number, value: number): number {
  return libc.setsockopt(fd, level, option, new Int32Array([value]), 4) < 0 ? errnoWord[0]! : 0;
}

/** Sets an integer option. @throws {ErrnoError} */
export function setOption(fd: number, level: number, option: number, value: number): void {
  checked(
    `set socket option ${option} to ${value}`,
    libc.setsockopt(fd, level, option, new Int32Array([value]), 4),
  );
}

/** Reads an integer option. @throws {ErrnoError} */
export function getOption(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  checked(`read socket option ${option}`, libc.getsockopt(fd, level, option, value, new Uint32Array([4])));
  return value[0]!;
}

const quickAck = new Int32Array([1]);

/** Sends the acknowledgement that TCP holds back, if its receive queue is empty. @throws {ErrnoError} */
export function acknowledgeNow(fd: number): void {
  const { IPPROTO_TCP, TCP_QUICKACK } = sockets;
  checked("acknowledge at once", libc.setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, quickAck, 4));
}

const count = new Int32Array(1);

/** Bytes in the send queue: not yet acknowledged on TCP, not yet sent on UDP. @throws {ErrnoError} */
export function unacknowledgedBytes(fd: number): number {
  checked("read the length of a send queue", libc.ioctl(fd, TIOCOUTQ, count));
  return count[0]!;
}

/** Bytes waiting to be read; on UDP those of the next datagram. @throws {ErrnoError} */
export function unreadBytes(fd: number): number {
  checked("read the length of a receive queue", libc.ioctl(fd, FIONREAD, count));
  return count[0]!;
}

/** Receives up to `bytes` bytes into `into`: how many, 0 at the end of the stream, -1 when nothing has arrived. @throws {ErrnoError} */
export function receive(fd: number, into: Uint8Array<ArrayBuffer>, bytes: number): number {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > into.length) {
    throw new RangeError(`Cannot receive: bytes is ${bytes}, must be 0 to ${into.length}`);
  }
  const received = libc.recv(fd, into, BigInt(bytes), MSG_DONTWAIT);
  if (received < 0 && errnoWord[0]! === EAGAIN) return -1;
  return checked("receive", received);
}

const pollRecord = new Uint8Array(8);
const pollFields = new DataView(pollRecord.buffer);

/** The events of `wanted` (and `POLLERR`) that hold for `fd` within `timeoutMs`; 0 = none. @throws {ErrnoError} */
export function pollSocket(fd: number, wanted: number, timeoutMs: number): number {
  pollFields.setInt32(0, fd, true);
  pollFields.setInt16(4, wanted, true);
  pollFields.setInt16(6, 0, true);
  const EINTR = 4;
  const ready = libc.poll(pollRecord, 1n, timeoutMs);
  if (ready < 0 && errnoWord[0]! === EINTR) return 0;
  checked("poll a socket", ready);
  return pollFields.getInt16(6, true);
}

/** Resets the connection when `fd` is closed, so that nothing of it stays behind. @throws {ErrnoError} */
export function resetOnClose(fd: number): void {
  const { SOL_SOCKET, SO_LINGER } = sockets;
  checked("set SO_LINGER", libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, new Int32Array([1, 0]), 8));
}

/** Closes `fd`. @throws {ErrnoError} */
export function closeSocket(fd: number): void {
  checked(`close socket ${fd}`, libc.close(fd));
}
