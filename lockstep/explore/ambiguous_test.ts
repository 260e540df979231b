import { assertEquals } from "@std/assert";
import { coin } from "../drive/example_machines.ts";
import { refines } from "./refines.ts";

Deno.test("refines blames a specification that knows what its caller can not know", () => {
  const tosses = coin(true);
  const heads: typeof tosses = {
    ...tosses,
    name: "coin that falls on heads",
    step(state, command, world) {
      if (command.kind !== "toss") return tosses.step(state, command, world);
      state.side = "heads";
      return "tossed";
    },
  };
  const { violations } = refines(heads, tosses);
  const [first] = violations;
  assertEquals(first?.property, "specification is ambiguous: spend");
  assertEquals(first!.detail, "possible in 1 of 2 states that the caller can not tell apart");
  assertEquals(first!.trace.steps.map(({ command }) => command), [{ kind: "toss" }, { kind: "spend" }]);
});

Deno.test("refines blames such a specification also where the mechanism refuses", () => {
  const tosses = coin(true);
  const tails: typeof tosses = {
    ...tosses,
    name: "coin that falls on tails",
    step(state, command, world) {
      if (command.kind !== "toss") return tosses.step(state, command, world);
      state.side = "tails";
      return "tossed";
    },
  };
  const [first] = refines(tails, tosses).violations;
  assertEquals(first?.property, "specification is ambiguous: spend");
  assertEquals(first!.detail, "possible in 1 of 2 states that the caller can not tell apart");
});
