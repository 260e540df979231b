import { stripAnsiCode } from "@std/colors";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { World } from "../machine.ts";
import type { Protocol } from "../protocol.ts";
import { ticketProtocol, tickets, ticketScope, type TicketState } from "../report/sample_for_test.ts";
import { ScriptedIo } from "./io.ts";
import { noSuchGoal } from "./no_such_goal.ts";
import { repl } from "./repl.ts";
import type { ReplSubject } from "./subject.ts";

async function session(lines: readonly string[], subject: Partial<ReplSubject> = {}): Promise<string> {
  const io = new ScriptedIo(lines);
  await repl({ protocol: ticketProtocol, ...subject }, io);
  return stripAnsiCode(io.text);
}

/** A counter at which nobody, one or two may wait already. */
function crowded(): Protocol {
  const machine = {
    ...tickets(3),
    initial(_start: null, world: World<never>): TicketState {
      const given = world.choose(3);
      return { waiting: Array.from({ length: given }, (_, number) => number), given };
    },
  };
  return { ...ticketProtocol, scopes: { small: () => ({ ...ticketScope(), what: machine }) } };
}

Deno.test("repl offers the states in which a machine may begin, at the start and after reset", async () => {
  const text = await session(["2", "take", "reset", "3", "reset", "9"], { protocol: crowded() });
  assertStringIncludes(
    text,
    "it may begin in 3 ways:\n      1  0 given, waiting nobody\n      2  1 given, waiting 0",
  );
  assertEquals(text.match(/^\[.*$/gm), [
    "[0] 1 given, waiting 0",
    "[1] 2 given, waiting 0 1",
    "[0] 2 given, waiting 0 1",
  ]);
  assertStringIncludes(text, "Cannot begin in 9: must be from 1 to 3");
});

Deno.test("repl begins in the first state when the input ends before one is chosen", async () => {
  assertStringIncludes(await session([], { protocol: crowded() }), "[0] 0 given, waiting nobody");
});

Deno.test("repl walks a mistake alone in the scope of its mechanism, and beside it in that of its implementation", async () => {
  const scopes = { large: () => ticketScope(), small: () => ticketScope() };
  const mistakes = ticketProtocol.mistakes.map((mistake) => ({ ...mistake, howScope: "large" }));
  const subject = { protocol: { ...ticketProtocol, scopes, mistakes }, mistake: "last-first" };
  assertStringIncludes(await session([], subject), "(tickets, scope large)");
  assertStringIncludes(await session([], { ...subject, real: true }), "(tickets, scope small), beside");
  await assertRejects(
    () => session([], { ...subject, scope: "small" }),
    RangeError,
    "Cannot walk last-first alone in scope small: must be in scope large",
  );
});

Deno.test("repl walks beside the real implementation in the first scope that is driven", async () => {
  const scopes = {
    tiny: () => ({ ...ticketScope(), use: ["explore" as const] }),
    small: () => ticketScope(),
  };
  const subject = { protocol: { ...ticketProtocol, scopes } };
  assertStringIncludes(await session([], subject), "(tickets, scope tiny)");
  assertStringIncludes(await session([], { ...subject, real: true }), "(tickets, scope small), beside");
});

Deno.test("repl goes on below where a state is wider than the terminal", async () => {
  const machine = { ...tickets(3), show: () => "word ".repeat(30).trim() };
  const protocol = { ...ticketProtocol, scopes: { small: () => ({ ...ticketScope(), what: machine }) } };
  const text = await session([], { protocol });
  assertEquals(text.split("\n").slice(1, 3).map((line) => line.split("word").length - 1), [19, 11]);
});

Deno.test("noSuchGoal names the nearest goal, those that are meant, or all", () => {
  const names = ["somebody waits", "nobody waits twice", "a crowd"];
  assertEquals(noSuchGoal("a crowt", names), "Cannot find a crowt: did you mean a crowd?");
  assertEquals(
    noSuchGoal("waits", names),
    "Cannot tell which one waits means:\n  somebody waits\n  nobody waits twice",
  );
  assertEquals(
    noSuchGoal("zzz", names),
    "Cannot find zzz: known are\n  somebody waits\n  nobody waits twice\n  a crowd",
  );
  assertEquals(noSuchGoal("", names).split("\n").length, 4);
});
