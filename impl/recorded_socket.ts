/**
 * A zero-copy socket that writes down what passes between a sender and the kernel.
 *
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";

/** One send: what was asked, and how many bytes were taken or minus the error number. */
export interface RecordedSend {
  readonly bytes: number;
  readonly zerocopy: boolean;
  readonly result: number;
}

/** Records sends and notifications until they are {@link RecordedSocket.take taken}. */
export class RecordedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  #sends: RecordedSend[] = [];
  #notifications: Readonly<Notification>[] = [];

  constructor(inner: ZerocopySocket) {
    this.#inner = inner;
  }

  /** Everything since the last call, in order; the caller owns the lists. */
  take(): {
    readonly sends: readonly RecordedSend[];
    readonly notifications: readonly Readonly<Notification>[];
  } {
    const taken = { sends: this.#sends, notifications: this.#notifications };
    this.#sends = [];
    this.#notifications = [];
    return taken;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    const result = this.#inner.send(parts, zerocopy);
    this.#sends.push({ bytes: parts.totalBytes, zerocopy, result });
    return result;
  }

  receiveNotification(into: Notification): boolean {
    if (!this.#inner.receiveNotification(into)) return false;
    this.#notifications.push({ low: into.low, high: into.high, copied: into.copied });
    return true;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}
