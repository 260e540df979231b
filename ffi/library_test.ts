import { assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError, openLibrary } from "./library.ts";

Deno.test("openLibrary says what is missing at the first use of a symbol, not before", () => {
  const missing = openLibrary("liblockstep-absent.so", { f: { parameters: [], result: "void" } });
  assertThrows(() => missing.f(), EnvironmentError, "Cannot open liblockstep-absent.so: ");
});

Deno.test("openLibrary names the permission that is missing", async () => {
  const program = `
    import { memfdCreate } from ${JSON.stringify(new URL("./memory.ts", import.meta.url).href)};
    try {
      memfdCreate("never");
    } catch (error) {
      console.log(String(error));
    }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", `data:text/typescript,${encodeURIComponent(program)}`],
    stderr: "inherit",
  }).output();
  const sentence = "permission to call native code is missing, run with --allow-ffi";
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    `EnvironmentError: Cannot open libc.so.6: ${sentence}`,
  );
});
