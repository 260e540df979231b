/**
 * The other side of a request, fully under control: sockets, pipes and files that never block, and calls on
 * memory by address.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/unix.7.html}
 * @module
 */
import { checked, errnoName, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { closeFd, cString } from "./memory.ts";

const libc = openLibrary(libcFile, {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  pread: { parameters: ["i32", "pointer", "usize", "i64"], result: "i32" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
});

const [AF_UNIX, AF_INET, SOCK_STREAM, SOCK_DGRAM] = [1, 2, 1, 2];
const [SOCK_NONBLOCK, SOCK_CLOEXEC] = [0o4000, 0o2000000];
const [SOL_SOCKET, SO_SNDBUF, SO_RCVBUF, SO_LINGER, SO_ZEROCOPY] = [1, 7, 8, 13, 60];
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];

/** The two kinds of stream socket: `unix` is woken synchronously, `tcp` can send without copying. */
export type Family = "unix" | "tcp";

/** What a call that never blocks has answered: a count, or the name of an errno. */
export type Answer = number | string;

function answer(result: number, errnoNumber: number): Answer {
  return result < 0 ? errnoName(errnoNumber) : result;
}

/** A file descriptor that is closed when its scope ends. */
export class Fd implements Disposable {
  readonly number: number;
  #open = true;

  constructor(number: number) {
    this.number = number;
  }

  /** Closes. A second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeFd(this.number);
  }
}

/** A listening socket on loopback, with the address that a peer connects to. */
export class Listener extends Fd {
  readonly family: Family;
  /** The address as `connect(2)` wants it. */
  readonly address: Uint8Array<ArrayBuffer>;

  /** Listens on an address of the kernel's choice. @throws {ErrnoError} */
  constructor(family: Family, receiveBufferBytes?: number) {
    super(newSocket(family));
    this.family = family;
    try {
      if (receiveBufferBytes !== undefined) setReceiveBuffer(this.number, receiveBufferBytes);
      this.address = bindAnywhere(this.number, family);
      checked("listen", libc.listen(this.number, 16));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }
}

/** An unconnected stream socket that never blocks. The caller closes it. @throws {ErrnoError} */
export function newSocket(family: Family): number {
  const domain = family === "unix" ? AF_UNIX : AF_INET;
  return checked("open a socket", libc.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/** Connects `fd` without waiting: 0, or `EINPROGRESS` (loopback TCP is connected all the same), or an error's name. */
export function connectTo(fd: number, address: Uint8Array<ArrayBuffer>): Answer {
  return answer(libc.connect(fd, address, address.length), errnoWord[0]!);
}

/** Opens a socket and connects it to `listener`. The caller disposes it. @throws {ErrnoError} */
export function connectPeer(listener: Listener): Fd {
  const peer = new Fd(newSocket(listener.family));
  const result = connectTo(peer.number, listener.address);
  if (result !== 0 && result !== "EINPROGRESS") {
    peer[Symbol.dispose]();
    throw new Error(`Cannot connect to a listener: ${result}`);
  }
  return peer;
}

/** Two connected unix sockets that never block. @throws {ErrnoError} */
export function socketPair(): readonly [Fd, Fd] {
  const pair = new Int32Array(2);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  checked("open a socket pair", libc.socketpair(AF_UNIX, type, 0, new Uint8Array(pair.buffer)));
  return [new Fd(pair[0]!), new Fd(pair[1]!)];
}

/** Two UDP sockets on loopback that are connected to each other and never block. @throws {ErrnoError} */
export function datagramPair(): readonly [Fd, Fd] {
  using stack = new DisposableStack();
  const [first, second] = [0, 1].map(() => {
    return stack.use(datagramSocket());
  }) as [Fd, Fd];
  const addresses = [first, second].map((fd) => bindAnywhere(fd.number, "tcp"));
  checked("connect", libc.connect(first.number, addresses[1]!, addresses[1]!.length));
  checked("connect", libc.connect(second.number, addresses[0]!, addresses[0]!.length));
  stack.move();
  return [first, second];
}

/** Binds `fd` to an address of the kernel's choice on loopback, and says which. @throws {ErrnoError} */
export function bindAnywhere(fd: number, family: Family): Uint8Array<ArrayBuffer> {
  const address = family === "unix"
    ? new Uint8Array([AF_UNIX, 0]) // without a path the kernel invents an abstract name
    : new Uint8Array([AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  checked("bind", libc.bind(fd, address, address.length));
  const name = new Uint8Array(128);
  const length = new Uint32Array([128]);
  checked("read a socket's name", libc.getsockname(fd, name, new Uint8Array(length.buffer)));
  return name.slice(0, length[0]);
}

/** Opens the file at `path` for reading. @throws {ErrnoError} @throws {RangeError} when the path holds a NUL */
export function openFile(path: string): Fd {
  return new Fd(checked(`open ${path}`, libc.open(cString(path), SOCK_CLOEXEC)));
}

/** A pipe, reading end first. @throws {ErrnoError} */
export function openPipe(): readonly [Fd, Fd] {
  const pair = new Int32Array(2);
  checked("open a pipe", libc.pipe2(new Uint8Array(pair.buffer), SOCK_NONBLOCK | SOCK_CLOEXEC));
  return [new Fd(pair[0]!), new Fd(pair[1]!)];
}

/** Makes a pipe hold `bytes`, rounded up to whole pages. @throws {ErrnoError} */
export function setPipeBytes(fd: number, bytes: number): void {
  checked("set F_SETPIPE_SZ", libc.fcntl(fd, 1031, bytes));
}

/** Sends what fits at once. */
export function sendNow(fd: number, bytes: Uint8Array<ArrayBuffer>): Answer {
  return answer(libc.send(fd, bytes, BigInt(bytes.length), MSG_DONTWAIT | MSG_NOSIGNAL), errnoWord[0]!);
}

/** Receives what is there: the bytes (none = the other side has closed), or the name of an errno. */
export function receiveNow(fd: number, maxBytes: number): Uint8Array<ArrayBuffer> | string {
  const bytes = new Uint8Array(maxBytes);
  const result = answer(libc.recv(fd, bytes, BigInt(maxBytes), MSG_DONTWAIT), errnoWord[0]!);
  return typeof result === "string" ? result : bytes.subarray(0, result);
}

/** Reads what is there: the bytes, or the name of an errno. */
export function readNow(fd: number, maxBytes: number): Uint8Array<ArrayBuffer> | string {
  const bytes = new Uint8Array(maxBytes);
  const result = answer(libc.read(fd, bytes, BigInt(maxBytes)), errnoWord[0]!);
  return typeof result === "string" ? result : bytes.subarray(0, result);
}

/** Writes what fits at once. */
export function writeNow(fd: number, bytes: Uint8Array<ArrayBuffer>): Answer {
  return answer(libc.write(fd, bytes, BigInt(bytes.length)), errnoWord[0]!);
}

/** Writes at `offset` of a file. */
export function writeAt(fd: number, bytes: Uint8Array<ArrayBuffer>, offset: number): Answer {
  return answer(libc.pwrite(fd, bytes, BigInt(bytes.length), BigInt(offset)), errnoWord[0]!);
}

/** Reads at `offset` of a file into memory by its pointer: the plain counterpart of a ring's read. */
export function readAtPointer(fd: number, into: Deno.PointerValue, bytes: number, offset: number): Answer {
  return answer(libc.pread(fd, into, BigInt(bytes), BigInt(offset)), errnoWord[0]!);
}

/** Shuts the sending half down. */
export function shutdownSend(fd: number): Answer {
  return answer(libc.shutdown(fd, 1), errnoWord[0]!);
}

/** Whether `fd` can be read without waiting, right now. @throws {ErrnoError} */
export function isReadable(fd: number): boolean {
  const request = new Int32Array([fd, 1]);
  return checked("poll", libc.poll(new Uint8Array(request.buffer), 1n, 0)) > 0;
}

/** Sets `SO_RCVBUF`; the kernel doubles it. @throws {ErrnoError} */
export function setReceiveBuffer(fd: number, bytes: number): void {
  setOption(fd, SO_RCVBUF, [bytes], "SO_RCVBUF");
}

/** Sets `SO_SNDBUF`; the kernel doubles it. @throws {ErrnoError} */
export function setSendBuffer(fd: number, bytes: number): void {
  setOption(fd, SO_SNDBUF, [bytes], "SO_SNDBUF");
}

/** Makes closing drop what has not been sent. @throws {ErrnoError} */
export function dropOnClose(fd: number): void {
  setOption(fd, SO_LINGER, [1, 0], "SO_LINGER");
}

/** Switches `SO_ZEROCOPY` on. @throws {ErrnoError} */
export function allowZeroCopy(fd: number): void {
  setOption(fd, SO_ZEROCOPY, [1], "SO_ZEROCOPY");
}

function setOption(fd: number, option: number, values: readonly number[], name: string): void {
  const value = new Uint8Array(new Int32Array(values).buffer);
  checked(`set ${name}`, libc.setsockopt(fd, SOL_SOCKET, option, value, value.length));
}

/** Bytes that `fd` was asked to send and that the other side has not acknowledged (`SIOCOUTQ`). @throws {ErrnoError} */
export function unacknowledgedBytes(fd: number): number {
  const count = new Int32Array(1);
  checked("count unacknowledged bytes", libc.ioctl(fd, 0x5411n, new Uint8Array(count.buffer)));
  return count[0]!;
}

/** Acknowledges what has been received now instead of later; acts once everything was read. @throws {ErrnoError} */
export function acknowledgeNow(fd: number): void {
  const value = new Uint8Array([1, 0, 0, 0]);
  checked("set TCP_QUICKACK", libc.setsockopt(fd, 6, 12, value, value.length));
}

/** Accepts a connection that waits. The caller disposes it. @throws {ErrnoError} EAGAIN when there is none */
export function acceptNow(listener: Listener): Fd {
  return new Fd(checked("accept", libc.accept4(listener.number, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC)));
}

/** A UDP socket that never blocks. The caller disposes it. @throws {ErrnoError} */
export function datagramSocket(): Fd {
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  return new Fd(checked("open a socket", libc.socket(AF_INET, type, 0)));
}

/** A new epoll instance. @throws {ErrnoError} */
export function openEpoll(): Fd {
  return new Fd(checked("open epoll", libc.epoll_create1(SOCK_CLOEXEC)));
}

/** A new eventfd with this count; readable when it is not 0. @throws {ErrnoError} */
export function openEventFd(count: number): Fd {
  return new Fd(checked("open an eventfd", libc.eventfd(count, SOCK_CLOEXEC | SOCK_NONBLOCK)));
}

/** The data words of the events that are ready on `epoll`, 8 at the most. @throws {ErrnoError} */
export function epollNow(epoll: number): readonly number[] {
  const events = new DataView(new ArrayBuffer(12 * 8));
  const count = checked("wait on epoll", libc.epoll_wait(epoll, new Uint8Array(events.buffer), 8, 0));
  return Array.from({ length: count }, (_, index) => events.getUint32(index * 12 + 4, true));
}
