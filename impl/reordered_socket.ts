/**
 * A zero-copy socket whose notifications overtake each other, as the kernel's documentation allows.
 *
 * @see {@link https://docs.kernel.org/networking/msg_zerocopy.html#notification-reception}
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";

/**
 * Holds back what the kernel has notified, splits ranges into single ids, and hands out the newest first. Nothing is
 * invented, lost or doubled. On loopback the kernel itself overtakes once in thousands of millions of sends.
 */
export class ReorderedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  readonly #held: Readonly<Notification>[] = [];

  constructor(inner: ZerocopySocket) {
    this.#inner = inner;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    return this.#inner.send(parts, zerocopy);
  }

  receiveNotification(into: Notification): boolean {
    while (this.#inner.receiveNotification(into)) {
      const count = ((into.high - into.low) >>> 0) + 1;
      for (let offset = 0; offset < count; offset++) {
        const id = (into.low + offset) >>> 0;
        this.#held.push({ low: id, high: id, copied: into.copied });
      }
    }
    const newest = this.#held.pop();
    if (newest === undefined) return false;
    Object.assign(into, newest);
    return true;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}
