/**
 * The other sides of the requests in a case: connections, channels that bring data or make room, and zero-copy
 * channels whose bytes stay with the sender until they are read.
 *
 * @module
 */
import {
  acceptNow,
  acknowledgeNow,
  allowZeroCopy,
  bindAnywhere,
  connectPeer,
  connectTo,
  dropOnClose,
  Fd,
  Listener,
  newSocket,
  openPipe,
  readNow,
  receiveNow,
  sendNow,
  setPipeBytes,
  setSendBuffer,
  socketPair,
  unacknowledgedBytes,
  writeNow,
} from "../../ffi/uring_peer.ts";
import type { Budget } from "../../lockstep/machine.ts";

/** What the peer has found. */
export type Seen = "nothing" | "right" | "changed";

/** One outgoing connection that says who it is: its address is its own, its first byte is its name. */
export class Connection implements Disposable {
  readonly address: Uint8Array<ArrayBuffer>;
  readonly #fd: Fd;

  constructor(listener: Listener, name: number) {
    this.#fd = new Fd(newSocket("unix"));
    this.address = bindAnywhere(this.#fd.number, "unix");
    const result = connectTo(this.#fd.number, listener.address);
    if (result !== 0) throw new Error(`Cannot connect to a listener: ${result}`);
    sendNow(this.#fd.number, new Uint8Array([name]));
  }

  /** Whether the other side has not closed it. */
  get open(): boolean {
    return receiveNow(this.#fd.number, 1) === "EAGAIN";
  }

  /** Closes. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}

/** A way to one request: `near` is the ring's end. */
export interface Channel extends Disposable {
  readonly near: number;
  /** Makes the other side act: send, make room, or receive. */
  act(budget: Budget): Seen;
  /** What is sent or was received last, for comparing. */
  expected: Uint8Array<ArrayBuffer>;
}

function equal(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, index) => byte === second[index]);
}

/** What a channel is made of. */
export type Medium = "socket" | "pipe";

/** How many bytes a channel brings at a time. */
export const messageBytes = 8;

/** Brings data: each time other bytes. */
export class IncomingChannel implements Channel {
  readonly near: number;
  expected: Uint8Array<ArrayBuffer> = new Uint8Array(messageBytes);
  readonly #ends: readonly [Fd, Fd];
  readonly #name: number;
  #count = 0;

  constructor(name: number, medium: Medium) {
    this.#name = name;
    this.#ends = medium === "pipe" ? openPipe() : socketPair();
    this.near = this.#ends[0].number;
  }

  act(): Seen {
    this.#count++;
    this.expected = Uint8Array.from(
      { length: messageBytes },
      (_, index) => this.#name + 16 * this.#count + index,
    );
    writeNow(this.#ends[1].number, this.expected);
    return "nothing";
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end[Symbol.dispose]();
  }
}

/** Takes what is sent; full at first, and makes room when it acts for the first time. */
export class OutgoingChannel implements Channel {
  readonly near: number;
  expected: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  readonly #ends: readonly [far: Fd, near: Fd];
  #fillerBytes = 0;

  constructor(medium: Medium) {
    this.#ends = medium === "pipe" ? openPipe() : socketPair();
    this.near = this.#ends[1].number;
    if (medium === "pipe") setPipeBytes(this.near, 4096);
    else setSendBuffer(this.near, 4608);
    const filler = new Uint8Array(1024);
    for (
      let sent = writeNow(this.near, filler);
      typeof sent === "number";
      sent = writeNow(this.near, filler)
    ) {
      this.#fillerBytes += sent;
    }
  }

  act(budget: Budget): Seen {
    const far = this.#ends[0].number;
    if (this.#fillerBytes === 0) {
      const bytes = readNow(far, 65_536);
      return typeof bytes === "string" ? "nothing" : equal(bytes, this.expected) ? "right" : "changed";
    }
    while (this.#fillerBytes > 0) {
      budget.tick();
      const bytes = readNow(far, this.#fillerBytes);
      if (typeof bytes === "string") throw new Error(`Cannot make room: ${bytes}`);
      this.#fillerBytes -= bytes.length;
    }
    return "nothing";
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end[Symbol.dispose]();
  }
}

/** A connection whose window is shut, so that a zero-copy payload stays where it lies until the peer reads. */
export class ZeroCopyChannel implements Channel {
  readonly near: number;
  expected: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  readonly #ends: readonly [Fd, Fd];
  /** The filler and one payload, as the peer has received them. */
  readonly #received = new Uint8Array(4 * 4096);
  #receivedBytes = 0;
  #fillerBytes = 0;

  constructor() {
    using listener = new Listener("tcp", 4096);
    const near = connectPeer(listener);
    const far = acceptNow(listener);
    this.#ends = [near, far];
    this.near = near.number;
    for (const end of this.#ends) dropOnClose(end.number);
    allowZeroCopy(near.number);
    for (let count = 0; count < 2; count++) {
      this.#fillerBytes += sendNow(near.number, new Uint8Array(4096)) as number;
    }
  }

  act(budget: Budget): Seen {
    const far = this.#ends[1].number;
    const drain = (): void => {
      for (let bytes = receiveNow(far, 8192); typeof bytes !== "string"; bytes = receiveNow(far, 8192)) {
        this.#received.set(
          bytes.subarray(0, this.#received.length - this.#receivedBytes),
          this.#receivedBytes,
        );
        this.#receivedBytes += bytes.length;
      }
    };
    // Nothing is left with the sender once everything is acknowledged: every notification has been given then.
    while (unacknowledgedBytes(this.near) > 0) {
      budget.tick();
      drain();
      acknowledgeNow(far);
    }
    drain();
    const payload = this.#received.subarray(this.#fillerBytes, this.#receivedBytes);
    return payload.length === 0 ? "nothing" : equal(payload, this.expected) ? "right" : "changed";
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end[Symbol.dispose]();
  }
}
