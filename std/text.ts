/**
 * The part of `@std/text` that this project uses, with its types.
 *
 * @module
 */
// @ts-types="./text.d.ts"
export { closestString, levenshteinDistance } from "npm:deno-std@1.4.0/text/mod.js";
