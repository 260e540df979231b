/**
 * Waiting for the other side of a shared ring: look again for a moment, then sleep on a futex, with a deadline.
 *
 * @module
 */
import { futexWait, futexWaitElsewhere } from "../../ffi/futex.ts";
import { yieldThread } from "../../ffi/thread.ts";
import type { SharedArea } from "./shared_area.ts";

/** What is waited for. */
export interface Awaited<T> {
  /** The word that says that this side sleeps; the other side sets it back and wakes. */
  readonly sleepWord: number;
  /** What to say when the deadline has passed: `Cannot ... within 10 ms`. */
  readonly complaint: string;
  /** Tries once; `undefined` = not yet. `over`: the other side can not do anything any more. */
  attempt(over: boolean): T | undefined;
  /** Whether the other side has said that it is done. */
  closed(): boolean;
}

/** Tries before anything else: some microseconds. */
const tries = 100;
/**
 * Then tries between which other threads may run, for about what falling asleep and being woken costs. A thread that
 * has an event loop to serve does not.
 */
const politeTries = 200;
/** The longest sleep: a peer that was killed is noticed after at most this. */
const longestSleepMs = 100;
const longestTimeoutMs = 0x7fff_ffff;

/** Refuses a timeout that is not a number of milliseconds. @throws {RangeError} */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs >= 0 && timeoutMs <= longestTimeoutMs) return;
  throw new RangeError(`Cannot wait: timeoutMs is ${timeoutMs}, must be from 0 to ${longestTimeoutMs}`);
}

/** The course of waiting: yields how long to sleep, returns what came. */
function* patience<T>(
  shared: SharedArea,
  awaited: Awaited<T>,
  timeoutMs: number,
  mostTries: number,
): Generator<number, T, void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let count = 0; count < mostTries; count += 1) {
    if (count >= tries) yieldThread();
    const result = awaited.attempt(false);
    if (result !== undefined) return result;
  }
  const { words } = shared.area;
  for (;;) {
    Atomics.store(words, awaited.sleepWord, 1);
    // Asked before the attempt: what the other side did before it ended is still found.
    const over = awaited.closed() || shared.peer() === "gone";
    const result = awaited.attempt(over);
    const leftMs = deadlineMs - performance.now();
    if (result !== undefined || leftMs <= 0) Atomics.store(words, awaited.sleepWord, 0);
    if (result !== undefined) return result;
    if (leftMs <= 0) throw new Deno.errors.TimedOut(`${awaited.complaint} within ${timeoutMs} ms`);
    yield Math.min(leftMs, longestSleepMs);
    shared.area.checkOpen("wait for lease ring");
  }
}

/** Waits and blocks the thread. @throws {Deno.errors.TimedOut} and what the attempt throws */
export function waitSync<T>(shared: SharedArea, awaited: Awaited<T>, timeoutMs: number): T {
  const word = shared.area.pointerTo(awaited.sleepWord);
  const course = patience(shared, awaited, timeoutMs, tries + politeTries);
  for (;;) {
    const next = course.next();
    if (next.done) return next.value;
    futexWait(word, 1, next.value);
  }
}

/** Waits while the event loop goes on. @throws {Deno.errors.TimedOut} and what the attempt throws */
export async function wait<T>(shared: SharedArea, awaited: Awaited<T>, timeoutMs: number): Promise<T> {
  const word = shared.area.pointerTo(awaited.sleepWord);
  const course = patience(shared, awaited, timeoutMs, tries);
  for (;;) {
    const next = course.next();
    if (next.done) return next.value;
    await futexWaitElsewhere(word, 1, next.value);
  }
}
