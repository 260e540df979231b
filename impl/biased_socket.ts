/**
 * A zero-copy socket as if it had done `bias` zero-copy sends already.
 *
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";

/**
 * Shifts the ids of every notification by `bias`, modulo 2^32, so that a case can begin a few sends before the
 * counter wraps. That the kernel's own counter wraps in the same way is what `deno task soak:wrap` shows.
 */
export class BiasedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  readonly #bias: number;

  /** @throws {RangeError} unless `bias` is 0 to 2^32 - 1 */
  constructor(inner: ZerocopySocket, bias: number) {
    if (!Number.isInteger(bias) || bias < 0 || bias > 0xffff_ffff) {
      throw new RangeError(`Cannot bias a socket: bias is ${bias}, must be 0 to 4294967295`);
    }
    this.#inner = inner;
    this.#bias = bias;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    return this.#inner.send(parts, zerocopy);
  }

  receiveNotification(into: Notification): boolean {
    if (!this.#inner.receiveNotification(into)) return false;
    into.low = (into.low + this.#bias) >>> 0;
    into.high = (into.high + this.#bias) >>> 0;
    return true;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}
