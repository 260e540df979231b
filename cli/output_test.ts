import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url).pathname;

/** Runs a program of this project into a pipe that nobody reads any more. */
async function unread(words: readonly string[], input = ""): Promise<{ code: number; error: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", ...words],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const [{ code }, error] = await Promise.all([child.status, new Response(child.stderr).text()]);
  return { code, error };
}

Deno.test("every program ends quietly with 141 when nobody reads its output any more", async () => {
  const quiet = { code: 141, error: "" };
  assertEquals(await unread(["main.ts", "list"]), quiet);
  assertEquals(await unread(["main.ts", "repl", "lease-ring"], "write 5\nreceive\n"), quiet);
  assertEquals(await unread(["litmus.ts", "--help"]), quiet);
  assertEquals(await unread(["cli/lifetimes.ts", "--help"]), quiet);
});
