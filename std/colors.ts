/**
 * The part of `@std/fmt/colors` that this project uses, with its types.
 *
 * @module
 */
// @ts-types="./colors.d.ts"
export {
  bold,
  cyan,
  dim,
  getColorEnabled,
  green,
  red,
  setColorEnabled,
  stripAnsiCode,
  yellow,
} from "npm:deno-std@1.4.0/fmt/colors.js";
