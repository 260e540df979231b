import { assertEquals, assertThrows } from "@std/assert";
import { isFilled } from "./filled.ts";

Deno.test("isFilled sees one different byte wherever it is", () => {
  const memory = new Uint8Array(4_096).fill(7);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
  assertEquals(isFilled(address, memory.length, 7), true);
  assertEquals(isFilled(address, 1, 8), false);
  for (const at of [0, 1, 2_000, 4_095]) {
    memory[at] = 8;
    assertEquals([at, isFilled(address, memory.length, 7)], [at, false]);
    memory[at] = 7;
  }
  assertThrows(() => isFilled(address, 0, 7), RangeError, "bytes is 0, must be an integer of at least 1");
});
