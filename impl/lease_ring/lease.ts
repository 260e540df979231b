/**
 * The right to look at one message until it is given back.
 *
 * @module
 */
import type { HeldMessage } from "./held_message.ts";

/** How the right ended. */
export type LeaseEnd = "released" | "expired" | "disposed with its ring";

/** A lease that has ended was used. What it stood for belongs to somebody else by now. */
export class StaleLeaseError extends TypeError {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "StaleLeaseError";
}

/** What a lease needs from the reader that handed it out. */
export interface LeaseKeeper {
  /** True once the memory is unmapped. */
  readonly disposed: boolean;
  /** Takes the bytes of a message back. */
  giveBack(held: HeldMessage): void;
  /** Makes the views of a lease empty, when the ring was opened so. */
  revoke(bytes: Uint8Array): void;
}

/**
 * One message, readable until {@link Lease.release} or {@link Lease.expire}; used with `using` it releases itself.
 *
 * A lease object is never used for a second message, so a reference that was kept too long stays stale for ever. A
 * lease that nobody ends keeps its bytes, and those of all younger messages, as long as the ring lives: the garbage
 * collector gives nothing back.
 */
export class Lease implements Disposable {
  /** True when the message lay in two pieces: `bytes` is then a copy, and the ring has its bytes back already. */
  readonly copied: boolean;
  /** Bytes of the message. */
  readonly length: number;
  /** The link in the reader's queue that this lease is for. */
  protected readonly held: HeldMessage;
  readonly #keeper: LeaseKeeper;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #end: LeaseEnd | undefined = undefined;

  /** For the reader, which alone makes leases. */
  constructor(keeper: LeaseKeeper, held: HeldMessage, bytes: Uint8Array<ArrayBuffer>, copied: boolean) {
    this.#keeper = keeper;
    this.held = held;
    this.#bytes = bytes;
    this.length = held.lengthBytes;
    this.copied = copied;
  }

  /**
   * The message's bytes, in the ring itself unless {@link Lease.copied}.
   *
   * The array is good as long as the lease. Kept longer it shows whatever is written there next, or nothing at all
   * if the ring was opened with `revokeViews`, and nothing once the ring is disposed. To keep bytes, use
   * {@link Lease.copy}.
   *
   * @throws {StaleLeaseError} once the lease has ended
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.checkLive();
    return this.#bytes;
  }

  /** The message's bytes in memory of their own. @throws {StaleLeaseError} once the lease has ended */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice();
  }

  /** Copies the message into the front of `target`. @throws {RangeError} when that is too short @throws {StaleLeaseError} */
  copyInto(target: Uint8Array): void {
    const { bytes } = this;
    if (target.length < bytes.length) {
      throw new RangeError(
        `Cannot copy lease: target has ${target.length} bytes, must have at least ${bytes.length}`,
      );
    }
    target.set(bytes);
  }

  /** How the lease ended, `undefined` while it lives. */
  get ended(): LeaseEnd | undefined {
    return this.#end ?? (this.#keeper.disposed ? "disposed with its ring" : undefined);
  }

  /** Gives the bytes back: the holder is done. False, and no effect, once the lease has ended. */
  release(): boolean {
    return this.finish("released");
  }

  /**
   * Gives the bytes back in place of a holder that is gone. Exactly as {@link Lease.release}, but for the reason that
   * a late user is told. False, and no effect, once the lease has ended.
   */
  expire(): boolean {
    return this.finish("expired");
  }

  /** Releases. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** Ends the lease, once. */
  protected finish(how: LeaseEnd): boolean {
    if (this.ended !== undefined) return false;
    this.#end = how;
    this.returnBytes();
    if (!this.copied) this.#keeper.revoke(this.#bytes);
    return true;
  }

  /** Hands the bytes back to the reader; of a copied message they are there already. */
  protected returnBytes(): void {
    if (!this.copied) this.#keeper.giveBack(this.held);
  }

  /** Refuses a lease that has ended. @throws {StaleLeaseError} */
  protected checkLive(): void {
    const { ended } = this;
    if (ended !== undefined) throw new StaleLeaseError(`Cannot use lease: it is ${ended}`);
  }
}
