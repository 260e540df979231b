import * as assertions from "./assert.ts";
import * as colors from "./colors.ts";
import * as text from "./text.ts";

Deno.test("std facade exports only functions that exist in the package behind it", () => {
  for (const facade of [assertions, colors, text]) {
    for (const [name, value] of Object.entries(facade)) {
      assertions.assertStrictEquals(typeof value, "function", `${name} is declared but missing`);
    }
  }
});
