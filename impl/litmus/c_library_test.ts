import { assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { buildLibrary, findCompiler } from "./c_library.ts";

// Both at once, and before anybody else has asked.
const [compiler, again] = await Promise.all([findCompiler(), findCompiler()]);
const compiling = skipUnless("litmus tests in C", compiler === undefined ? "no C compiler" : undefined);

Deno.test("findCompiler answers the same to whoever asks while it still looks", () => {
  assertEquals(again, compiler);
});

Deno.test("buildLibrary builds one source for several at once", compiling, async () => {
  const source = `int built_by_${Deno.pid}(void) { return 1; }\n`;
  const files = await Promise.all(Array.from({ length: 4 }, () => buildLibrary(source)));
  assertEquals(new Set(files).size, 1);
  const library = Deno.dlopen(files[0]!, { [`built_by_${Deno.pid}`]: { parameters: [], result: "i32" } });
  try {
    assertEquals(library.symbols[`built_by_${Deno.pid}`]!(), 1);
  } finally {
    library.close();
    for (const end of [".so", ".c"]) Deno.removeSync(files[0]!.replace(/\.so$/, end));
  }
});
