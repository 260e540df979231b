import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { phrase } from "./phrase.ts";
import type { CounterexampleStep } from "./report_data.ts";
import { stateLines, stepColumns, stepLines, wrap } from "./terminal_steps.ts";

function step(extra: Partial<CounterexampleStep>): CounterexampleStep {
  return {
    actor: "application",
    action: "prepare",
    answer: "prepared",
    changes: [],
    epilogue: false,
    parted: false,
    ...extra,
  };
}

function lines(shown: CounterexampleStep, width: number): string[] {
  return stepLines(shown, 1, stepColumns([shown], width)).map((line) => stripAnsiCode(line).trimEnd());
}

Deno.test("stepLines says what changed in place of a state that is too long for a line", () => {
  const changes = [
    { path: "requests[0].phase", before: "idle", after: "prepared" },
    { path: "queue[+]", after: "{request=0 cancel=false}" },
  ];
  const state = { text: "x".repeat(200) };
  assertEquals(lines(step({ state, shown: phrase(state), changes }), 90), [
    "  1   application  prepare  prepared",
    "        requests[0].phase: idle → prepared, queue[+]: new {request=0 cancel=false}",
  ]);
  assertEquals(lines(step({ shown: "short", changes }), 90), [
    "  1   application  prepare  prepared  short",
  ]);
});

Deno.test("stepLines goes on in the next line where a command or an answer is too wide", () => {
  const wide = step({
    action: "prepare operation=accept cells=[0 1] as=0",
    answer: "completed request=0 result=ECANCELED more=false",
  });
  assertEquals(lines(wide, 60), [
    "  1   application  prepare operation=accept  completed request=0",
    "                   cells=[0 1] as=0          result=ECANCELED",
    "                                             more=false",
  ]);
});

Deno.test("stepLines keeps within the width and leaves no word out", () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
  for (const width of [60, 80, 110, 160]) {
    const parted = step({
      parted: true,
      answer: words.slice(0, 12).join(" "),
      allowed: [words.slice(12, 24).join(" ")],
    });
    const said = lines(parted, width);
    for (const line of said) assert(line.length <= width, `${width}: ${line}`);
    for (const word of words.slice(0, 24)) assert(said.join(" ").includes(word), word);
  }
});

Deno.test("wrap breaks between words, and within a word only where it is longer than a line", () => {
  assertEquals(wrap("one two three", 8), ["one two", "three"]);
  assertEquals(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
  assertEquals(stateLines("a b", 20).map(stripAnsiCode), ["        a b"]);
});
