/**
 * The soak behind `deno task soak:wrap`: one-byte zero-copy sends on one real socket until the kernel's own 32-bit
 * counter has wrapped, with the real sender and nothing shifted.
 *
 * All but the last 2,000 sends go as fast as they can. The last ones, around the wrap in a full run, go in small
 * groups, each drained before the next, so that the kernel's records are the same every time. The same groups are
 * then sent on a fresh socket behind {@link BiasedSocket}: if its records are the same, the bias is faithful.
 *
 * @module
 */
import type { GatherList } from "../ffi/gather_list.ts";
import { LoopbackPair } from "../ffi/loopback_pair.ts";
import { acknowledgeNow, receive } from "../ffi/socket.ts";
import type { Notification, ZerocopySocket } from "../ffi/zerocopy_socket.ts";
import { KernelZerocopySocket } from "../ffi/zerocopy_socket.ts";
import { BiasedSocket } from "../impl/biased_socket.ts";
import { BufferPool } from "../impl/buffer_pool.ts";
import { ZerocopySender } from "../impl/zerocopy_sender.ts";

/** Sends of a full run: the counter wraps and goes on for a thousand. */
export const fullWrapSends: number = 2 ** 32 + 1000;
/** Sends at the end that go in groups. */
export const windowSends = 2000;
/** Not a divisor of 1000, so that one group lies across the wrap. */
const groupSends = 7;
const bufferCount = 1024;
/** A prime: bytes that are lost, doubled or swapped do not go unseen. */
const pattern = 251;

/** How far a run has come. */
export interface WrapSoakProgress {
  readonly sends: number;
  readonly target: number;
  readonly seconds: number;
  readonly sendsPerSecond: number;
  /** At the present rate. */
  readonly remainingSeconds: number;
  readonly records: number;
  readonly outOfOrder: number;
  readonly rssBytes: number;
}

/** What a run has shown. Complete without problems, it says that nothing was lost. */
export interface WrapSoakResult {
  readonly target: number;
  /** Successful zero-copy sends, each with a number of its own. */
  readonly sends: number;
  /** Numbers that were notified, each once. */
  readonly notified: number;
  readonly records: number;
  /** Records that did not begin where the one before ended. */
  readonly outOfOrder: number;
  /** The first of them. */
  readonly overtakings: readonly string[];
  /** Sends that copied because there was no memory for a notification and nothing in flight. */
  readonly copies: number;
  readonly wrapped: boolean;
  /** The records around the wrap, or the last ones. */
  readonly lastRecords: readonly string[];
  /** Absent when the run was stopped before. */
  readonly biasFaithful?: boolean;
  readonly buffersLost: number;
  readonly refused: number;
  readonly damagedBytes: number;
  readonly seconds: number;
  readonly sendsPerSecond: number;
  readonly rssBytes: { readonly first: number; readonly last: number; readonly most: number };
  readonly complete: boolean;
  /** What must not be. Empty in a good run. */
  readonly problems: readonly string[];
}

/** How a run is made. */
export interface WrapSoakOptions {
  /** Zero-copy sends, at least {@link windowSends}. */
  readonly sends: number;
  /** Ends the run soon, with what it has shown so far. */
  readonly signal?: { readonly aborted: boolean };
  readonly onProgress?: (progress: WrapSoakProgress, resultSoFar: WrapSoakResult) => void;
  /** Between two calls of `onProgress`. Default 500. */
  readonly progressMs?: number;
}

/** Counts what passes at the seam. */
class WatchedSocket implements ZerocopySocket {
  readonly #inner: ZerocopySocket;
  sends = 0;
  copies = 0;
  notified = 0;
  records = 0;
  outOfOrder = 0;
  readonly overtakings: string[] = [];
  /** While set, records are written down. */
  kept: string[] | undefined;
  #expected: number | undefined;

  constructor(inner: ZerocopySocket) {
    this.#inner = inner;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    const sent = this.#inner.send(parts, zerocopy);
    if (sent > 0) {
      if (zerocopy) this.sends++;
      else this.copies++;
    }
    return sent;
  }

  receiveNotification(into: Notification): boolean {
    if (!this.#inner.receiveNotification(into)) return false;
    this.records++;
    this.notified += ((into.high - into.low) >>> 0) + 1;
    if (this.#expected !== undefined && into.low !== this.#expected) {
      this.outOfOrder++;
      if (this.overtakings.length < 20) {
        this.overtakings.push(`[${into.low}, ${into.high}] came where ${this.#expected} was next`);
      }
    }
    this.#expected = (into.high + 1) >>> 0;
    this.kept?.push(`[${into.low}, ${into.high}]`);
    return true;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

/** One connection with a sender, a reader that checks every byte, and the counts. */
class Line implements Disposable {
  readonly pair: LoopbackPair;
  readonly pool: BufferPool = new BufferPool(bufferCount, 1);
  readonly watched: WatchedSocket;
  readonly sender: ZerocopySender;
  readonly #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(65536);
  readonly #buffers: readonly Uint8Array[];
  damagedBytes = 0;
  ended = 0;
  submitted = 0;
  #write = 0;
  #read = 0;

  constructor(firstId: number) {
    this.pair = new LoopbackPair({ transport: "tcp", family: "ipv4", collectSmallSends: true });
    const kernel = new KernelZerocopySocket(this.pair.senderFd);
    this.watched = new WatchedSocket(firstId === 0 ? kernel : new BiasedSocket(kernel, firstId));
    this.#buffers = Array.from({ length: bufferCount }, (_, buffer) => this.pool.bytes(buffer));
    this.sender = new ZerocopySender(this.watched, this.pool, {
      batchRequests: 1,
      firstId,
      onEnd: () => {
        this.ended++;
      },
    });
  }

  /** Submits up to `most` bytes, as long as there are buffers and the kernel takes them. */
  submit(most: number): void {
    for (let count = 0; count < most && !this.sender.hasUnsent; count++) {
      const buffer = this.pool.acquire();
      if (buffer < 0) return;
      this.#buffers[buffer]![0] = this.#write;
      this.#write = this.#write === pattern - 1 ? 0 : this.#write + 1;
      this.submitted++;
      this.sender.submit(buffer, 1);
    }
  }

  /** Reads once, acknowledges, and polls. */
  turn(): void {
    const received = receive(this.pair.peerFd, this.#scratch, this.#scratch.length);
    if (received > 0) this.#check(this.#scratch.subarray(0, received));
    acknowledgeNow(this.pair.peerFd);
    this.sender.poll();
  }

  /** Reads, acknowledges and polls until nothing is pending. */
  settle(): void {
    do {
      this.pair.drain(this.#scratch, (bytes) => this.#check(bytes), () => {});
      this.sender.poll();
    } while (this.sender.hasUnsent);
  }

  /** Sends `count` bytes in groups, each drained before the next, and returns the records. */
  groups(count: number): string[] {
    this.settle();
    this.watched.kept = [];
    const target = this.watched.sends + count;
    while (this.watched.sends < target) {
      this.submit(Math.min(groupSends, target - this.watched.sends));
      this.settle();
    }
    return this.watched.kept;
  }

  #check(bytes: Uint8Array): void {
    let expected = this.#read;
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== expected) this.damagedBytes++;
      expected = expected === pattern - 1 ? 0 : expected + 1;
    }
    this.#read = expected;
  }

  [Symbol.dispose](): void {
    this.pair[Symbol.dispose]();
    this.pool[Symbol.dispose]();
  }
}

/** The state of one run. */
class Soak {
  readonly #options: WrapSoakOptions;
  readonly #line: Line;
  readonly #started = performance.now();
  readonly #memory = { first: 0, last: 0, most: 0 };
  #lastRecords: readonly string[] = [];
  #biasFaithful: boolean | undefined;

  constructor(options: WrapSoakOptions, line: Line) {
    this.#options = options;
    this.#line = line;
  }

  async run(): Promise<WrapSoakResult> {
    const { sends, signal } = this.#options;
    const from = sends - windowSends;
    await this.#race(from);
    if (signal?.aborted !== true) {
      const records = this.#line.groups(windowSends);
      this.#lastRecords = aroundWrap(records);
      using fresh = new Line(from % 2 ** 32);
      this.#biasFaithful = records.join() === fresh.groups(windowSends).join();
    }
    this.#line.settle();
    return this.result(true);
  }

  /** As fast as it goes, up to `target` sends. */
  async #race(target: number): Promise<void> {
    const { signal, onProgress, progressMs = 500 } = this.#options;
    const line = this.#line;
    let due = performance.now() + progressMs;
    while (line.watched.sends < target && signal?.aborted !== true) {
      line.submit(Math.min(bufferCount, target - line.watched.sends));
      line.turn();
      if (performance.now() < due) continue;
      onProgress?.(this.#progress(), this.result(false));
      // Signals are delivered here.
      await new Promise<void>((resume) => setTimeout(resume, 0));
      due = performance.now() + progressMs;
    }
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #progress(): WrapSoakProgress {
    const { sends, records, outOfOrder } = this.#line.watched;
    const seconds = this.#seconds();
    const sendsPerSecond = sends / seconds;
    const target = this.#options.sends;
    const { rss } = Deno.memoryUsage();
    const remainingSeconds = (target - sends) / sendsPerSecond;
    return { sends, target, seconds, sendsPerSecond, remainingSeconds, records, outOfOrder, rssBytes: rss };
  }

  /** What was shown so far; `settled` = nothing is pending, so what is missing now is lost. */
  result(settled: boolean): WrapSoakResult {
    const { watched, sender, pool, damagedBytes } = this.#line;
    const { sends, notified, records, outOfOrder, overtakings, copies } = watched;
    const { rss } = Deno.memoryUsage();
    this.#memory.first ||= rss;
    this.#memory.last = rss;
    this.#memory.most = Math.max(this.#memory.most, rss);
    const seconds = this.#seconds();
    const buffersLost = settled ? pool.bufferCount - pool.freeCount : 0;
    const known = {
      target: this.#options.sends,
      sends,
      notified,
      records,
      outOfOrder,
      overtakings: [...overtakings],
      copies,
      wrapped: this.#lastRecords.some((record) => wraps(record)),
      lastRecords: this.#lastRecords,
      ...(this.#biasFaithful === undefined ? {} : { biasFaithful: this.#biasFaithful }),
      buffersLost,
      refused: sender.refusedCount,
      damagedBytes,
      seconds,
      sendsPerSecond: sends / seconds,
      rssBytes: { ...this.#memory },
      complete: settled && sends >= this.#options.sends,
    };
    return { ...known, problems: problemsOf(known, this.#line, settled) };
  }
}

function problemsOf(result: Omit<WrapSoakResult, "problems">, line: Line, settled: boolean): string[] {
  const problems: string[] = [];
  if (result.buffersLost > 0) problems.push(`${result.buffersLost} buffers were lost`);
  if (settled && result.notified !== result.sends) {
    problems.push(`${result.notified} numbers were notified for ${result.sends} sends`);
  }
  if (settled && line.ended !== line.submitted) {
    problems.push(`${line.ended} of ${line.submitted} requests ended`);
  }
  if (result.refused > 0) problems.push(`${result.refused} notifications made no sense`);
  if (result.damagedBytes > 0) problems.push(`${result.damagedBytes} bytes arrived changed`);
  if (result.biasFaithful === false) problems.push("a biased socket gave other records");
  const crosses = result.complete && result.target > 2 ** 32;
  if (crosses && !result.wrapped) problems.push("no record lies across the wrap");
  return problems;
}

function wraps(record: string): boolean {
  const [low, high] = JSON.parse(record) as [number, number];
  return high < low;
}

/** A few records on both sides of the one that wraps, or the last few. */
function aroundWrap(records: readonly string[]): readonly string[] {
  const at = records.findIndex(wraps);
  return at < 0 ? records.slice(-5) : records.slice(Math.max(0, at - 2), at + 3);
}

/**
 * Sends, and says what it showed. Returns early, and says so, when it is told to stop.
 *
 * @throws {RangeError} unless `sends` is a whole number from {@link windowSends} to 2^33
 * @throws {EnvironmentError} where there is no zero-copy
 */
export async function wrapSoak(options: WrapSoakOptions): Promise<WrapSoakResult> {
  const { sends } = options;
  if (!Number.isInteger(sends) || sends < windowSends || sends > 2 ** 33) {
    throw new RangeError(`Cannot soak: sends is ${sends}, must be ${windowSends} to ${2 ** 33}`);
  }
  using line = new Line(0);
  return await new Soak(options, line).run();
}
