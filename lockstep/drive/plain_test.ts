import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { copy, equal, keyOf } from "./plain.ts";

Deno.test("copy makes equal plain data that shares no object with the original", () => {
  fc.assert(fc.property(fc.jsonValue(), (data) => {
    const other = copy(data);
    assert(equal(data, other));
    if (typeof data === "object" && data !== null) assert(data !== other);
  }));
});

Deno.test("equal and keyOf tell the same values apart", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (first, second) => {
    assertEquals(equal(first, second), keyOf(first) === keyOf(second));
  }));
});

Deno.test("keyOf does not depend on the order of fields", () => {
  assertEquals(keyOf({ a: 1, b: [2, { d: 3, c: 4 }] }), keyOf({ b: [2, { c: 4, d: 3 }], a: 1 }));
});

Deno.test("equal tells a missing field from an undefined one, and an array from an object", () => {
  assertEquals(equal({ a: undefined }, {}), false);
  assertEquals(equal([], {}), false);
  assertEquals(equal({ 0: 1 }, [1]), false);
  assertEquals(equal(null, {}), false);
});

Deno.test("copy and equal treat __proto__ as a field like any other", () => {
  const data = JSON.parse('{"__proto__": {"a": [1]}, "b": 2}');
  assertEquals(JSON.stringify(copy(data)), JSON.stringify(data));
  assertEquals(equal(copy(data), data), true);
  assertEquals(equal(data, { b: 2 }), false);
  assertEquals(equal({ toString: 1 }, { b: 1 }), false);
});

Deno.test("keyOf tells numbers apart that JSON does not know", () => {
  const different = [null, NaN, Infinity, -Infinity, 1, 1n, "1", "NaN", undefined];
  assertEquals(new Set(different.map((value) => keyOf({ value }))).size, different.length);
  assertEquals(keyOf([-0]), keyOf([0]));
});
