import { assertEquals, assertThrows } from "@std/assert";
import { futexWait, futexWaitElsewhere, futexWake } from "./futex.ts";
import { closeFd, Mapping, memfdCreate, truncate } from "./memory.ts";

function sharedWord(): Mapping {
  const fd = memfdCreate("futex-test");
  truncate(fd, 4);
  const mapping = new Mapping(fd, 4);
  closeFd(fd);
  return mapping;
}

Deno.test("futexWait returns at once when the word has changed, and after its timeout when it has not", () => {
  using mapping = sharedWord();
  futexWait(mapping.pointer, 1, 60_000);
  futexWait(mapping.pointer, 0, 1);
  assertEquals(Atomics.load(new Uint32Array(mapping.buffer), 0), 0);
});

Deno.test("futexWaitElsewhere is woken while the event loop goes on", async () => {
  using mapping = sharedWord();
  const words = new Uint32Array(mapping.buffer);
  let woken = false;
  const waiting = futexWaitElsewhere(mapping.pointer, 0, 60_000).then(() => woken = true);
  // The word changes before the wake: a waiter that comes too late does not sleep at all.
  Atomics.store(words, 0, 1);
  futexWake(mapping.pointer);
  assertEquals(woken, false);
  await waiting;
});

Deno.test("futexWait refuses a timeout that is none", async () => {
  using mapping = sharedWord();
  for (const timeoutMs of [-1, NaN, Infinity]) {
    const sentence = `Cannot wait on futex: timeoutMs is ${timeoutMs}, must be from 0 to 2147483647`;
    assertThrows(() => futexWait(mapping.pointer, 0, timeoutMs), RangeError, sentence);
    const error = await futexWaitElsewhere(mapping.pointer, 0, timeoutMs).catch((reason: unknown) => reason);
    assertEquals(String(error), `RangeError: ${sentence}`);
  }
});
