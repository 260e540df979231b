/**
 * A socket with `SO_ZEROCOPY`: sends whose pages the kernel borrows, and the notifications that give them back.
 *
 * The interface is the seam at which tests stand between a sender and the kernel.
 *
 * @see {@link https://docs.kernel.org/networking/msg_zerocopy.html}
 * @module
 */
import { checked, errnoName, errnoWord } from "./errno.ts";
import type { GatherList } from "./gather_list.ts";
import { addressOf } from "./gather_list.ts";
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";
import { closeSocket, openSocket, sockets, trySetOption } from "./socket.ts";

const libc = openLibrary(libcFile, {
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/** The kernel has let go of the pages of every send from `low` to `high`. Modulo 2^32: `high` may be the smaller. */
export interface Notification {
  /** The first id. */
  low: number;
  /** The last id, included. */
  high: number;
  /** The kernel had to copy; of a merged range this speaks for one part only. */
  copied: boolean;
}

/** What a zero-copy sender needs of a socket. */
export interface ZerocopySocket extends Disposable {
  /**
   * Sends the parts without waiting: how many bytes were taken, or minus the error number. With `zerocopy`, a
   * result above 0 has used up one id and the memory must stay as it is until that id is notified. So may an error
   * have on a datagram socket; its id is notified by the time that this returns.
   */
  send(parts: GatherList, zerocopy: boolean): number;
  /** Takes the oldest notification, or says `false` when none waits. Never blocks. @throws {ErrnoError} */
  receiveNotification(into: Notification): boolean;
}

const [MSG_DONTWAIT, MSG_ERRQUEUE, MSG_NOSIGNAL, MSG_ZEROCOPY] = [0x40, 0x2000, 0x4000, 0x400_0000];
const [EINTR, EAGAIN] = [4, 11];
const originZerocopy = 5;
const copiedCode = 1;
const controlBytes = 128;

/** Why `SO_ZEROCOPY` can not be had here (the error's name), or `undefined` when it can. */
export function whyNoZerocopy(family: number, type: number): string | undefined {
  const fd = openSocket(family, type);
  try {
    const number = trySetOption(fd, sockets.SOL_SOCKET, sockets.SO_ZEROCOPY, 1);
    return number === 0 ? undefined : errnoName(number);
  } finally {
    closeSocket(fd);
  }
}

/** The kernel's own zero-copy socket over a connected fd, which it does not own. */
export class KernelZerocopySocket implements ZerocopySocket {
  readonly fd: number;
  readonly #header: Uint8Array<ArrayBuffer> = new Uint8Array(56);
  readonly #headerWords: Uint32Array = new Uint32Array(this.#header.buffer);
  readonly #control: Uint8Array<ArrayBuffer> = new Uint8Array(controlBytes);
  readonly #controlWords: Uint32Array = new Uint32Array(this.#control.buffer);

  /** Sets `SO_ZEROCOPY`. @throws {EnvironmentError} when this kernel or socket does not offer it */
  constructor(fd: number) {
    this.fd = fd;
    const number = trySetOption(fd, sockets.SOL_SOCKET, sockets.SO_ZEROCOPY, 1);
    if (number !== 0) {
      throw new EnvironmentError(
        `Cannot send without copying: setting SO_ZEROCOPY answers ${errnoName(number)}`,
      );
    }
    const control = addressOf(this.#control);
    this.#headerWords[8] = control % 2 ** 32;
    this.#headerWords[9] = Math.floor(control / 2 ** 32);
  }

  send(parts: GatherList, zerocopy: boolean): number {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL | (zerocopy ? MSG_ZEROCOPY : 0);
    while (true) {
      const sent = libc.sendmsg(this.fd, parts.header, flags);
      if (sent >= 0) return sent;
      const number = errnoWord[0]!;
      if (number !== EINTR) return -number;
    }
  }

  receiveNotification(into: Notification): boolean {
    while (true) {
      // The kernel writes the length back; left alone, the next control message would be cut to it.
      this.#headerWords[10] = controlBytes;
      const received = libc.recvmsg(this.fd, this.#header, MSG_ERRQUEUE | MSG_DONTWAIT);
      if (received < 0) {
        const number = errnoWord[0]!;
        if (number === EAGAIN) return false;
        if (number !== EINTR) checked("read a notification", received);
        continue;
      }
      if (this.#decode(into)) return true;
    }
  }

  /** Reads the first control message: 16 bytes of `cmsghdr`, then `sock_extended_err`. */
  #decode(into: Notification): boolean {
    if (this.#headerWords[10]! < 32) return false;
    const error = this.#controlWords[4]!;
    const origin = this.#control[20]!;
    if (error !== 0 || origin !== originZerocopy) return false;
    into.low = this.#controlWords[6]!;
    into.high = this.#controlWords[7]!;
    into.copied = (this.#control[22]! & copiedCode) !== 0;
    return true;
  }

  /** The fd belongs to whoever connected it. */
  [Symbol.dispose](): void {}
}
