/**
 * A ring that knows whose memory is whose: cells are handed to requests and come back with the event that ends
 * their lifetime, not earlier.
 *
 * @module
 */
import { completionFlag, opcode } from "../../ffi/io_uring.ts";
import type { Filled } from "./buffer_ring.ts";
import { type Lifetime, lifetimes, type Pointer } from "./lifetime.ts";
import { entryOf, initialiseCells, type Operation, visitCells } from "./operation.ts";
import type { Cell } from "./pool.ts";
import { prepare } from "./prepare.ts";
import { Request } from "./request.ts";
import { type EnterOptions, Ring } from "./ring.ts";
import type { RingOptions } from "./ring_options.ts";

/** A completion, with the request that it belongs to. */
export interface Completed {
  readonly request: Request;
  /** A count, an fd (the caller's to close), or a negative errno. */
  readonly result: number;
  /** Another completion of the same request will follow; its cells stay with the kernel. */
  readonly more: boolean;
  /** The kernel has let go of a zero-copy payload. */
  readonly notification: boolean;
  /** The provided cell that was filled. */
  readonly filled?: Filled;
}

const payloadOfRead: Lifetime = lifetimes.read!.payload!;

/** How an owned ring is set up. */
export interface OwnedRingOptions extends RingOptions {
  /** How long closing waits for requests that can not be cancelled, 1000 when absent. */
  readonly closeTimeoutMs?: number;
}

/**
 * Requests on cells, and nothing to remember about lifetimes.
 *
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { memfdCreate, truncate } from "../../ffi/memory.ts";
 * import { Fd } from "../../ffi/uring_peer.ts";
 * import { OwnedRing } from "./owned_ring.ts";
 * import { Pool } from "./pool.ts";
 * import { whyNoUring } from "./why_no_uring.ts";
 *
 * if (whyNoUring() === undefined) {
 *   using file = new Fd(memfdCreate("example"));
 *   truncate(file.number, 4096);
 *   using pool = new Pool({ cells: 1, cellBytes: 4096 });
 *   using ring = new OwnedRing({ entries: 8 });
 *   const cell = pool.take();
 *   ring.prepare({ kind: "read", fd: file.number, into: cell, offset: 0 });
 *   assertThrows(() => cell.release(), TypeError, "read #1 owns it until its last completion");
 *   ring.submit(1);
 *   assertEquals(ring.reap().map((completed) => completed.result), [4096]);
 *   cell.release();
 * }
 * ```
 */
export class OwnedRing implements Disposable {
  /** The ring itself, for its counters. Entries that are put into it directly are not watched. */
  readonly ring: Ring;
  readonly #requests: (Request | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** Requests with a claim that ends at submission, in the order of their entries. */
  readonly #awaitingFetch: Request[] = [];
  readonly #closeTimeoutMs: number;
  #sequence = 0;

  /** @throws {RangeError} @throws {EnvironmentError} @throws {ErrnoError} */
  constructor(options: OwnedRingOptions) {
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 1000;
    this.ring = this.openRing(options);
  }

  /** Requests whose last completion has not been read. */
  get runningCount(): number {
    return this.#requests.length - this.#freeSlots.length;
  }

  /**
   * Fills an entry and hands its cells over. `link` makes the next request wait for this one's success.
   *
   * @throws {TypeError} when a cell is free or somebody else's: nothing has happened then
   * @throws {SubmissionQueueFull} @throws {RangeError}
   */
  prepare(operation: Operation, link: boolean = false): Request {
    const slot = this.#freeSlots[this.#freeSlots.length - 1] ?? this.#requests.length;
    const request = new Request(operation, slot, ++this.#sequence);
    try {
      // A plain read is the commonest operation: nothing to write beforehand, no detour through an entry.
      if (operation.kind === "read" && !link) this.#fillRead(request, operation);
      else this.#fill(request, link);
    } catch (error) {
      request.giveBackAll();
      throw error;
    }
    this.#freeSlots.pop();
    this.#requests[slot] = request;
    request.entryIndex = (this.ring.preparedIndex - 1) >>> 0;
    if (request.awaitsFetch) this.#awaitingFetch.push(request);
    return request;
  }

  /**
   * Prepares `operation` with a time limit: when it has not ended after `afterMs`, it is cancelled. `timespec` is
   * scratch of 16 bytes for the limit, which is a request of its own, and the second one that is answered: it ends with
   * ETIME when it was reached, with ECANCELED or ENOENT when the operation was done before.
   *
   * @throws {TypeError} when a cell is free or somebody else's: nothing has happened then
   * @throws {SubmissionQueueFull} @throws {RangeError}
   */
  prepareLimited(operation: Operation, timespec: Cell, afterMs: number): readonly [Request, Request] {
    if (this.ring.freeEntries < 2) throw this.ring.full(2);
    const limited = this.prepare(operation, true);
    try {
      return [limited, this.prepare({ kind: "link-timeout", timespec, afterMs })];
    } catch (error) {
      this.#unprepare(limited);
      throw error;
    }
  }

  /** Lets the kernel see what is prepared. It owns all cells of it from now on. */
  publish(): void {
    this.ring.publish();
  }

  /** Enters the kernel; cells that were needed until submission come back for entries that it has fetched. @throws {ErrnoError} */
  enter(options?: EnterOptions): number {
    const count = this.ring.enter(options);
    this.#giveBackFetched();
    return count;
  }

  /** Publishes and enters; says how many entries the kernel took. @throws {ErrnoError} */
  submit(waitFor: number = 0): number {
    this.publish();
    return this.enter({ waitFor });
  }

  /** Reads the completions that are there, `limit` at the most, and gives cells back whose lifetime ends with them. */
  reap(limit?: number): readonly Completed[] {
    this.#giveBackFetched();
    const list: Completed[] = [];
    this.ring.reap((slot, result, flags) => {
      const request = this.#requests[slot];
      if (request !== undefined) list.push(this.#complete(request, result, flags));
    }, limit);
    return list;
  }

  /**
   * Cancels everything, waits for the last completions, closes. A second call does nothing.
   *
   * @throws {Error} when a request can not be cancelled in time; the ring stays open then, so that its memory is
   * not reused, and closing can be tried again
   */
  [Symbol.dispose](): void {
    if (this.ring.closed) return;
    this.#withdrawUnfetched();
    if (this.runningCount > 0) this.#cancelAll();
    this.ring[Symbol.dispose]();
  }

  /** The ring below. */
  protected openRing(options: RingOptions): Ring {
    return new Ring(options);
  }

  /** Until when `kind` needs the cell behind `pointer`. */
  protected lifetimeOf(kind: Operation["kind"], pointer: Pointer): Lifetime {
    if (kind === "read") return payloadOfRead; // the commonest one, known without looking
    return lifetimes[kind]?.[pointer] ?? "until-completion";
  }

  /** Writes what the kernel will read from cells whose content is the layer's business; a plain read has none. */
  protected initialise(operation: Operation): void {
    initialiseCells(operation);
  }

  /** Hands `cell` to `request`. @throws {TypeError} when it is not the application's */
  protected lend(request: Request, cell: Cell, pointer: Pointer): void {
    request.claim(cell, this.lifetimeOf(request.operation.kind, pointer));
  }

  /** Index of the first entry that the kernel has not fetched. */
  protected fetchedIndex(): number {
    return this.ring.consumedIndex;
  }

  /** Gives cells back after a completion of `request`: all with the last one, none before. */
  protected settle(request: Request, _result: number, flags: number): void {
    if ((flags & completionFlag.MORE) === 0) request.giveBackAll();
  }

  #complete(request: Request, result: number, flags: number): Completed {
    this.settle(request, result, flags);
    if (flags === 0) {
      this.#retire(request);
      return { request, result, more: false, notification: false };
    }
    const more = (flags & completionFlag.MORE) !== 0;
    if (!more) this.#retire(request);
    const notification = (flags & completionFlag.NOTIF) !== 0;
    const { operation } = request;
    if ((flags & completionFlag.BUFFER) !== 0 && operation.kind === "recv-provided") {
      return { request, result, more, notification, filled: operation.buffers.filled(result, flags) };
    }
    return { request, result, more, notification };
  }

  #giveBackFetched(): void {
    if (this.#awaitingFetch.length === 0) return;
    const fetched = this.fetchedIndex();
    while (this.#awaitingFetch.length > 0) {
      const request = this.#awaitingFetch[0]!;
      if (((fetched - request.entryIndex - 1) | 0) < 0) return;
      request.giveBackFetched();
      this.#awaitingFetch.shift();
    }
  }

  #slotOf(target: Request): number {
    if (this.#requests[target.slot] !== target) {
      throw new TypeError(`Cannot cancel ${target.name}: its last completion has been read`);
    }
    return target.slot;
  }

  /** Hands over the cells of `request` and fills its entry. */
  #fill(request: Request, link: boolean): void {
    const { operation, slot } = request;
    this.initialise(operation);
    visitCells(operation, (cell, pointer) => this.lend(request, cell, pointer));
    prepare(this.ring, entryOf(operation, (target) => this.#slotOf(target)), slot, link);
  }

  #fillRead(request: Request, operation: Extract<Operation, { kind: "read" | "recv" }>): void {
    const { fd, into, bytes = into.capacityBytes, offset = -1 } = operation;
    this.lend(request, into, "payload");
    this.ring.put(opcode.read, fd, into.address, bytes, offset, 0, request.slot);
  }

  /** Requests whose entries the kernel has never fetched end here, without a completion. */
  #withdrawUnfetched(): void {
    this.ring.retract();
    const kept = this.ring.preparedIndex;
    for (const request of this.#requests) {
      if (request === undefined || ((request.entryIndex - kept) | 0) < 0) continue;
      request.giveBackAll();
      this.#retire(request);
    }
    this.#awaitingFetch.length = 0;
  }

  /** Takes back the request that was prepared last. */
  #unprepare(request: Request): void {
    this.ring.retract(1);
    if (this.#awaitingFetch.at(-1) === request) this.#awaitingFetch.pop();
    request.giveBackAll();
    this.#retire(request);
  }

  #retire(request: Request): void {
    request.done = true;
    this.#requests[request.slot] = undefined;
    this.#freeSlots.push(request.slot);
  }

  #cancelAll(): void {
    const last = performance.now() + this.#closeTimeoutMs;
    this.#waitForEntry(last);
    prepare(this.ring, { kind: "cancel-any" }, Number.MAX_SAFE_INTEGER);
    this.ring.submit();
    while (this.runningCount > 0) {
      this.ring.enter({ getEvents: true });
      if (this.reap().length > 0) continue;
      if (performance.now() > last) {
        const request = this.#requests.find((candidate) => candidate !== undefined)!;
        throw new Error(`Cannot close ring: ${request.name} still runs after ${this.#closeTimeoutMs} ms`);
      }
      this.ring.wait(1, 10);
    }
  }

  /** Waits for room for one entry: what a polling thread was shown can not be taken back, it has to be fetched. */
  #waitForEntry(lastMs: number): void {
    while (this.ring.freeEntries === 0) {
      if (performance.now() > lastMs) {
        throw new Error(`Cannot close ring: no entry was fetched within ${this.#closeTimeoutMs} ms`);
      }
      this.ring.enter();
      this.ring.wait(this.ring.readyCount + 1, 1);
    }
  }
}
