import { assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { z } from "zod";
import { explain, sidesOf } from "../check/sides.ts";
import type { Machine } from "../machine.ts";
import type { Scope } from "../protocol.ts";
import { terminalReport } from "../report/terminal.ts";
import { runCase } from "./run_case.ts";

type Command = { readonly kind: "draw" | "show" };

/** A card that is drawn covered and shown later. Its hint names the lowest card that explains a covered one. */
function cards(hint: "first" | "none"): Machine<{ card: number }, Command, number, null, never> {
  return {
    name: "cards",
    schema: {
      state: z.strictObject({ card: z.int().min(0).max(3) }),
      command: z.strictObject({ kind: z.enum(["draw", "show"]) }),
      reply: z.number(),
      start: z.null(),
    },
    starts: [null],
    commands: [{ kind: "draw" }, { kind: "show" }],
    initial: () => ({ card: 0 }),
    step(state, { kind }, world) {
      if (kind === "draw") {
        state.card = 1 + world.choose(3, () => hint === "first" ? 0 : undefined);
        return -1;
      }
      return state.card;
    },
    always: {},
    sometimes: {},
    actor: () => "player",
  };
}

const dealer = (card: number) => ({
  name: "dealer",
  asynchronous: false,
  probe: () => ({ missing: [], facts: {} }),
  open: () => ({
    perform: ({ kind }: Command) => kind === "draw" ? -1 : card,
    [Symbol.dispose]: () => {},
  }),
});

const file = {
  lockstep: 1,
  protocol: "cards",
  scope: "one",
  start: null,
  commands: [{ kind: "draw" }, { kind: "show" }],
} as const;

const sides = (hint: "first" | "none", card: number) =>
  sidesOf({ what: cards(hint), target: dealer(card) } as unknown as Scope);

Deno.test("explain blames a hint that names one of several alternatives, not the subject that took another", async () => {
  const report = await explain(sides("first", 3), file);
  assertEquals(report.verdict.kind, "broken machine");
  assertStringIncludes(
    stripAnsiCode(terminalReport(report)).replaceAll("\n", " "),
    "draw (command 1) chose otherwise than its hint says",
  );
});

Deno.test("explain blames the subject where no alternative explains what was heard, whatever the hint says", async () => {
  for (const hint of ["first", "none"] as const) {
    assertEquals((await explain(sides(hint, 4), file)).verdict.kind, "diverged");
  }
});

Deno.test("a hint without an opinion keeps every alternative that explains an answer", async () => {
  const run = await runCase(sides("none", 3), null, () => {
    const commands = [...file.commands];
    return { next: () => commands.shift() };
  });
  assertEquals(run.verdict.kind, "agreed");
});
