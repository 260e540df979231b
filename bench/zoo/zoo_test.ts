import { assert, assertEquals } from "@std/assert";
import { freshHouses, houses } from "./houses.ts";
import { attemptOurs } from "./ours.ts";
import { attemptPlain } from "./plain_commands.ts";
import { trueMinimum } from "./true_minimum.ts";

Deno.test("houses hold at least 30 bugs of at least 3 data structures, a third of them written after the freeze", () => {
  const bugs = houses().flatMap((house) => house.bugs);
  const fresh = freshHouses().flatMap((house) => house.bugs);
  assert(houses().length >= 3);
  assert(bugs.length >= 30, `${bugs.length} bugs`);
  assert(3 * fresh.length >= bugs.length, `${fresh.length} fresh bugs`);
  assertEquals(new Set(bugs.map(({ name }) => name)).size, bugs.length);
});

/** How deep the newest structures are searched: in the first two that is every state that there is. */
const searched: Readonly<Record<string, number>> = {
  "weak-handles": 100,
  coherence: 100,
  "lock-table": 5,
  "leaf-tree": 5,
  snapshots: 7,
  "checkpoint-log": 8,
  retransmission: 12,
  "buddy-allocator": 6,
  "epoch-reclamation": 12,
  "interval-map": 5,
};

Deno.test("houses have correct implementations: no short case tells them from their models", () => {
  for (const { name, model, correct } of houses()) {
    assertEquals(trueMinimum(model, correct, "differs", searched[name] ?? 4), undefined, name);
    assertEquals(trueMinimum(model, correct, "crashes", 4), undefined, name);
  }
});

Deno.test("houses have bugs that are bugs: the search shows each of the newest but those that lie deeper", () => {
  const newest = houses().filter(({ name }) => searched[name] !== undefined);
  assertEquals(newest.length, Object.keys(searched).length);
  const deeper = newest.flatMap(({ name, model, bugs }) =>
    bugs.filter((bug) => trueMinimum(model, bug.implementation, "differs", searched[name]) === undefined)
  );
  assertEquals(deeper.map(({ name }) => name), [
    "split-ends-the-chain",
    "merged-leaf-still-linked",
    "separator-kept-on-borrowing",
    "separator-is-the-borrowed-key",
    "recent-kept-on-split",
    "recent-kept-on-lending",
    "recent-kept-on-merging",
    "merged-out-of-order",
    "wrong-separator-promoted",
    "separator-moves-with-the-child",
    "old-erasures-collected",
    "epochs-in-two-bits",
    "newest-image-by-number",
    "flush-ends-with-the-ring",
    "numbers-without-wrap",
    "upgrader-no-longer-waited-for",
    "upgraded-not-waited-for",
  ]);
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
