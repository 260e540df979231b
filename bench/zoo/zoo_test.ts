import { assert, assertEquals } from "@std/assert";
import { houses } from "./houses.ts";
import { attemptOurs } from "./ours.ts";
import { attemptPlain } from "./plain_commands.ts";
import { trueMinimum } from "./true_minimum.ts";

Deno.test("houses hold at least 30 bugs of at least 3 data structures, a third of them written after the freeze", () => {
  const bugs = houses().flatMap((house) => house.bugs);
  assert(houses().length >= 3);
  assert(bugs.length >= 30, `${bugs.length} bugs`);
  assert(3 * bugs.filter(({ afterFreeze }) => afterFreeze).length >= bugs.length);
  assertEquals(new Set(bugs.map(({ name }) => name)).size, bugs.length);
});

Deno.test("houses have correct implementations: no short case tells them from their models", () => {
  for (const { name, model, correct } of houses()) {
    assertEquals(trueMinimum(model, correct, "differs", 4), undefined, name);
  }
});

Deno.test("trueMinimum is the length of a shortest case, which both ways of searching can only reach", async () => {
  const [house] = houses().filter(({ name }) => name === "slab");
  for (const { name, implementation } of house!.bugs.filter(({ name }) => name !== "last-slot-withheld")) {
    const minimum = trueMinimum(house!.model, implementation)!.length;
    assertEquals(trueMinimum(house!.model, implementation, "differs", minimum - 1), undefined);
    const plain = attemptPlain(house!, implementation, 3, 20_000);
    const ours = await attemptOurs(house!, implementation, 3, 20_000);
    assert(plain.found && plain.length >= minimum, name);
    assert(ours.found && ours.length >= minimum, name);
  }
});
