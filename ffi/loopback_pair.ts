/**
 * Two connected sockets on loopback: one that sends, one that reads.
 *
 * @module
 */
import {
  acceptFrom,
  acknowledgeNow,
  bindLoopback,
  closeSocket,
  connectLoopback,
  listenOn,
  openSocket,
  receive,
  resetOnClose,
  setOption,
  sockets,
  unacknowledgedBytes,
} from "./socket.ts";

/** How a pair is opened. Buffer sizes are what is asked for; the kernel doubles them and has a minimum. */
export interface LoopbackOptions {
  readonly transport: "tcp" | "udp";
  readonly family: "ipv4" | "ipv6";
  /** `SO_RCVBUF` of the reader: a small one keeps sent pages pinned until the reader reads. */
  readonly receiveBufferBytes?: number;
  /** `SO_SNDBUF` of the sender: a small one makes sends partial. */
  readonly sendBufferBytes?: number;
  /** Lets TCP collect small sends while something is unacknowledged (no `TCP_NODELAY`). Default false. */
  readonly collectSmallSends?: boolean;
}

/** A connected pair. Nothing of it is shared with another pair; disposing closes what is still open. */
export class LoopbackPair implements Disposable {
  readonly options: LoopbackOptions;
  /** The sending socket. */
  readonly senderFd: number;
  /** The reading socket. */
  readonly peerFd: number;
  #senderOpen = true;
  #peerOpen = true;

  /** @throws {ErrnoError} */
  constructor(options: LoopbackOptions) {
    this.options = options;
    const { senderFd, peerFd } = connect(options);
    this.senderFd = senderFd;
    this.peerFd = peerFd;
    if (options.sendBufferBytes !== undefined) {
      setOption(senderFd, sockets.SOL_SOCKET, sockets.SO_SNDBUF, options.sendBufferBytes);
    }
  }

  /**
   * Reads everything and acknowledges it until nothing is left in the send queue, so that the kernel has queued
   * every notification it owes. Counts on the kernel's queues, never on a clock. `onBytes` gets each piece, whose
   * bytes it must take before it returns. @throws {ErrnoError}
   */
  drain(scratch: Uint8Array<ArrayBuffer>, onBytes: (bytes: Uint8Array) => void, tick: () => void): void {
    const stream = this.options.transport === "tcp";
    while (true) {
      tick();
      let received = receive(this.peerFd, scratch, scratch.length);
      while (received > 0) {
        onBytes(scratch.subarray(0, received));
        received = receive(this.peerFd, scratch, scratch.length);
      }
      // A closed sender has no queue to ask for: its stream ends, its datagrams have all arrived.
      if (this.#senderOpen ? unacknowledgedBytes(this.senderFd) === 0 : !stream || received === 0) return;
      if (stream) acknowledgeNow(this.peerFd);
    }
  }

  /** Closes the sending side in order: what it has sent still goes out. @throws {ErrnoError} */
  closeSender(): void {
    if (!this.#senderOpen) return;
    this.#senderOpen = false;
    closeSocket(this.senderFd);
  }

  /** Closes the reading side; a stream is reset, and the sender's next send fails. @throws {ErrnoError} */
  resetPeer(): void {
    if (!this.#peerOpen) return;
    this.#peerOpen = false;
    if (this.options.transport === "tcp") resetOnClose(this.peerFd);
    closeSocket(this.peerFd);
  }

  /** Closes both sides; a stream is reset. @throws {ErrnoError} */
  [Symbol.dispose](): void {
    if (this.#senderOpen && this.options.transport === "tcp") resetOnClose(this.senderFd);
    this.closeSender();
    this.resetPeer();
  }
}

/** Two fds of a connected pair. */
interface Fds {
  readonly senderFd: number;
  readonly peerFd: number;
}

function connectStream(
  family: number,
  { receiveBufferBytes, collectSmallSends }: LoopbackOptions,
  open: (type: number) => number,
): Fds {
  const listener = openSocket(family, sockets.SOCK_STREAM);
  try {
    if (receiveBufferBytes !== undefined) {
      setOption(listener, sockets.SOL_SOCKET, sockets.SO_RCVBUF, receiveBufferBytes);
    }
    const port = bindLoopback(listener, family);
    listenOn(listener, 1);
    const senderFd = open(sockets.SOCK_STREAM);
    if (collectSmallSends !== true) setOption(senderFd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1);
    connectLoopback(senderFd, family, port);
    return { senderFd, peerFd: acceptFrom(listener) };
  } finally {
    closeSocket(listener);
  }
}

function connectDatagram(
  family: number,
  { receiveBufferBytes }: LoopbackOptions,
  open: (type: number) => number,
): Fds {
  const peerFd = open(sockets.SOCK_DGRAM);
  if (receiveBufferBytes !== undefined) {
    setOption(peerFd, sockets.SOL_SOCKET, sockets.SO_RCVBUF, receiveBufferBytes);
  }
  const port = bindLoopback(peerFd, family);
  const senderFd = open(sockets.SOCK_DGRAM);
  connectLoopback(senderFd, family, port);
  return { senderFd, peerFd };
}

/** Connects a pair; what was opened is closed again when that fails. */
function connect(options: LoopbackOptions): Fds {
  const family = options.family === "ipv4" ? sockets.AF_INET : sockets.AF_INET6;
  const opened: number[] = [];
  const open = (type: number): number => {
    const fd = openSocket(family, type);
    opened.push(fd);
    return fd;
  };
  try {
    return options.transport === "tcp"
      ? connectStream(family, options, open)
      : connectDatagram(family, options, open);
  } catch (error) {
    for (const fd of opened) closeSocket(fd);
    throw error;
  }
}
