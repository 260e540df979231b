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

/** Runs alone: an optimised function keeps nothing but what it still needs. Prints how many time limits are left. */
const collecting = `
  import { futexWaitElsewhere } from "${new URL("futex.ts", import.meta.url)}";
  import { Mapping, memfdCreate, truncate } from "${new URL("memory.ts", import.meta.url)}";
  const fd = memfdCreate("futex-test");
  truncate(fd, 4);
  const mapping = new Mapping(fd, 4);
  const limits = [];
  const { of } = BigInt64Array;
  BigInt64Array.of = (...items) => {
    const limit = of.apply(BigInt64Array, items);
    limits.push(new WeakRef(limit));
    return limit;
  };
  new Function("f", "%PrepareFunctionForOptimization(f)")(futexWaitElsewhere);
  await futexWaitElsewhere(mapping.pointer, 1, 0);
  new Function("f", "%OptimizeMaglevOnNextCall(f)")(futexWaitElsewhere);
  await futexWaitElsewhere(mapping.pointer, 1, 0);
  limits.length = 0;
  const waiting = futexWaitElsewhere(mapping.pointer, 0, 200);
  await new Promise((resolve) => setTimeout(resolve, 0));
  gc();
  console.log(limits.filter((limit) => limit.deref() !== undefined).length);
  await waiting;
`;

Deno.test("futexWaitElsewhere keeps its time limit alive as long as the other thread may read it", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", "--v8-flags=--expose-gc,--allow-natives-syntax", collecting],
  }).output();
  const decoder = new TextDecoder();
  assertEquals([decoder.decode(stdout), decoder.decode(stderr)], ["1\n", ""]);
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
