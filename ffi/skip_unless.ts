/**
 * Tests that this machine may not be able to run.
 *
 * @module
 */

/**
 * The options of tests that need `what`. Where `missing` says why it is not there they are skipped, and so is one more
 * test, whose name is the reason: what a test file writes while it is loaded is not shown by `deno test --quiet`.
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
  Deno.test(`skipped: tests of ${what}: ${missing}`, { ignore: true }, () => {});
  return { ignore: true };
}
