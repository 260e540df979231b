import { assertEquals, assertStringIncludes } from "@std/assert";

Deno.test("lifetimes --help says what there is to ask, and asks nothing", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", new URL("lifetimes.ts", import.meta.url).pathname, "--help"],
  }).output();
  assertEquals(code, 0);
  assertStringIncludes(new TextDecoder().decode(stdout), "Usage: deno task lifetimes [--json] [--write]");
});
