import { assertEquals, assertThrows } from "@std/assert";
import { mapFlags, mmapAt, munmapAt, protection, reservedBase, reserveRange } from "./address_space.ts";
import { ErrnoError, errnoName } from "./errno.ts";
import { pageBytes } from "./memory.ts";

Deno.test("reserveRange refuses a range that holds a mapping and leaves the mapping alone", () => {
  const bytes = 2 * pageBytes();
  reserveRange(reservedBase, bytes);
  const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixedNoReplace;
  assertEquals(mmapAt(reservedBase + pageBytes(), pageBytes(), protection.read, flags, -1, 0) > 0, true);
  const error = assertThrows(() => reserveRange(reservedBase, bytes), ErrnoError);
  assertEquals(error.message, "Cannot reserve 8192 bytes at 0x100000000000: EEXIST");
  assertEquals(munmapAt(reservedBase, bytes), 0);
  reserveRange(reservedBase, bytes);
});

Deno.test("mmapAt answers the negated errno and passes negative numbers on unchanged", () => {
  const anonymous = mapFlags.private | mapFlags.anonymous;
  const answer = (bytes: number): string => errnoName(-mmapAt(0, bytes, protection.read, anonymous, -1, 0));
  assertEquals(answer(0), "EINVAL");
  assertEquals(answer(-pageBytes()), "ENOMEM");
  assertEquals(answer(2 ** 50), "ENOMEM");
});
