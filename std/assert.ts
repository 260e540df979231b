/**
 * The part of `@std/assert` that this project uses, with its types.
 *
 * The npm package `deno-std` carries the official code of `@std` without declarations; the declarations stand
 * beside this file, and `std_test.ts` shows that every declared name exists.
 *
 * @module
 */
// @ts-types="./assert.d.ts"
export {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "npm:deno-std@1.4.0/assert/mod.js";
