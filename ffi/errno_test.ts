import { assertEquals } from "@std/assert";
import { mapFlags, mmapAt } from "./address_space.ts";
import { answered, errnoWord } from "./errno.ts";
import { closeCall, lseekCall, socketCall, writeCall } from "./file_calls.ts";

const folder = new URL(".", import.meta.url);
const [EINVAL, ESPIPE, ENOTCONN] = [22, 29, 107];

/** In `code`, calls with a 64-bit integer or a pointer as result whose errno is read all the same. */
function wideCalls(code: string): string[] {
  const wide = [...code.matchAll(/^ {2}(\w+): \{[^\n]*result: "(?:isize|usize|i64|u64|pointer)"/gm)]
    .map(([, name]) => name!);
  return wide.filter((name) => new RegExp(`libc\\.${name}\\([^;]*(?:;[^;]*)?errnoWord`).test(code));
}

Deno.test("errnoWord is read by no file of ffi behind a call whose result is allocated", () => {
  const [declared, read] = ['  lseek: { parameters: ["i32"], result: "i64" },', "libc.lseek(fd, 0)"];
  assertEquals(wideCalls(`${declared}\n answered(Number(${read}), errnoWord[0]!);`), ["lseek"]);
  assertEquals(wideCalls(`${declared}\n const at = ${read};\n const number = errnoWord[0]!;`), ["lseek"]);
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".ts") || name === "errno_test.ts") continue;
    assertEquals(wideCalls(Deno.readTextFileSync(new URL(name, folder))), [], name);
  }
});

Deno.test("errnoWord holds what the last call has left", () => {
  const fd = socketCall();
  assertEquals(writeCall(fd, new Uint8Array(1), 1), -ENOTCONN);
  assertEquals(lseekCall(fd, 0, 0), -ESPIPE);
  assertEquals(mmapAt(0, 0, 0, mapFlags.private | mapFlags.anonymous, -1, 0), -EINVAL);
  closeCall(fd);
});

Deno.test("answered is the negated errno only for -1", () => {
  errnoWord[0] = 7;
  assertEquals([answered(-1, errnoWord[0]!), answered(0, errnoWord[0]!), answered(5, errnoWord[0]!)], [
    -7,
    0,
    5,
  ]);
});
