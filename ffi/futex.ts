/**
 * Waiting for a word of shared memory to change, across processes.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/futex.2.html}
 * @module
 */
import { ErrnoError, errnoName, errnoWord } from "./errno.ts";
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";

const parameters = ["i64", "pointer", "i32", "u32", "buffer", "pointer", "u32"] as const;
const libc = openLibrary(libcFile, {
  syscall: { parameters, result: "i32" },
  syscallElsewhere: { name: "syscall", parameters, result: "i32", nonblocking: true },
});

const [FUTEX_WAIT, FUTEX_WAKE] = [0, 1];
const callNumbers: Readonly<Partial<Record<typeof Deno.build.arch, bigint>>> = { x86_64: 202n, aarch64: 98n };

function callNumber(): bigint {
  const number = callNumbers[Deno.build.arch];
  if (number === undefined) {
    throw new EnvironmentError(
      `Cannot call futex: architecture is ${Deno.build.arch}, must be x86_64 or aarch64`,
    );
  }
  return number;
}

function timespec(timeoutMs: number): BigInt64Array<ArrayBuffer> {
  if (!(timeoutMs >= 0 && timeoutMs <= 0x7fff_ffff)) {
    throw new RangeError(`Cannot wait on futex: timeoutMs is ${timeoutMs}, must be from 0 to ${0x7fff_ffff}`);
  }
  const seconds = Math.floor(timeoutMs / 1000);
  return BigInt64Array.of(BigInt(seconds), BigInt(Math.floor((timeoutMs - seconds * 1000) * 1e6)));
}

/**
 * Stops the calling thread until `word` is no longer `expected`, somebody wakes it, or `timeoutMs` has passed. May
 * also return early for no reason: the caller looks at the word again.
 *
 * @throws {ErrnoError} when the word can not be waited on
 */
export function futexWait(word: Deno.PointerObject, expected: number, timeoutMs: number): void {
  const result = libc.syscall(callNumber(), word, FUTEX_WAIT, expected, timespec(timeoutMs), null, 0);
  const number = errnoWord[0]!;
  if (result >= 0) return;
  const name = errnoName(number);
  if (name !== "EAGAIN" && name !== "EINTR" && name !== "ETIMEDOUT") {
    throw new ErrnoError("wait on futex", number);
  }
}

/** The time limits of waits that are under way elsewhere: such a call keeps no buffer alive that it was given. */
const lent = new Set<BigInt64Array<ArrayBuffer>>();

/**
 * As {@link futexWait}, on another thread: the event loop goes on. Failures can not be told from waking up, since
 * errno belongs to that thread; unmapping the word while somebody waits is harmless.
 */
export async function futexWaitElsewhere(
  word: Deno.PointerObject,
  expected: number,
  timeoutMs: number,
): Promise<void> {
  const timeout = timespec(timeoutMs);
  lent.add(timeout);
  try {
    await libc.syscallElsewhere(callNumber(), word, FUTEX_WAIT, expected, timeout, null, 0);
  } finally {
    lent.delete(timeout);
  }
}

/** Wakes everybody who waits on `word`. @throws {ErrnoError} */
export function futexWake(word: Deno.PointerObject): void {
  const result = libc.syscall(callNumber(), word, FUTEX_WAKE, 0x7fff_ffff, null, null, 0);
  if (result < 0) throw new ErrnoError("wake a futex", errnoWord[0]!);
}
