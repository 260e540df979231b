import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { getColorEnabled, setColorEnabled } from "@std/colors";
import type { ProtocolCheck } from "../check/protocol_check.ts";
import { divergencesOf, junitCasesOf } from "./ci_results.ts";
import { faceOf, faces } from "./faces.ts";
import { githubAnnotations, githubSummary, maximumAnnotations, maximumSummaryBytes } from "./github.ts";
import { assertGolden } from "./golden_for_test.ts";
import { itfReport } from "./itf.ts";
import { junitXml } from "./junit.ts";
import type { Counterexample } from "./report_data.ts";
import { ticketCase, ticketReport } from "./sample_for_test.ts";
import { shivizPattern, shivizReport } from "./shiviz.ts";

const report: Counterexample = ticketReport(ticketCase, { replay: "deno task replay tickets.json" });
const evil = ']]>\x1b[2J\r\n::error::<x a="1">&\ud800';

function golden(name: string): URL {
  return new URL(`./golden/${name}.golden`, import.meta.url);
}

Deno.test("githubSummary stays below its limit however many reports there are", () => {
  assertEquals(githubSummary([]), "## Lockstep: no divergence\n");
  const long = { ...report, steps: Array.from({ length: 2_000 }, () => report.steps[0]!) };
  const text = githubSummary(Array.from({ length: 100 }, () => long));
  assert(new TextEncoder().encode(text).length < maximumSummaryBytes);
  assertMatch(text, /\d+ more are not shown/);
  assertStringIncludes(text, "## Lockstep: 100 divergences");
});

Deno.test("githubSummary and githubAnnotations tell of failures without a case, too", () => {
  const failure = { suite: "tickets", name: "lockstep small", failure: "never reached: a <b>crowd</b>" };
  assertEquals(
    githubSummary([], [failure]),
    "## Lockstep: no divergence, 1 other failure\n" +
      "- tickets: lockstep small: never reached: a &lt;b&gt;crowd&lt;/b&gt;\n",
  );
  assertEquals(githubAnnotations([], [failure]), [
    "::error title=Lockstep::tickets: lockstep small: never reached: a <b>crowd</b>",
  ]);
  const many = githubAnnotations([report], Array.from({ length: 30 }, () => failure));
  assertEquals([many.length, many.at(-1)], [
    maximumAnnotations,
    "::error title=Lockstep::and 22 more failures",
  ]);
});

Deno.test("githubAnnotations writes at most ten, and the last says how many are left out", () => {
  assertEquals(githubAnnotations([report]), [
    "::error title=tickets%3A diverged::ticket office answered serve (the 3rd command) with served number=1; " +
    "only served number=0 is allowed by ticket counter%0Areplay: deno task replay tickets.json",
  ]);
  const many = githubAnnotations(Array.from({ length: 30 }, () => report));
  assertEquals(many.length, maximumAnnotations);
  assertStringIncludes(many.at(-1)!, "and 21 more");
});

Deno.test("githubAnnotations keeps a hostile headline inside its command", () => {
  const [line] = githubAnnotations([{ ...report, headline: evil }]);
  assertEquals(line!.split("\n").length, 1);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x1f]/.test(line!), false);
});

Deno.test("junitXml tells failures, skips and successes apart", () => {
  const xml = junitXml([
    { suite: "tickets", name: "explore small", seconds: 0.25 },
    { suite: "tickets", name: "lockstep small", seconds: 1, report },
    { suite: "tickets", name: "labels", seconds: 0, failure: "never reached: a crowd" },
    { suite: "other", name: "lockstep", seconds: 0, skipped: "io_uring is not permitted" },
  ]);
  assertGolden(golden("junit.xml"), xml);
  assertStringIncludes(xml, `<testsuites tests="4" failures="2">`);
});

Deno.test("junitXml shows hostile text as text", () => {
  const xml = junitXml([{ suite: evil, name: evil, seconds: 0, failure: evil }]);
  assertEquals(xml.match(/<x/), null);
  // deno-lint-ignore no-control-regex
  assertEquals(xml.match(/[\x00-\x09\x0b-\x1f]|[\ud800-\udfff]/), null);
  assertEquals(xml.match(/&(?!amp;|lt;|gt;|quot;)/), null);
});

Deno.test("shivizReport gives every step a clock that contains the one before", () => {
  const text = shivizReport(report);
  assertGolden(golden("tickets.shiviz"), text);
  // Read as ShiViz does: the first line is the expression, the second, empty, says that there is one execution.
  const [pattern, executions, ...log] = text.split("\n");
  assertEquals([pattern, executions], [shivizPattern, ""]);
  const events = [...log.join("\n").matchAll(new RegExp(shivizPattern, "g"))].map(({ groups }) => groups!);
  assertEquals(events.map(({ host, event }) => `${host}: ${event}`), [
    "customer: take -> ticket number=0",
    "customer: take -> ticket number=1",
    "clerk: FIRST DIVERGENCE serve -> served number=1",
  ]);
  assertEquals(events.map(({ clock }) => JSON.parse(clock!)), [
    { customer: 1 },
    { customer: 2 },
    { customer: 2, clerk: 1 },
  ]);
});

Deno.test("shivizReport orders threads only as real time did", () => {
  const text = shivizReport({
    ...report,
    history: {
      threads: ["main thread", "worker"],
      operations: [
        { thread: 0, action: "put", answer: "ok", invokedAt: 0, returnedAt: 2 },
        { thread: 1, action: "get", answer: "none", invokedAt: 1, returnedAt: 3 },
        { thread: 0, action: "get", answer: "one", invokedAt: 4, returnedAt: 5 },
      ],
      stuck: [],
    },
  });
  assertEquals(text.trimEnd().split("\n").slice(2).join("\n").match(/[^\n]+\n[^\n]+/g), [
    'main_thread {"main_thread":1}\ncall put',
    'worker {"worker":1}\ncall get',
    'main_thread {"main_thread":2}\nreturn ok',
    'worker {"worker":2}\nreturn none',
    'main_thread {"main_thread":3,"worker":2}\ncall get',
    'main_thread {"main_thread":4,"worker":2}\nreturn one',
  ]);
});

Deno.test("itfReport writes a state for the start and for each step, with its command and answer", () => {
  const trace = JSON.parse(itfReport(report));
  assertGolden(golden("tickets.itf"), itfReport(report));
  assertEquals(trace.vars.slice(4), ["waiting", "given"]);
  assertEquals(trace.states.length, report.steps.length + 1);
  assertEquals(trace.states[2].waiting, [0, 1]);
});

Deno.test("faceOf knows a face by the name of its file", () => {
  for (const name of ["a.html", "a.md", "a.json", "a.itf.json", "a.ts", "a.log", "a.txt"]) {
    assert(faces[faceOf(name)](report).length > 0, name);
  }
  assertEquals(faceOf("a.itf.json"), "itf");
});

Deno.test("faces are the same text whether or not a terminal is there to show colours", () => {
  const before = getColorEnabled();
  const texts = [true, false].map((enabled) => {
    setColorEnabled(enabled);
    return Object.values(faces).map((face) => face(report));
  });
  setColorEnabled(before);
  assertEquals(texts[0], texts[1]);
});

Deno.test("junitCasesOf has a result for everything that a check does, and divergencesOf every divergence", () => {
  const cost = { milliseconds: 1_000 };
  const search = { scope: "small", states: 1, transitions: 1, depth: 1, exhausted: true, ...cost };
  const check: ProtocolCheck = {
    name: "tickets",
    explorations: [
      { ...search, machine: "what", properties: 1, violations: [], undecided: [], vacuous: [] },
      {
        ...search,
        machine: "how",
        properties: 1,
        violations: [],
        undecided: [],
        vacuous: ["nobody ever waits"],
      },
    ],
    refinements: [{
      ...search,
      how: "how",
      what: "what",
      violations: [{ property: "serve", detail: "no", commands: 3 }],
    }],
    tours: [{
      scope: "tiny",
      target: "office",
      covered: 0,
      total: 9,
      unreached: 0,
      commands: 0,
      unseenAnswers: [],
      problems: ["Cannot run a case of what on office: it is shut"],
      divergences: [],
      ...cost,
    }],
    scopes: [{
      scope: "small",
      target: "office",
      seed: 1,
      cases: 1,
      commands: 3,
      performed: {},
      refusedDraws: 0,
      divergences: [report],
      problems: [],
      labels: {},
      unreached: [],
      ...cost,
    }],
    races: [
      { name: "two", description: "two clerks", runs: 9, outcomes: 2, problems: ["7 twice"], ...cost },
      {
        name: "bad",
        description: "no lock",
        mistake: "x",
        runs: 9,
        outcomes: 2,
        problems: ["7 twice"],
        ...cost,
      },
    ],
    bugs: [],
    skipped: [{ what: "tour small", why: "no office here" }],
    ok: false,
  };
  const cases = junitCasesOf([check]);
  assertEquals(
    cases.map(({ name, failure, report, skipped }) => [name, failure ?? report?.verdict.kind ?? skipped]),
    [
      ["explore what (small)", undefined],
      ["explore how (small)", "vacuous: nobody ever waits"],
      ["how refines what (small)", "serve: no"],
      ["lockstep with office (small)", "diverged"],
      ["tour of office (tiny)", "Cannot run a case of what on office: it is shut"],
      ["race two clerks", "7 twice"],
      ["race no lock", undefined],
      ["tour small", "no office here"],
    ],
  );
  assertEquals(divergencesOf([check]), [report]);
});
