/**
 * Tests that this machine may not be able to run.
 *
 * @module
 */

/**
 * The options of tests that need `what`. They are skipped where `missing` says why it is not there, and one line says so.
 *
 * @param missing why `what` can not be had here; `undefined` when it can
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { skipUnless } from "./skip_unless.ts";
 *
 * assertEquals(skipUnless("io_uring", undefined), { ignore: false });
 * ```
 */
export function skipUnless(what: string, missing: string | undefined): { readonly ignore: boolean } {
  if (missing === undefined) return { ignore: false };
  // deno-lint-ignore no-console -- a skipped test says why
  console.info(`skipped: tests of ${what}, because of this: ${missing}`);
  return { ignore: true };
}
