import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { compiled } from "./compiled.ts";

Deno.test("a generated function is made once for one source", () => {
  const body = "return E + 1;";
  const make = compiled<number, number>("E", body);
  assertEquals(make(2), 3);
  assertStrictEquals(compiled("E", body), make);
  assert(compiled("E", "return E + 2;") !== make);
  assert(compiled("F", "return 1;") !== compiled("E", "return 1;"));
});

Deno.test("sources that were not asked for longest are dropped when there are too many", () => {
  const body = (n: number): string => `return ${n}; // ${"x".repeat(1 << 22)}`;
  const first = compiled("E", body(1));
  compiled("E", body(2));
  assert(compiled("E", body(1)) !== first);
});
