import { assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { tickets } from "../report/sample_for_test.ts";
import { outcomeLines } from "./outcome_lines.ts";

Deno.test("outcomeLines shows the state after each outcome, and what differs where two read the same", () => {
  const machine = { ...tickets(3), show: ({ given }: { readonly given: number }) => `${given} given` };
  const answer = { kind: "replied", reply: { kind: "served", number: 0 } } as const;
  const lines = outcomeLines(machine, [
    { answer, choices: [0], state: { waiting: [0], given: 2 } },
    { answer, choices: [1], state: { waiting: [1], given: 2 } },
    { answer: { kind: "hung" }, choices: [2] },
  ]);
  assertEquals(lines.map(stripAnsiCode), [
    "      1  served number=0",
    "         2 given",
    "      2  as 1, but waiting[0]: 0 → 1",
    "      3  no answer: hung",
  ]);
});
