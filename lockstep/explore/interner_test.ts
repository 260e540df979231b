import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { Interner } from "./interner.ts";
import { plainKey } from "./plain_key.ts";

const schema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("some"),
    count: z.int().min(0).max(5),
    name: z.enum(["a", "b"]).nullable(),
  }),
]);

const value = fc.oneof(
  fc.constant({ kind: "none" }),
  fc.record({
    kind: fc.constant("some"),
    count: fc.integer({ min: -1, max: 6 }),
    name: fc.constantFrom("a", "b", "c", null),
  }),
  fc.record({ kind: fc.constant("none"), more: fc.boolean() }),
  fc.jsonValue({ maxDepth: 1 }),
);

Deno.test("Interner gives equal values one number and different values different ones, inside the schema or not", () => {
  fc.assert(fc.property(fc.array(value), fc.boolean(), (values, packed) => {
    const interner = new Interner(packed ? schema : undefined);
    const numbers = new Map<string, number>();
    for (const item of values) {
      const number = interner.numberOf(item);
      assertEquals(numbers.get(plainKey(item)) ?? number, number);
      numbers.set(plainKey(item), number);
    }
    assertEquals(new Set(numbers.values()).size, numbers.size);
  }));
});

Deno.test("Interner tells numbers that JSON does not know from null and from each other", () => {
  const interner = new Interner(undefined);
  const values = [null, NaN, Infinity, -Infinity, { count: NaN }, { count: null }];
  assertEquals(new Set(values.map((item) => interner.numberOf(item))).size, values.length);
});
