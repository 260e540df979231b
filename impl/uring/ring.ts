/**
 * One io_uring: its three mappings, the two pairs of indexes, and the call that hands entries over.
 *
 * The ring refuses to know whose memory an entry points to; {@link OwnedRing} does.
 *
 * @module
 */
import { ErrnoError } from "../../ffi/errno.ts";
import {
  enterFlag,
  queueFlag,
  ringEnter,
  type RingParameters,
  ringProbe,
  ringRegister,
  ringWait,
} from "../../ffi/io_uring.ts";
import { type OpenedRing, openRing, type RingOpener } from "./opened_ring.ts";
import { type RingOptions, setupFlagsOf } from "./ring_options.ts";

/** One completion as the kernel wrote it. */
export interface Completion {
  readonly userData: number;
  /** A count, an fd, or a negative errno. */
  readonly result: number;
  /** See `completionFlag`. */
  readonly flags: number;
}

/** The submission queue has no free entry: submit first. */
export class SubmissionQueueFull extends RangeError {
  override readonly name = "SubmissionQueueFull";
}

/** An entry's rarer fields. */
export interface EntryDetails {
  /** See `entryFlag`. */
  readonly flags?: number;
  readonly priority?: number;
  readonly bufferGroup?: number;
}

/** What `enter` is asked for. */
export interface EnterOptions {
  /** Published entries to fetch; all of them when absent. */
  readonly submit?: number;
  /** Completions to wait for. The call returns at once when it is 0. */
  readonly waitFor?: number;
  /** Works on completions although none is waited for. */
  readonly getEvents?: boolean;
}

const TWO_32 = 2 ** 32;

/**
 * A ring of this process. Not to be shared between threads.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Ring } from "./ring.ts";
 * import { whyNoUring } from "./why_no_uring.ts";
 *
 * if (whyNoUring() === undefined) {
 *   using ring = new Ring({ entries: 8 });
 *   ring.put(0, -1, 0, 0, 0, 0, 42); // IORING_OP_NOP
 *   ring.submit();
 *   assertEquals(ring.completions(), [{ userData: 42, result: 0, flags: 0 }]);
 * }
 * ```
 */
export class Ring implements Disposable {
  readonly fd: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly features: number;
  readonly #parameters: RingParameters;
  readonly #polling: boolean;
  readonly #opened: OpenedRing;
  #words: Uint32Array;
  #results: Int32Array;
  #sqes: Int32Array;
  #tail = 0;
  #closed = false;
  #probe: ReadonlySet<number> | undefined;

  /**
   * @throws {RangeError} when an option is out of range
   * @throws {EnvironmentError} when this machine offers no io_uring, or one without a single mapping (before 5.4)
   * @throws {ErrnoError}
   */
  constructor(options: RingOptions, open: RingOpener = openRing) {
    const flags = setupFlagsOf(options);
    const { entries, cqEntries = 0, pollingThreadIdleMs = 0 } = options;
    this.#opened = open({ entries, flags, cqEntries, sqIdleMs: pollingThreadIdleMs });
    const { fd, parameters } = this.#opened;
    this.fd = fd;
    this.#parameters = parameters;
    this.#polling = options.pollingThreadIdleMs !== undefined;
    this.sqEntries = parameters.sqEntries;
    this.cqEntries = parameters.cqEntries;
    this.features = parameters.features;
    const words = this.#opened.queues.byteLength >>> 2;
    this.#words = new Uint32Array(this.#opened.queues, 0, words);
    this.#results = new Int32Array(this.#opened.queues, 0, words);
    this.#sqes = new Int32Array(this.#opened.entries);
    // Entry i is always found in slot i: the indirection is written once and never again.
    for (let index = 0; index < this.sqEntries; index++) {
      this.#words[(parameters.sq.array >>> 2) + index] = index;
    }
  }

  /** Whether the ring has been closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Entries that can be prepared before the kernel has to fetch some. */
  get freeEntries(): number {
    return this.sqEntries - ((this.#tail - this.consumedIndex) >>> 0);
  }

  /** How many entries have been prepared since the ring was opened, modulo 2^32. */
  get preparedIndex(): number {
    return this.#tail;
  }

  /** How many entries the kernel has fetched, modulo 2^32. `enter` may return before it has fetched all. */
  get consumedIndex(): number {
    this.demandOpen("read the submission queue");
    return Atomics.load(this.#words, this.#parameters.sq.head >>> 2);
  }

  /** Completions that can be read right now. */
  get readyCount(): number {
    this.demandOpen("read the completion queue");
    const { head, tail } = this.#parameters.cq;
    return (Atomics.load(this.#words, tail >>> 2) - this.#words[head >>> 2]!) >>> 0;
  }

  /** Whether completions wait in the kernel because the queue was full; the next `enter` with `getEvents` brings them. */
  get overflowed(): boolean {
    this.demandOpen("read the submission queue");
    return (Atomics.load(this.#words, this.#parameters.sq.flags >>> 2) & queueFlag.CQ_OVERFLOW) !== 0;
  }

  /** Whether this kernel carries out operation `code`. */
  supports(code: number): boolean {
    this.demandOpen("probe operations");
    this.#probe ??= ringProbe(this.fd);
    return this.#probe.has(code);
  }

  /** `io_uring_register` on this ring. @throws {ErrnoError} */
  register(code: number, argument: Uint8Array<ArrayBuffer> | null, count: number): number {
    this.demandOpen("register");
    return ringRegister(this.fd, code, argument, count);
  }

  /**
   * Fills the next free entry. The kernel may fetch it once it is published.
   *
   * `code` is one byte, `address` and `offset` are exact numbers below 2^53 (`offset` may be -1), `length` and
   * `operationFlags` are unsigned 32-bit words, `userData` comes back in the completion.
   *
   * @throws {SubmissionQueueFull}
   * @throws {RangeError} when a field does not fit
   */
  put(
    code: number,
    fd: number,
    address: number,
    length: number,
    offset: number,
    operationFlags: number,
    userData: number,
  ): void {
    this.demandOpen("prepare an entry");
    if (((this.#tail - this.consumedIndex) >>> 0) >= this.sqEntries) {
      throw this.full(1);
    }
    if (code !== (code & 0xff)) throw outOfRange("code", code, "0 to 255");
    if ((fd | 0) !== fd) throw outOfRange("fd", fd, "a 32-bit integer");
    if (!Number.isSafeInteger(address) || address < 0) throw outOfRange("address", address, "0 to 2^53 - 1");
    if (length !== length >>> 0) throw outOfRange("length", length, "0 to 2^32 - 1");
    if (!Number.isSafeInteger(offset) || offset < -1) throw outOfRange("offset", offset, "-1 to 2^53 - 1");
    if (operationFlags !== operationFlags >>> 0) {
      throw outOfRange("operationFlags", operationFlags, "0 to 2^32 - 1");
    }
    if (!Number.isSafeInteger(userData) || userData < 0) {
      throw outOfRange("userData", userData, "0 to 2^53 - 1");
    }
    const words = this.#sqes;
    const at = (this.#tail & (this.sqEntries - 1)) << 4;
    words[at] = code;
    words[at + 1] = fd;
    words[at + 2] = offset | 0;
    words[at + 3] = offset < 0 ? -1 : (offset / TWO_32) | 0;
    words[at + 4] = address | 0;
    words[at + 5] = (address / TWO_32) | 0;
    words[at + 6] = length | 0;
    words[at + 7] = operationFlags | 0;
    words[at + 8] = userData | 0;
    words[at + 9] = (userData / TWO_32) | 0;
    words[at + 10] = 0;
    words[at + 11] = 0;
    words[at + 12] = 0;
    words[at + 13] = 0;
    words[at + 14] = 0;
    words[at + 15] = 0;
    this.#tail = (this.#tail + 1) >>> 0;
  }

  /**
   * Sets the rarer fields of the entry that was filled last: one byte of `flags`, 16 bits of each of the others.
   *
   * @throws {RangeError} when a field does not fit; the entry stays as it was
   */
  amend({ flags = 0, priority = 0, bufferGroup = 0 }: EntryDetails): void {
    this.demandOpen("prepare an entry");
    if (flags !== (flags & 0xff)) throw outOfRange("flags", flags, "0 to 255");
    if (priority !== (priority & 0xffff)) throw outOfRange("priority", priority, "0 to 65535");
    if (bufferGroup !== (bufferGroup & 0xffff)) throw outOfRange("bufferGroup", bufferGroup, "0 to 65535");
    const at = ((this.#tail - 1) & (this.sqEntries - 1)) << 4;
    this.#sqes[at] = (this.#sqes[at]! & 0xff) | flags << 8 | priority << 16;
    this.#sqes[at + 10] = bufferGroup;
  }

  /** What to throw when `count` entries do not fit: the queue is full. */
  full(count: number): SubmissionQueueFull {
    const { freeEntries, sqEntries } = this;
    return new SubmissionQueueFull(
      freeEntries === 0
        ? `Cannot prepare an entry: all ${sqEntries} submission entries are in use, submit first`
        : `Cannot prepare ${count} entries: ${freeEntries} of ${sqEntries} are free, submit first`,
    );
  }

  /**
   * Takes back the entries that the kernel has not fetched, `most` at the most and the last ones first, and says how
   * many. With a polling thread only those that were never published, because the thread may be reading the others.
   */
  retract(most: number = Infinity): number {
    this.demandOpen("retract entries");
    const { sq } = this.#parameters;
    const published = this.#words[sq.tail >>> 2]!;
    const keep = this.#polling ? published : this.consumedIndex;
    const count = Math.min((this.#tail - keep) >>> 0, most);
    this.#tail = (this.#tail - count) >>> 0;
    if (((published - this.#tail) | 0) > 0) Atomics.store(this.#words, sq.tail >>> 2, this.#tail);
    return count;
  }

  /** Lets the kernel see all prepared entries; it fetches them at `enter`, or by itself with a polling thread. */
  publish(): void {
    this.demandOpen("publish entries");
    Atomics.store(this.#words, this.#parameters.sq.tail >>> 2, this.#tail);
  }

  /**
   * Enters the kernel and says how many entries it took. With a polling thread this is the number published, and
   * nothing is known about fetching: read `consumedIndex`.
   *
   * A signal that interrupts waiting is not an error: fewer completions are there.
   *
   * @throws {ErrnoError} for example EBUSY while completions wait in the kernel
   */
  enter(options: EnterOptions = {}): number {
    this.demandOpen("enter the kernel");
    const { sq } = this.#parameters;
    const published = (this.#words[sq.tail >>> 2]! - this.consumedIndex) >>> 0;
    const submit = options.submit ?? published;
    const waitFor = options.waitFor ?? 0;
    let flags = waitFor > 0 || options.getEvents === true ? enterFlag.GETEVENTS : 0;
    if (this.#polling) {
      const sleeping = (Atomics.load(this.#words, sq.flags >>> 2) & queueFlag.NEED_WAKEUP) !== 0;
      if (sleeping) flags |= enterFlag.SQ_WAKEUP;
      if (flags === 0) return published;
    }
    const result = ringEnter(this.fd, submit, waitFor, flags);
    if (result < 0 && result !== -4) throw new ErrnoError("enter the kernel", -result);
    return Math.max(result, 0);
  }

  /** Publishes what is prepared and enters the kernel with it. @throws {ErrnoError} */
  submit(waitFor = 0): number {
    this.publish();
    return this.enter({ waitFor });
  }

  /**
   * Waits until `count` completions are there; `false` when `timeoutMs` has passed before, or a signal came.
   *
   * @throws {ErrnoError}
   */
  wait(count: number, timeoutMs: number): boolean {
    this.demandOpen("wait for completions");
    const result = ringWait(this.fd, count, timeoutMs);
    if (result < 0 && result !== -62 && result !== -4) throw new ErrnoError("wait for completions", -result);
    // The kernel keeps ETIME for itself as soon as there is one completion: its answer says nothing about the others.
    return this.readyCount >= count;
  }

  /**
   * Hands out every completion that is there, then gives their entries back to the kernel; says how many.
   *
   * `visit` may close the ring: nothing more is handed out then. When it throws, what it was handed counts as read, the
   * last one included, and the others stay for the next call.
   */
  reap(visit: (userData: number, result: number, flags: number) => void, limit: number = Infinity): number {
    this.demandOpen("read completions");
    const { head, tail, completions } = this.#parameters.cq;
    const words = this.#words;
    const mask = this.cqEntries - 1;
    const first = words[head >>> 2]!;
    const count = Math.min((Atomics.load(words, tail >>> 2) - first) >>> 0, limit);
    let visited = 0;
    try {
      // A closed ring's queue is unmapped.
      while (visited < count && !this.#closed) {
        const at = (completions >>> 2) + (((first + visited) & mask) << 2);
        const userData = words[at]! + words[at + 1]! * TWO_32;
        visited++;
        visit(userData, this.#results[at + 2]!, words[at + 3]!);
      }
    } finally {
      if (visited > 0 && !this.#closed) Atomics.store(words, head >>> 2, first + visited);
    }
    return visited;
  }

  /** Every completion that is there, as objects. */
  completions(limit?: number): readonly Completion[] {
    const list: Completion[] = [];
    this.reap((userData, result, flags) => list.push({ userData, result, flags }), limit);
    return list;
  }

  /** Closes the ring. Requests that still run may go on touching their memory for a while. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#words = new Uint32Array(0);
    this.#results = new Int32Array(0);
    this.#sqes = new Int32Array(0);
    this.#opened[Symbol.dispose]();
  }

  /** For rings of another kind. @throws {TypeError} after closing */
  protected demandOpen(action: string): void {
    // A view of an unmapped queue would end the process.
    if (this.#closed) throw new TypeError(`Cannot ${action}: the ring is closed`);
  }
}

function outOfRange(field: string, value: number, range: string): RangeError {
  return new RangeError(`Cannot prepare an entry: ${field} is ${value}, must be ${range}`);
}
