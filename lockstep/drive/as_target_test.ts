import { assertEquals, assertThrows } from "@std/assert";
import { tickets } from "../report/sample_for_test.ts";
import { asTarget } from "./as_target.ts";
import { StepBudget } from "./budget.ts";

Deno.test("asTarget crashes on what is not possible, with the condition that the machine names", () => {
  using subject = asTarget(tickets(2)).open(null);
  const budget = new StepBudget(10);
  assertThrows(() => subject.perform({ kind: "audit" }, budget), Error, "Cannot audit: nobody waits");
  assertEquals(subject.perform({ kind: "take" }, budget), { kind: "ticket", number: 0 });
});
