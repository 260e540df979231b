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
import { bufferCount, SoakLine } from "./soak_line.ts";

/** Sends of a full run: the counter wraps and goes on for a thousand. */
export const fullWrapSends: number = 2 ** 32 + 1000;
/** Sends at the end that go in groups. */
export const windowSends = 2000;

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

/** The state of one run. */
class Soak {
  readonly #options: WrapSoakOptions;
  readonly #line: SoakLine;
  readonly #started = performance.now();
  readonly #memory = { first: 0, last: 0, most: 0 };
  #lastRecords: readonly string[] = [];
  #biasFaithful: boolean | undefined;

  constructor(options: WrapSoakOptions, line: SoakLine) {
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
      using fresh = new SoakLine(from % 2 ** 32);
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

function problemsOf(result: Omit<WrapSoakResult, "problems">, line: SoakLine, settled: boolean): string[] {
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
  using line = new SoakLine(0);
  return await new Soak(options, line).run();
}
