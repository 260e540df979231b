import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type CaseFile, CaseFileError, checkCase, formatCaseFile, parseCaseFile } from "./case_file.ts";
import { desk } from "./example_machines.ts";
import type { RecordedOperation } from "../race/linearize.ts";
import { listed } from "./run_case.ts";

const file: CaseFile = {
  lockstep: 1,
  protocol: "desk",
  scope: "small",
  start: null,
  commands: [{ kind: "total" }],
};

Deno.test("parseCaseFile reads what formatCaseFile wrote", () => {
  const command = fc.record({ kind: fc.string(), amount: fc.integer(), text: fc.string() });
  fc.assert(fc.property(fc.array(command), fc.jsonValue(), (commands, start) => {
    // JSON has no -0: it is read as 0, and never needed.
    const plain = JSON.parse(JSON.stringify({ ...file, start, commands })) as CaseFile;
    assertEquals(parseCaseFile(formatCaseFile(plain)), plain);
  }));
});

Deno.test("parseCaseFile refuses what is no case file, with one sentence", () => {
  const wrong: readonly [string, string][] = [
    ["", "Cannot read case: not JSON"],
    ["[1, 2", "Cannot read case: not JSON"],
    ["null", "Cannot read case: "],
    ["[]", "Cannot read case: "],
    [JSON.stringify({ ...file, lockstep: 7 }), "it is of version 7, this program reads version 1"],
    [JSON.stringify({ ...file, protocol: 5 }), "Cannot read case: protocol: "],
    [JSON.stringify({ ...file, commands: [{ length: 5 }] }), "Cannot read case: commands.0.kind: "],
    [JSON.stringify({ ...file, more: true }), "Cannot read case: "],
    [
      JSON.stringify(file).replace("null", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
      "nested deeper than 200 levels",
    ],
  ];
  for (const [text, sentence] of wrong) {
    const { message } = assertThrows(() => parseCaseFile(text), CaseFileError, sentence);
    assertEquals(message.includes("\n"), false, text);
  }
});

Deno.test("checkCase names the command that the machine does not know", () => {
  const machine = desk("ordinary");
  checkCase(machine, file);
  const wrong = { ...file, commands: [{ kind: "total" }, { kind: "use", ticket: 0, amount: 77 }] };
  assertThrows(() => checkCase(machine, wrong), CaseFileError, "commands.1: amount: ");
  assertThrows(() => checkCase(machine, { ...file, start: 4 }), CaseFileError, "start: ");
});

Deno.test("parseCaseFile takes brackets in strings for text, and a byte order mark for nothing", () => {
  const brackets = { ...file, start: `"\\${"[{".repeat(1000)}` };
  assertEquals(parseCaseFile(`\ufeff${formatCaseFile(brackets)}`), brackets);
});

Deno.test("cases, lists and histories take commands as one writes them, with the fields of their protocol", () => {
  const file = {
    lockstep: 1,
    protocol: "register",
    scope: "small",
    start: null,
    commands: [{ kind: "write", value: 1 }],
  } as const;
  assertEquals(parseCaseFile(formatCaseFile({ ...file, commands: [{ kind: "write", value: 1 }] })), file);
  assertEquals(
    listed([{ kind: "write", value: 1 }]).next(null, 0, { judges: [], heard: [] }),
    file.commands[0],
  );
  const operation: RecordedOperation = { thread: 0, command: { kind: "write", value: 1 }, invokedAt: 0 };
  assertEquals(operation.command, file.commands[0]);
});
