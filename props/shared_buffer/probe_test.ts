import { assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { missingForSharedBuffer } from "./probe.ts";

const skip = skipUnless("a shared buffer under limits", missingForSharedBuffer()[0]);
const [RLIMIT_FSIZE, RLIMIT_NOFILE] = [1, 7];

/** What a program misses whose own limit is `value`, an expression in which `fds` are open. */
async function missingWith(resource: number, value: string): Promise<unknown> {
  const file = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { missingForSharedBuffer } from ${file("./probe.ts")};
    import { openFdCount } from ${file("../../ffi/process_resources.ts")};
    const { symbols } = Deno.dlopen("libc.so.6", {
      setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const fds = openFdCount();
    const limit = BigInt(${value});
    if (symbols.setrlimit(${resource}, BigUint64Array.of(limit, limit)) !== 0) throw new Error("no limit");
    const missing = missingForSharedBuffer();
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify([missing, openFdCount() - fds])));
  `;
  const { code, signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  assertEquals([code, signal], [0, null]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("missingForSharedBuffer says that files may not be long enough, and lives", skip, async () => {
  assertEquals(await missingWith(RLIMIT_FSIZE, "4096"), [
    ["files may have 4096 bytes here, must be at least 1048576 (ulimit -f)"],
    0,
  ]);
});

Deno.test("missingForSharedBuffer says that there are too few fds, and keeps none", skip, async () => {
  assertEquals(await missingWith(RLIMIT_NOFILE, "fds + 8"), [
    ["there is no room for 16 more fds here: EMFILE (ulimit -n)"],
    0,
  ]);
});

Deno.test("missingForSharedBuffer misses nothing where the limits suffice", skip, async () => {
  assertEquals(await missingWith(RLIMIT_NOFILE, "fds + 20"), [[], 0]);
});
