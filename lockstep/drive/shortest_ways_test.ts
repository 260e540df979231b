import { assertEquals } from "@std/assert";
import { sum } from "./example_sum.ts";
import { keyOf } from "./plain.ts";
import { ShortestWays } from "./shortest_ways.ts";

const one = { kind: "add", amount: 1 };
const three = keyOf({ total: 3, on: false });

Deno.test("ShortestWays finds the shortest way over all starts, and none that is too long", () => {
  const ways = new ShortestWays(sum([0, 2], [1]), 100, 1000);
  assertEquals(ways.to(three, 2), { start: 2, commands: [one] });
  assertEquals(ways.to(three, 1), undefined);
  assertEquals(ways.to(keyOf({ total: 0, on: false }), 1), { start: 0, commands: [] });
});

Deno.test("ShortestWays takes every alternative of a choice for a way", () => {
  const machine = sum([0], [1]);
  const loose: typeof machine = {
    ...machine,
    step(state, command, world) {
      if (command.kind === "toggle") state.total += 2 * world.choose(2);
      return machine.step(state, command, world);
    },
  };
  const ways = new ShortestWays(loose, 100, 1000);
  assertEquals(ways.to(keyOf({ total: 2, on: true }), 9)?.commands, [{ kind: "toggle" }]);
});

Deno.test("ShortestWays ends with its steps, and where a machine throws", () => {
  assertEquals(new ShortestWays(sum([0], [1]), 100, 1).to(three, 9), undefined);
  const machine = sum([0], [1]);
  const throwing: typeof machine = {
    ...machine,
    step(state, command, world) {
      if (state.total === 1) throw new Error("no way");
      return machine.step(state, command, world);
    },
  };
  assertEquals(new ShortestWays(throwing, 100, 1000).to(three, 9), undefined);
});
