import { stripAnsiCode } from "@std/colors";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { formatCaseFile, parseCaseFile } from "../drive/case_file.ts";
import { asTarget } from "../drive/as_target.ts";
import type { AnyMachine } from "../machine.ts";
import type { Protocol } from "../protocol.ts";
import {
  ticketCase,
  ticketProtocol,
  tickets,
  ticketScope,
  type TicketState,
} from "../report/sample_for_test.ts";
import { ScriptedIo } from "./io.ts";
import { chooseName, completions, nearest } from "./match.ts";
import { refusalPhrase } from "./look.ts";
import { outcomesOf } from "./outcomes.ts";
import { repl } from "./repl.ts";
import type { ReplSubject } from "./subject.ts";

async function session(
  lines: readonly string[],
  subject: Partial<ReplSubject> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{ text: string; io: ScriptedIo }> {
  const io = new ScriptedIo(lines);
  for (const [path, text] of Object.entries(files)) io.files.set(path, text);
  await repl({ protocol: ticketProtocol, ...subject }, io);
  return { text: stripAnsiCode(io.text), io };
}

Deno.test("repl shows state and possible commands after every step, by number or by name", async () => {
  const { text } = await session(["1", "take", "serve"]);
  assertEquals(text.split("\n").filter((line) => line.startsWith("[")), [
    "[0] 0 given, waiting nobody",
    "[1] 1 given, waiting 0",
    "[2] 2 given, waiting 0 1",
    "[3] 2 given, waiting 1",
  ]);
  assertMatch(text, /serve → served number=0/);
});

Deno.test("repl takes beginnings of verbs and what other tools call them, unless a command begins like that", async () => {
  const { text } = await session(["take", "tr", "u", "?", "s", "q", "take"]);
  assertStringIncludes(text, "help lists what can be said");
  assertMatch(text, /1 +take/);
  assertEquals(text.match(/^\[.*?\]/gm), ["[0]", "[1]"]);
  assertStringIncludes(text, "this list");
});

Deno.test("repl goes back, forward and to any step", async () => {
  const { text } = await session(["take", "take", "undo", "redo", "goto 0", "redo 5", "undo 9", "reset"]);
  assertEquals(text.match(/^\[.*?\]/gm), [
    "[0]",
    "[1]",
    "[2]",
    "[1 of 2]",
    "[2]",
    "[0 of 2]",
    "[2]",
    "[0 of 2]",
    "[0]",
  ]);
});

Deno.test("repl offers the outcomes of a free command as a choice", async () => {
  const { text } = await session(["take", "take", "audit", "2", "audit", "9"]);
  assertStringIncludes(text, "2 outcomes are allowed:\n      1  served number=0");
  assertStringIncludes(text, "audit → served number=1\n[3] 2 given, waiting 0");
});

Deno.test("repl takes no step when no outcome is chosen", async () => {
  const { text } = await session(["take", "take", "audit", "never"]);
  assertStringIncludes(text, "none of them: the step is not taken");
});

Deno.test("repl suggests the nearest word and says what a number may be", async () => {
  const { text } = await session([
    "taek",
    "udno",
    "17",
    "goto x",
    "until crowd of ten",
    "random 10001",
    "load nothing",
  ]);
  assertStringIncludes(text, 'Cannot understand "taek": did you mean take?');
  assertStringIncludes(text, 'Cannot understand "udno": did you mean undo?');
  assertStringIncludes(text, "Cannot take 17: numbers go from 1 to 2");
  assertStringIncludes(text, "Cannot use x as a step: must be a whole number");
  assertStringIncludes(text, "Cannot find crowd of ten: known are");
  assertStringIncludes(text, "Cannot take 10001 random steps: must be at most 10000");
  assertStringIncludes(text, "Cannot load nothing: there is no such file");
});

Deno.test("repl says when there is nothing of a kind to list", async () => {
  const { text } = await session(["list audit", "list \x1b[2J"]);
  assertStringIncludes(text, "> list audit\n  no audit is possible here\n");
  assertStringIncludes(text, "  no \\u001b[2J is possible here\n");
});

Deno.test("repl shows hostile input as text", async () => {
  const io = new ScriptedIo(["\x1b[2Jhello", "load \x1b[31m", `{"kind":"\x07"}`, "x".repeat(1_000_000)]);
  await repl({ protocol: ticketProtocol }, io);
  const answers = io.text.split("\n").filter((line) => !line.startsWith("> ")).join("\n");
  // deno-lint-ignore no-control-regex
  assertEquals(stripAnsiCode(answers).match(/[\x00-\x09\x0b-\x1f]/), null);
  assert(answers.length < 5_000, "a long word is printed in full");
});

Deno.test("repl says what the last step has changed", async () => {
  const { text } = await session(["diff", "take", "diff", "state", "trace"]);
  assertStringIncludes(text, "Nothing has been done yet");
  assertStringIncludes(text, "take has changed\n  waiting[+]: new 0\n  given: 0 → 1");
  assertStringIncludes(text, "  waiting  [0]\n  given    1");
  assertStringIncludes(text, "1 take → ticket number=0   1 given, waiting 0");
});

Deno.test("repl explains what a command waits for", async () => {
  const { text } = await session(["why audit", "audit", "take", "serve", "why audit"]);
  assertStringIncludes(text, "audit is not possible here: nobody waits\n  possible again: 1 step: take");
  assertStringIncludes(text, "audit is not possible here: nobody waits; why audit says what it waits for");
  assertStringIncludes(text, "it was possible until serve (step 2) changed\n    waiting[0]: gone, was 0");
});

Deno.test("repl explains a command that is possible where the words mean others as well", async () => {
  const what = tickets(3);
  const numbered = {
    ...what,
    commands: [{ kind: "take", window: 1 }, { kind: "take", window: 2 }],
    step: (state: TicketState, { window }: { window: number }, world: never) =>
      window === 1 ? undefined : what.step(state, { kind: "take" }, world),
  };
  const protocol = {
    ...ticketProtocol,
    scopes: { small: () => ({ ...ticketScope(), what: numbered as never }) },
  };
  const { text } = await session(["why take"], { protocol });
  assertStringIncludes(text, "> why take\n  take window=2 is possible: ticket number=0");
});

Deno.test("refusalPhrase names what the step looked at last where it gives no reason", () => {
  const { what } = ticketScope();
  const machine = {
    ...what,
    step: (state: TicketState) => state.waiting.length === 0 ? undefined : null,
  } as AnyMachine;
  const audit = { kind: "command", command: { kind: "audit" } } as const;
  assertEquals(
    refusalPhrase(machine, { waiting: [], given: 0 }, audit),
    "; the step looked last at state.waiting.length, 0",
  );
  assertEquals(refusalPhrase(what, { waiting: [], given: 0 }, audit), ": nobody waits");
  assertEquals(refusalPhrase(what, { waiting: [0], given: 1 }, audit), "");
});

/** The counter with a promise about progress that needs the clerk to go on working. */
function progressProtocol(weak: readonly string[]): Protocol {
  const what: AnyMachine = {
    ...tickets(3),
    leadsTo: {
      "number 0 is served": {
        from: ({ waiting }: TicketState) => waiting.includes(0),
        to: ({ waiting }: TicketState) => !waiting.includes(0),
        weak,
      },
    },
  };
  return { ...ticketProtocol, scopes: { small: () => ({ ...ticketScope(), what }) } };
}

Deno.test("repl says since when a promise about progress is owed, and how it is paid", async () => {
  const { text } = await session(["why", "take", "take", "why number 0", "until number 0", "why number 0"], {
    protocol: progressProtocol(["serve"]),
  });
  assertStringIncludes(text, "✓ number 0 is served\n      nothing is owed; owed: 1 step: take");
  assertStringIncludes(
    text,
    "> why number 0\n  … number 0 is served\n      owed since step 1; paid: 1 step: serve",
  );
  assertStringIncludes(text, "number 0 is served: 1 step: serve\nserve → served number=0");
  assertStringIncludes(text, "nothing is owed; owed: never from here");
});

Deno.test("repl explores promises about progress, and follows a run that goes on for ever", async () => {
  const kept = await session(["explore"], { protocol: progressProtocol(["serve"]) });
  assertStringIncludes(kept.text, "no promise is broken");
  const { text } = await session(["explore", "follow"], { protocol: progressProtocol([]) });
  assertMatch(
    text,
    /1 {2}leadsTo: number 0 is served, after 1 step, then nothing for ever; follow 1 takes them/,
  );
  assertStringIncludes(text, "[1] 1 given, waiting 0");
});

Deno.test("repl says how near every promise is to being broken, and when an implication says nothing", async () => {
  const { text } = await session(["why"]);
  assertStringIncludes(
    text,
    "✓ nobody waits twice\n      can be broken: never from here (all 15 states seen)",
  );
  assertStringIncludes(text, "- a crowd has been let in");
  assertStringIncludes(text, "says nothing here; says something: 3 steps: take, take, take");
});

Deno.test("repl takes the shortest way to a situation", async () => {
  const { text } = await session(["until somebody"]);
  assertStringIncludes(text, "somebody waits: 1 step: take");
  assertStringIncludes(text, "[1] 1 given, waiting 0");
});

Deno.test("repl explores from here", async () => {
  const { text } = await session(["take", "take", "take", "explore", "follow 1"]);
  assertMatch(text, /8 states, \d+ transitions, depth 4: everything from here\n {2}no promise is broken/);
  assertStringIncludes(text, "Cannot follow 1: explore first");
});

Deno.test("repl walks at random, alike for the same seed", async () => {
  const [first, second, other] = await Promise.all(
    ["random 20 1", "random 20 1", "random 20 2"].map(async (line) => (await session([line, "trace"])).text),
  );
  assertEquals(first, second);
  assertEquals(first!.replaceAll("20 1", "") === other!.replaceAll("20 2", ""), false);
});

Deno.test("repl shows both answers beside the real implementation, and where they part", async () => {
  const { text, io } = await session(
    ["take", "take", "serve", "save c.json", "report r.md", "undo", "serve"],
    {
      real: true,
      mistake: "last-first",
    },
  );
  assertStringIncludes(text, "✓ real: ticket number=0   machine: ticket number=0");
  assertStringIncludes(
    text,
    "✗ the two sides part at serve\n    real:    served number=1\n    allowed: served number=0",
  );
  assertEquals(parseCaseFile(io.files.get("c.json")!).commands, ticketCase.commands);
  assertStringIncludes(io.files.get("r.md")!, "**✗ `served number=1`**");
  assertStringIncludes(text, "✓ real: served number=0", "after an undo the real side stands elsewhere");
});

Deno.test("repl keeps the command at which the sides parted until the place is left", async () => {
  const { mistake: _, ...correct } = ticketCase;
  const files = { "none.json": formatCaseFile({ ...correct, commands: [] }) };
  const lines = ["take", "take", "serve", "undo x", "goto 9", "save a.json", "load none.json", "save b.json"];
  const { io } = await session(lines, { real: true, mistake: "last-first" }, files);
  assertEquals(parseCaseFile(io.files.get("a.json")!).commands, ticketCase.commands);
  assertEquals(parseCaseFile(io.files.get("b.json")!).commands, []);
});

Deno.test("repl lets the real answer decide what the machine leaves open", async () => {
  const { text } = await session(["take", "take", "audit"], { real: true });
  assertStringIncludes(text, "✓ real: served number=0   machine: served number=0 or served number=1");
  assertEquals(text.includes("outcomes are allowed"), false);
});

Deno.test("repl tells a real side that chose otherwise from one that is wrong", async () => {
  // An audit that does not say whom it took.
  const silent = (mistake: boolean): ReturnType<typeof tickets> => {
    const machine = tickets(3, mistake);
    return {
      ...machine,
      step(state, command, world) {
        const reply = machine.step(state, command, world);
        return command.kind === "audit" && reply !== undefined ? { kind: "nobody" } : reply;
      },
    };
  };
  const beside = async (mistake: boolean, ...lines: string[]) => {
    const scope = () => ({
      ...ticketScope(false),
      what: silent(false),
      target: asTarget(silent(mistake), (count) => count - 1),
    });
    const protocol: Protocol = { ...ticketProtocol, scopes: { small: scope } };
    return (await session(["take", "take", "take", "audit", ...lines], { protocol, real: true })).text;
  };
  const text = await beside(false, "1", "serve", "undo", "audit", "3", "serve");
  assertStringIncludes(
    text,
    "the real side went another way, as serve tells\n    real:    served number=0\n    here:    served number=1",
  );
  assertStringIncludes(text, "✓ real: served number=0", "the outcome that it took was chosen");
  assertEquals(text.includes("the two sides part"), false);
  // Served 1 and then 0: whoever the audit took, the machine allows that in no order.
  const wrong = await beside(true, "1", "serve", "serve");
  assertStringIncludes(wrong, "the two sides part at serve\n    real:    served number=0");
});

Deno.test("repl loads, saves and writes a test", async () => {
  const { mistake: _, ...correct } = ticketCase;
  const files = {
    "case.json": formatCaseFile(correct),
    "other.json": formatCaseFile({ ...correct, scope: "huge" }),
  };
  const { text, io } = await session(
    ["load case.json", "save out.json", "test out.ts", "load other.json", "load gone"],
    {},
    files,
  );
  assertStringIncludes(text, "[3] 2 given, waiting 1");
  assertEquals(io.files.get("out.json"), files["case.json"]);
  assertStringIncludes(io.files.get("out.ts")!, "await assertAgreed(protocols, {");
  assertStringIncludes(text, "Cannot load: the case is of tickets scope huge, this is tickets scope small");
  assertStringIncludes(text, "Cannot load gone: there is no such file");
});

Deno.test("repl says when a case that is loaded is of another mistake than the one that is walked", async () => {
  const files = { "case.json": formatCaseFile(ticketCase) };
  const { text } = await session(["load case.json"], { real: true }, files);
  assertStringIncludes(text, "the case is of last-first; what is walked here is the correct one");
  const same = await session(["load case.json"], { real: true, mistake: "last-first" }, files);
  assertEquals(same.text.includes("the case is of"), false);
});

Deno.test("repl writes a test with the same imports by test and by report", async () => {
  const { io } = await session(["take", "test a.ts", "report b.ts"], {
    real: true,
    imports: { engine: "jsr:@lockstep/lockstep" },
  });
  assertStringIncludes(io.files.get("b.ts")!, 'from "jsr:@lockstep/lockstep"');
  assertEquals(io.files.get("b.ts"), io.files.get("a.ts"));
});

Deno.test("repl refuses scopes and mistakes that it does not know", async () => {
  await assertRejects(
    () => session([], { scope: "smal" }),
    RangeError,
    "Cannot open scope smal: did you mean small?",
  );
  await assertRejects(
    () => session([], { mistake: "x" }),
    RangeError,
    "Cannot open mistake x: known are last-first",
  );
});

Deno.test("repl takes a command that is called like a verb, and the verb with a colon", async () => {
  const what = tickets(3);
  const renamed = {
    ...what,
    commands: [{ kind: "list" }],
    step: (state: TicketState, _: unknown, world: never) => what.step(state, { kind: "take" }, world),
  };
  const protocol = {
    ...ticketProtocol,
    scopes: { small: () => ({ ...ticketScope(), what: renamed as never }) },
  };
  const { text } = await session(["list", ":list"], { protocol });
  assertStringIncludes(text, "list → ticket number=0");
  assertStringIncludes(text, "> :list\n      1  list\n");
});

Deno.test("repl performs the epilogue that follows every case", async () => {
  const walk = { labels: {}, epilogue: () => [{ kind: "serve" }, { kind: "serve" }] };
  const protocol = { ...ticketProtocol, scopes: { small: () => ({ ...ticketScope(), walk }) } };
  const { text } = await session(["take", "epilogue"], { protocol });
  assertStringIncludes(text, "serve → served number=0\nserve → nobody\n[3]");
  assertStringIncludes((await session(["epilogue"])).text, "there is no epilogue here");
});

Deno.test("repl opens a mistake in the scope in which it shows", async () => {
  const scopes = { large: () => ticketScope(), small: () => ticketScope() };
  const { text } = await session([], { protocol: { ...ticketProtocol, scopes }, mistake: "last-first" });
  assertStringIncludes(text, "(tickets, scope small)");
});

Deno.test("repl lets the specification judge too, where a mechanism is walked", async () => {
  const scope = { ...ticketScope(true), how: tickets(3, true) };
  const { text } = await session(["take", "take", "serve"], {
    protocol: { ...ticketProtocol, scopes: { small: () => scope } },
    real: true,
  });
  assertStringIncludes(text, "real:    served number=1\n    allowed: served number=0 (by ticket counter)");
});

Deno.test("completions offers verbs, kinds, commands and names", () => {
  const moves = [{ kind: "command", command: { kind: "write", length: 2 } }] as const;
  assertEquals(completions("w", ["why", "undo"], moves, []), ["why", "write"]);
  assertEquals(completions("write l", ["why"], moves, []), ["write length=2"]);
  assertEquals(completions("until r", ["until"], moves, ["ring full"]), ["until ring full"]);
});

Deno.test("chooseName takes a name that only one beginning or part means", () => {
  assertEquals(chooseName("ring", ["ring full", "a ring"]), "ring full");
  assertEquals(chooseName("a", ["ab", "ac"]), undefined);
  assertEquals(nearest("zzzz", []), "there is none");
});

Deno.test("outcomesOf tells alternatives apart and leaves the state alone", () => {
  const machine = ticketProtocol.scopes["small"]!().what;
  const state = { waiting: [0, 1], given: 2 };
  const outcomes = outcomesOf(machine, state, { kind: "command", command: { kind: "audit" } });
  assertEquals(outcomes.map((outcome) => outcome.choices), [[0], [1]]);
  assertEquals(state, { waiting: [0, 1], given: 2 });
});
