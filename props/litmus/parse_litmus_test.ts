import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkLitmus } from "../../model/memory/check_litmus.ts";
import { LitmusError, parseLitmus } from "../../model/memory/litmus.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { tso } from "../../model/memory/tso.ts";
import { criticalCycles, testOf } from "./critical_cycle.ts";
import { x86_64Text, x86Text } from "./cycle_text.ts";

const catalogue = new URL("./catalogue/", import.meta.url);
const cycles = [...criticalCycles(2, ["po", "fence", "locked", "forwarded"])];
const branches = `X86_64 branches
{ int8_t x=0; y=1; }
 P0             | P1              ;
 movb $1,(x)    | movl (y),%eax   ;
 lock decl (y)  | cmpl $0,%eax    ;
 movzbl %al,%ecx| jne Leave       ;
                | movb (x),%bl    ;
                | Leave: ret      ;
exists (1:rbx=0 /\\ 1:rax=0)
`;
const texts = [
  ...[...Deno.readDirSync(catalogue)].map(({ name }) =>
    Deno.readTextFileSync(new URL(encodeURIComponent(name), catalogue))
  ).sort(),
  ...cycles.flatMap(([name, cycle]) => [x86Text(testOf(name, cycle)), x86_64Text(testOf(name, cycle))]),
  branches,
];

/** Words, numbers, signs and blanks, which put together are the text again. */
const pieces = (text: string) => text.match(/\s+|\w+|[^\s\w]/g) ?? [];

const edit = fc.record({
  kind: fc.constantFrom("cut", "delete", "repeat", "swap", "foreign"),
  at: fc.nat(),
  other: fc.nat(),
  from: fc.nat(),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function edited(text: string, edits: readonly Edit[]): string {
  let parts = [...pieces(text)];
  for (const { kind, at, other, from } of edits) {
    if (parts.length === 0) break;
    const [first, second] = [at % parts.length, other % parts.length];
    if (kind === "cut") parts = parts.slice(0, first);
    else if (kind === "delete") parts.splice(first, 1);
    else if (kind === "repeat") parts.splice(first, 0, parts[first]!);
    else if (kind === "swap") [parts[first], parts[second]] = [parts[second]!, parts[first]!];
    else {
      const foreign = pieces(texts[from % texts.length]!);
      parts[first] = foreign[other % foreign.length]!;
    }
  }
  return parts.join("");
}

const damaged = fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) => edited(text, edits));

Deno.test("parseLitmus answers damaged tests with an error that names a line of theirs, or with a test that can be asked", () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(damaged, fc.boolean(), (text, conditionOptional) => {
      try {
        const test = parseLitmus("damaged.litmus", text, { conditionOptional });
        accepted++;
        for (const thread of test.program.threads) {
          for (const [at, instruction] of thread.instructions.entries()) {
            if ("to" in instruction) {
              assert(instruction.to > at && instruction.to <= thread.instructions.length);
            }
          }
        }
        const bounds = { maxStates: 200 };
        checkLitmus(test, tso, bounds);
        if (test.dialect === "c") checkLitmus(test, rc11, bounds);
      } catch (error) {
        if (!(error instanceof LitmusError)) throw error;
        refused++;
        assert(error.line >= 1 && error.line <= text.split("\n").length, `line ${error.line}`);
        assertEquals(
          error.message.startsWith(`Cannot read litmus test damaged.litmus:${error.line}: `),
          true,
        );
      }
    }),
    { seed: 20260711, numRuns: 4000 },
  );
  assert(accepted > 200 && refused > 1000, `${accepted} were accepted, ${refused} refused`);
});

Deno.test("parseLitmus answers any text with an error that names a line", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.array(
      fc.constantFrom(
        "X86",
        "C",
        "t",
        "\n",
        "{",
        "}",
        "(",
        "(*",
        "*)",
        "/*",
        "P0",
        ";",
        "|",
        "exists",
        "~",
        "x",
        "=",
        "1",
        "if",
        "?",
        "0:",
      ),
      { maxLength: 40 },
    )
      .map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        parseLitmus("any.litmus", text);
      } catch (error) {
        if (!(error instanceof LitmusError)) throw error;
      }
    }),
    { seed: 8, numRuns: 4000 },
  );
});
