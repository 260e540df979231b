/**
 * A ring that the system's liburing sets up, submits to and waits on, in place of our own system calls. Entries are
 * still filled and completions still read by {@link Ring}: in a C program both are inlined.
 *
 * @module
 */
import { ErrnoError } from "../../ffi/errno.ts";
import { entryBytes } from "../../ffi/io_uring.ts";
import { LibraryRing } from "../../ffi/liburing.ts";
import { type OpenedRing, queueBytes } from "./opened_ring.ts";
import { OwnedRing } from "./owned_ring.ts";
import { type EnterOptions, Ring } from "./ring.ts";
import type { RingOptions } from "./ring_options.ts";

function viewOf(address: bigint, bytes: number): ArrayBuffer {
  return Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(address)!, bytes);
}

function opened(library: LibraryRing): OpenedRing {
  const { fd, parameters } = library;
  return {
    fd,
    parameters,
    queues: viewOf(library.queuesAddress, queueBytes(parameters)),
    entries: viewOf(library.entriesAddress, parameters.sqEntries * entryBytes),
    [Symbol.dispose]: () => library[Symbol.dispose](),
  };
}

/** A ring through liburing. */
export class LiburingRing extends Ring {
  readonly #library: LibraryRing;

  /** @throws {RangeError} @throws {EnvironmentError} where liburing or io_uring is missing @throws {ErrnoError} */
  constructor(options: RingOptions) {
    let library: LibraryRing | undefined;
    super(options, (request) => opened(library = new LibraryRing(request)));
    this.#library = library!;
  }

  override put(...entry: Parameters<Ring["put"]>): void {
    this.demandOpen("prepare an entry");
    const before = this.preparedIndex;
    if (!this.#library.getEntry()) throw this.full(1);
    try {
      super.put(...entry);
    } catch (error) {
      this.#library.rewind(before);
      throw error;
    }
  }

  override retract(most?: number): number {
    const count = super.retract(most);
    this.#library.rewind(this.preparedIndex);
    return count;
  }

  /** Nothing: the library publishes when it submits. */
  override publish(): void {
    this.demandOpen("publish entries");
  }

  /** @throws {RangeError} when `submit` is anything but 0: the library submits everything */
  override enter(options: EnterOptions = {}): number {
    this.demandOpen("enter the kernel");
    const { submit, waitFor = 0, getEvents = false } = options;
    if (submit !== undefined && submit !== 0) {
      throw new RangeError(`Cannot enter the kernel: submit is ${submit}, must be 0 or absent with liburing`);
    }
    if (submit === undefined) return this.#checked(this.#library.submit(waitFor, getEvents));
    // The library's calls that submit and wait would submit everything.
    if (waitFor > 0) this.#checked(this.#library.wait(waitFor));
    else if (getEvents) this.#checked(this.#library.getEvents());
    return 0;
  }

  override wait(count: number, timeoutMs: number): boolean {
    this.demandOpen("wait for completions");
    const result = this.#library.wait(count, timeoutMs);
    if (result !== -62) this.#checked(result);
    return this.readyCount >= count;
  }

  #checked(result: number): number {
    if (result < 0 && result !== -4) throw new ErrnoError("enter the kernel", -result);
    return Math.max(result, 0);
  }
}

/** An ownership layer on a ring through liburing. */
export class LiburingOwnedRing extends OwnedRing {
  protected override openRing(options: RingOptions): Ring {
    return new LiburingRing(options);
  }
}
