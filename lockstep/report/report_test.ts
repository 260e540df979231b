import { stripAnsiCode } from "@std/colors";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { explore } from "../explore/mod.ts";
import type { Sides } from "../drive/run_case.ts";
import type { AnyTarget } from "../machine.ts";
import type { AnyWalk } from "../walk.ts";
import { assertAgreed, assertLockstep, assertScopeAgrees, Disagreement } from "./assert_agreed.ts";
import { counterexampleOfViolation } from "./counterexample.ts";
import { explainVerdict } from "./explain.ts";
import { assertGolden } from "./golden_for_test.ts";
import type { History } from "./history.ts";
import { historyPicture } from "./history_picture.ts";
import { htmlReport } from "./html.tsx";
import { counterexampleJsonSchema, jsonReport, parseJsonReport, ReportError } from "./json.ts";
import { markdownReport } from "./markdown.ts";
import { oneLine, phrase } from "./phrase.ts";
import { literal, programOf } from "./program.ts";
import type { Counterexample } from "./report_data.ts";
import {
  ticketCase,
  ticketPicture,
  ticketProtocol,
  ticketReport,
  tickets,
  ticketScope,
} from "./sample_for_test.ts";
import { svgFile } from "./svg.tsx";
import { terminalReport } from "./terminal.ts";

const full: Counterexample = ticketReport(ticketCase, {
  minimality: "minimal (certified: 12 shorter cases tried)",
  confirmed: { failed: 2, runs: 2 },
  replay: "deno task replay .lockstep/failures/tickets.json",
  walk: "deno task repl tickets .lockstep/failures/tickets.json --real",
  environment: { kernel: "6.1.0", deno: "2.9.6", cpu: "a machine" },
  foundBy: "lockstep",
});

const history: History = {
  threads: ["main", "worker"],
  operations: [
    { thread: 0, action: "take", answer: "ticket number=0", invokedAt: 0, returnedAt: 2, placed: 0 },
    { thread: 1, action: "take", answer: "ticket number=0", invokedAt: 1, returnedAt: 3 },
    { thread: 0, action: "serve", invokedAt: 4 },
  ],
  stuck: [{ operation: 1, reason: "answered ticket number=0, only ticket number=1 is allowed" }],
};

function golden(name: string): URL {
  return new URL(`./golden/${name}.golden`, import.meta.url);
}

Deno.test("terminalReport shows lanes, answers, what is allowed and how to replay", () => {
  assertGolden(golden("tickets.txt"), `${stripAnsiCode(terminalReport(full))}\n`);
});

Deno.test("terminalReport shows the threads of a race in real-time order", () => {
  assertGolden(golden("race.txt"), `${stripAnsiCode(terminalReport({ ...full, history }))}\n`);
});

Deno.test("markdownReport shows the same, with the case as a test", () => {
  assertGolden(golden("tickets.md"), markdownReport(full));
});

Deno.test("jsonReport writes what parseJsonReport reads", () => {
  assertGolden(golden("tickets.json"), jsonReport(full));
  assertEquals(parseJsonReport(jsonReport(full)), JSON.parse(jsonReport(full)));
});

Deno.test("htmlReport writes one file with nothing to fetch", () => {
  const html = htmlReport({ ...full, history });
  assertGolden(golden("tickets.html"), html);
  assertEquals(html.match(/(src|href)="(?!#)/g), null, "something is fetched");
  assertEquals(html.match(/ style="| on[a-z]+="/g), null, "something is forbidden by the page's own policy");
});

Deno.test("svgFile draws a picture as a file of its own", () => {
  assertGolden(golden("tickets.svg"), svgFile(ticketPicture({ waiting: [0, 2], given: 3 })));
});

Deno.test("counterexampleJsonSchema is what is published", () => {
  assertGolden(new URL("../../docs/counterexample.schema.json", import.meta.url), counterexampleJsonSchema());
});

Deno.test("counterexampleOfViolation explains what a search has found", () => {
  const machine = {
    ...tickets(3),
    always: { "at most one waits": ({ waiting }: { waiting: readonly number[] }) => waiting.length < 2 },
  };
  const [violation] = explore(machine).violations;
  const report = counterexampleOfViolation(machine, violation!, {
    lockstep: 1,
    protocol: "tickets",
    scope: "small",
  });
  assertEquals(
    report.headline,
    "after take (the 2nd step), a promise of ticket counter is broken; at most one waits",
  );
  assertEquals(report.steps.map(({ parted, changes }) => [parted, changes.map(({ path }) => path)]), [
    [false, ["waiting[+]", "given"]],
    [true, ["waiting[+]", "given"]],
  ]);
  assertEquals(report.case.commands, [{ kind: "take" }, { kind: "take" }]);
  parseJsonReport(jsonReport(report));
});

Deno.test("counterexampleOfViolation shows where a lasso begins", () => {
  const machine = {
    ...tickets(1),
    leadsTo: {
      "a customer is served": {
        from: ({ waiting }: { waiting: readonly number[] }) => waiting.length > 0,
        to: ({ waiting }: { waiting: readonly number[] }) => waiting.length === 0,
      },
    },
  };
  const violation = explore(machine).violations.find(({ kind }) => kind === "leadsTo");
  const report = counterexampleOfViolation(machine, violation!, {
    lockstep: 1,
    protocol: "tickets",
    scope: "small",
  });
  assertEquals(report.loopsTo === undefined, false);
  assertMatch(stripAnsiCode(terminalReport(report)), /for ever/);
});

Deno.test("programOf is a program that builds the same case", async () => {
  const hostile = {
    ...ticketCase,
    scope: "\u2028`${x}\"'\\ \u202e</script>",
    start: { "__proto__ x": -0, ok: ["*/"] },
  };
  const program = programOf(hostile);
  assertEquals(/[\u2028\u202e]/.test(program), false, "something hides in the program");
  const body = program.slice(
    program.indexOf("(protocols, ") + "(protocols, ".length,
    program.lastIndexOf("  });\n});"),
  );
  const built = await import(`data:text/javascript,${encodeURIComponent(`export default ${body}}`)}`);
  assertEquals(built.default, { ...hostile, start: { "__proto__ x": 0, ok: ["*/"] } });
});

Deno.test("literal writes a field called __proto__ as a field", () => {
  const data = JSON.parse('{"__proto__": 1}');
  assertEquals(literal(data), '{ ["__proto__"]: 1 }');
});

/** The same report with `evil` in front of everything that may come from outside. */
function poisoned(evil: string): Counterexample {
  const said = (text: string): string => `${evil}${text}`;
  return {
    ...full,
    headline: said(full.headline),
    promised: said(full.promised),
    happened: said(full.happened),
    verdict: { kind: "diverged", machine: said("machine"), property: said("property") },
    target: said(full.target),
    case: {
      ...full.case,
      protocol: said("p"),
      scope: said("s"),
      mistake: said("m"),
      start: { [evil]: evil },
      commands: [{ kind: evil, [evil]: evil } as { kind: string }],
    },
    lanes: [said("customer"), said("clerk")],
    initial: { [evil]: [evil] },
    initialShown: evil,
    steps: full.steps.map((step) => ({
      ...step,
      actor: said(step.actor),
      action: said(step.action),
      command: { kind: evil },
      answer: said(step.answer),
      allowed: [evil],
      state: { [evil]: evil },
      shown: evil,
      changes: [{ path: evil, before: evil, after: evil }],
      picture: { width: 9, height: 9, description: evil, marks: [{ kind: "text", x: 0, y: 0, text: evil }] },
    })),
    history: {
      threads: [evil],
      operations: [{ thread: 0, action: evil, answer: evil, invokedAt: 0, returnedAt: 1 }],
      stuck: [{ operation: 0, reason: evil }],
    },
    replay: evil,
    minimality: evil,
    environment: { kernel: evil, deno: evil, cpu: evil },
  };
}

const markup =
  `"'><script>alert(1)</script><img src=x onerror=alert(1)><!--]]>&lt;|\`\`\`\n# [a](javascript:b) @everyone`;
const escapes = "\x1b[2J\x1b]0;title\x07\x9b31m\r\n\u202e\u2066\u200b\ud800";

Deno.test("htmlReport shows markup as text", () => {
  const html = htmlReport(poisoned(markup));
  assertEquals(html.match(/<script/g)?.length, 1, "a script that is not the page's own");
  assertEquals(html.match(/<img|<!--|<a href="(?!#step)/g), null);
  assertStringIncludes(html, "&lt;script>");
});

Deno.test("markdownReport shows markup as text", () => {
  const markdown = markdownReport(poisoned(markup));
  const fenced = /^(`{3,})\w*\n[\s\S]*?\n\1$/gm;
  const inline = /(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g;
  const outside = markdown.replaceAll(fenced, "").replaceAll(inline, "");
  assertEquals(outside.match(/<script|<img|(?<!\\)\]\(|@everyone|<!--/g), null, outside);
  assertEquals(
    markdown.split("\n").filter((row) => row.startsWith("| ")).map((row) => row.split(/(?<!\\)\|/).length),
    [7, 7, 7, 7],
    "a cell has broken out of its row",
  );
});

Deno.test("terminalReport obeys no foreign escape sequence", () => {
  for (
    const text of [
      terminalReport(poisoned(escapes)),
      markdownReport(poisoned(escapes)),
      htmlReport(poisoned(escapes)),
    ]
  ) {
    // deno-lint-ignore no-control-regex
    assertEquals(stripAnsiCode(text).match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g), null);
  }
  assertStringIncludes(terminalReport(poisoned(escapes)), "\\u001b[2J");
});

Deno.test("reports stay small when a case holds megabytes of text", () => {
  const huge = poisoned("x".repeat(3_000_000));
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  assert(bytes(terminalReport(huge)) < 64_000);
  assert(bytes(markdownReport(huge)) < 64_000);
  assert(bytes(htmlReport(huge)) < 300_000);
});

Deno.test("markdownReport and htmlReport stay small for a case of 20,000 commands", () => {
  const commands = Array.from(
    { length: 20_000 },
    (_, index) => ({ kind: index % 3 === 0 ? "take" : "audit" }),
  );
  const report = ticketReport({ ...ticketCase, commands: [...commands, ...ticketCase.commands] });
  assert(new TextEncoder().encode(markdownReport(report)).length < 64_000);
  const steps = Array.from({ length: 20_000 }, () => full.steps[0]!);
  const long = { ...full, steps: [...steps, ...full.steps] };
  assert(htmlReport(long).length < 600_000);
  assertStringIncludes(markdownReport(long), "earlier steps are not shown");
  assertStringIncludes(markdownReport(long), "**✗");
  assertStringIncludes(htmlReport(long), "Step 20003 of 20003");
});

Deno.test("parseJsonReport refuses another version and names both", () => {
  const error = assertThrows(() => parseJsonReport(JSON.stringify({ ...full, version: 7 })), ReportError);
  assertEquals(error.message, "Cannot read report: it is of version 7, this program reads version 1");
  assertThrows(() => parseJsonReport("{"), ReportError, "not JSON");
  assertThrows(() => parseJsonReport(JSON.stringify({ ...full, extra: 1 })), ReportError, "extra");
});

Deno.test("assertAgreed throws an error whose stack is the report", async () => {
  const error = await assertRejects(() => assertAgreed(ticketProtocol, ticketCase), Disagreement);
  assertStringIncludes(
    error.stack!.split("\n").map(stripAnsiCode).join(" "),
    "answered serve (the 3rd command) with served number=1; only served number=0 is allowed",
  );
  assertEquals(error.stack!.includes(".ts:"), false, "the stack is printed");
});

Deno.test("assertAgreed says nothing when the two sides agree, and names what it does not know", async () => {
  const { mistake: _, ...correct } = ticketCase;
  await assertAgreed([ticketProtocol], correct);
  await assertRejects(
    () => assertAgreed(ticketProtocol, { ...correct, scope: "huge" }),
    RangeError,
    'Cannot drive: scope is "huge", must be one of small',
  );
});

Deno.test("phrase reads no more of its data than it shows", () => {
  let read = 0;
  const items = new Proxy(Array.from({ length: 100_000 }, (_, index) => index), {
    get(target, key, receiver) {
      read++;
      return Reflect.get(target, key, receiver);
    },
  });
  assertEquals(phrase(items).length, 400);
  assert(read < 2_000, `${read} reads`);
});

Deno.test("oneLine shows lone surrogates and invisible characters as escapes", () => {
  assertEquals(oneLine("a\ud800\u200bb"), "a\\ud800\\u200bb");
});

Deno.test("explainVerdict says when the sides part in the epilogue", () => {
  const verdict = { kind: "hung", at: 3 } as const;
  assertEquals(
    explainVerdict(verdict, { kind: "look" }, "it", 3).happened,
    "it never answered look (in the epilogue)",
  );
  assertEquals(
    explainVerdict(verdict, { kind: "look" }, "it", 4).happened,
    "it never answered look (the 4th command)",
  );
});

Deno.test("assertLockstep throws the shrunk report, and does not trust a walk that missed a label", async () => {
  const limits = { maximumStates: 64, maximumTicks: 1_000 };
  const sides = (mistake: boolean, walk: AnyWalk): Sides => {
    const { what, target } = ticketScope(mistake);
    return { walked: what, also: [], target, walk, limits, invariants: true };
  };
  const options = { cases: 50, commandsPerCase: 20, seed: 1 };
  const labels = {
    "somebody was served": ({ reply }: { reply: { kind: string } }) => reply.kind === "served",
  };
  const { cases } = await assertLockstep(sides(false, { labels }), options);
  assertEquals(cases, 50);
  const error = await assertRejects(() => assertLockstep(sides(true, { labels }), options), Disagreement);
  assertEquals(error.report.case.commands, ticketCase.commands);
  assertEquals(error.report.confirmed, { failed: 2, runs: 2 });
  assertStringIncludes(error.message, "; minimal (certified: ");
  const shrunkOnly = () => assertLockstep(sides(true, { labels }), options, { certifyRuns: 0 });
  assertEquals((await assertRejects(shrunkOnly, Disagreement)).report.minimality, undefined);
  await assertRejects(
    () => assertLockstep(sides(false, { labels: { "never": () => false } }), options),
    Error,
    "Cannot trust 50 cases that agreed: none of them reached never",
  );
  const target: AnyTarget = {
    ...ticketScope(false).target,
    open() {
      throw new Error("no such device");
    },
  };
  // That no label was reached follows from it.
  await assertRejects(
    () => assertLockstep({ ...sides(false, { labels }), target }, options),
    Error,
    `on ${target.name}: no such device; none of them reached somebody was served`,
  );
});

Deno.test("assertScopeAgrees throws the report with the case as a test to paste, and no stack trace", async () => {
  const options = { cases: 50, commandsPerCase: 20, seed: 1 };
  await assertScopeAgrees(ticketProtocol, "small", options);
  const { target } = ticketScope(true);
  const error = await assertRejects(
    () => assertScopeAgrees(ticketProtocol, "small", options, { target }),
    Disagreement,
  );
  assertEquals([error.report.case.protocol, error.report.case.scope], ["tickets", "small"]);
  assertStringIncludes(error.message, terminalReport(error.report));
  assertStringIncludes(error.message, programOf(error.report.case));
  assertEquals(error.stack, `Disagreement: ${error.message}`);
  await assertRejects(
    () => assertScopeAgrees(ticketProtocol, "huge", options),
    RangeError,
    'Cannot drive: scope is "huge", must be one of small',
  );
});

Deno.test("historyPicture draws each operation from its call to its return", () => {
  const { marks, description } = historyPicture(history);
  const boxes = marks.filter((mark) => mark.kind === "box");
  assertEquals(boxes.map(({ tone, label }) => [tone, label]), [
    ["busy", "#1 take → ticket number=0"],
    ["wrong", "✗ take → ticket number=0"],
    ["wrong", "✗ serve …"],
  ]);
  assert(
    boxes[0]!.y < boxes[1]!.y && boxes[1]!.y < boxes[0]!.y + boxes[0]!.height,
    "they overlap in real time",
  );
  assertStringIncludes(description, "2 of them have no place");
});
