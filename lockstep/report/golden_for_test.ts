import { assertEquals } from "@std/assert";

/**
 * Asserts that `text` is what the golden file says. `deno test -A -- --update` writes the file instead.
 *
 * @throws {AssertionError} when they differ, with the difference.
 */
export function assertGolden(file: URL, text: string): void {
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(file, text);
  const name = file.pathname.split("/").at(-1)!;
  assertEquals(
    text,
    Deno.readTextFileSync(file),
    `${name} is out of date: look at it, then run with -- --update`,
  );
}
