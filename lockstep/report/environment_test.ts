import { assertEquals, assertNotEquals } from "@std/assert";
import { readEnvironment } from "./environment.ts";

Deno.test("readEnvironment names the model of the processor, not only its architecture", () => {
  const { kernel, deno, cpu } = readEnvironment();
  assertEquals([kernel, deno], [Deno.osRelease(), Deno.version.deno]);
  assertNotEquals(cpu, "unknown");
  if (Deno.build.os === "linux" && Deno.build.arch === "x86_64") assertNotEquals(cpu, "x86_64");
});

Deno.test({
  name: "readEnvironment says unknown where it may not ask",
  permissions: { sys: false },
  fn() {
    assertEquals(readEnvironment(), {
      kernel: "unknown",
      deno: Deno.version.deno,
      cpu: Deno.build.arch,
    });
  },
});
