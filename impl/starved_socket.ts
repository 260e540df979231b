/**
 * A zero-copy socket for which the kernel can run out of memory at the tester's word.
 *
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";

const ENOBUFS = 105;

/**
 * While {@link starved} is set, zero-copy sends answer `ENOBUFS` and do nothing, as when others of the same user have
 * locked all the memory that `RLIMIT_MEMLOCK` allows. Ordinary sends go through, as they do in the kernel.
 */
export class StarvedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  /** Whether there is no memory for zero-copy sends. */
  starved = false;

  constructor(inner: ZerocopySocket) {
    this.#inner = inner;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    // The kernel looks at the limit only when there is something to pin.
    return this.starved && zerocopy && parts.totalBytes > 0 ? -ENOBUFS : this.#inner.send(parts, zerocopy);
  }

  receiveNotification(into: Notification): boolean {
    return this.#inner.receiveNotification(into);
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}
