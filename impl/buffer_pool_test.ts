import { assertEquals, assertThrows } from "@std/assert";
import { BufferPool } from "./buffer_pool.ts";

Deno.test("BufferPool hands out the lowest free buffer, and each once", () => {
  using pool = new BufferPool(70, 16);
  const handedOut = Array.from({ length: 70 }, () => pool.acquire());
  assertEquals(handedOut, Array.from({ length: 70 }, (_, index) => index));
  assertEquals(pool.acquire(), -1);
  pool.release(65);
  pool.release(31);
  assertEquals([pool.freeCount, pool.acquire(), pool.acquire(), pool.acquire()], [2, 31, 65, -1]);
});

Deno.test("BufferPool takes nothing back twice", () => {
  using pool = new BufferPool(1024, 1);
  assertThrows(() => pool.release(0), RangeError, "Cannot release buffer 0: it is free");
  const buffer = pool.acquire();
  pool.release(buffer);
  assertThrows(() => pool.release(buffer), RangeError, "it is free");
  assertThrows(() => pool.release(1024), RangeError, "must be 0 to 1023");
});

Deno.test("BufferPool keeps the bytes of its buffers apart", () => {
  using pool = new BufferPool(3, 5);
  for (let index = 0; index < 3; index++) pool.bytes(index).fill(index + 1);
  assertEquals([...pool.bytes(1)], [2, 2, 2, 2, 2]);
  assertThrows(() => pool.bytes(3), RangeError, "its number is 3");
});

Deno.test("BufferPool refuses sizes out of range", () => {
  assertThrows(() => new BufferPool(1025, 1), RangeError, "bufferCount is 1025");
  assertThrows(() => new BufferPool(1, 0), RangeError, "bufferBytes is 0");
});
