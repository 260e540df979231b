import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkLitmus, showRace } from "./check_litmus.ts";
import { LitmusError, parseLitmus } from "./litmus.ts";
import { rc11 } from "./rc11.ts";
import { sc } from "./sc.ts";
import { tso } from "./tso.ts";

const table = (rows: string, condition: string, init = "", architecture = "X86") =>
  parseLitmus("t.litmus", `${architecture} t\n"a doc string"\nCom=Rf Fr\n{${init}}\n${rows}\n${condition}\n`);
const c = (bodies: string, condition: string, init = "") =>
  parseLitmus("t.litmus", `C t\n{${init}}\n${bodies}\n${condition}\n`);

function refuses(source: string, line: number, ...says: string[]): void {
  const error = assertThrows(() => parseLitmus("bad.litmus", source), LitmusError, `bad.litmus:${line}: `);
  for (const part of says) assertStringIncludes(error.message, part);
}

Deno.test("parseLitmus reads both x86 dialects to the same program", () => {
  const intel = table(
    " P0 | P1 ;\n MOV [x],$1 | MOV EAX,[x] ;\n XCHG [x],EBX | MFENCE ;",
    "exists (1:EAX=1)",
  );
  const att = table(
    " P0 | P1 ;\n movl $1,(x) | movl (x),%eax ;\n xchgl %ebx,(x) | mfence ;",
    "exists (1:rax=1)",
    "",
    "X86_64",
  );
  assertEquals(intel.program, att.program);
});

Deno.test("parseLitmus knows register aliases, brackets in conditions, bare immediates and spaces in ~exists", () => {
  const test = table(
    " P0 ;\n MOV [x],3 ;\n MOV EAX,[x] ;\n MOV [z],eax ;",
    "~ exists ([z]=2 \\/ 0:rax != 3 /\\ x=3)",
    "[y]=4;",
  );
  assertEquals(test.quantifier, "~exists");
  assertEquals(checkLitmus(test, sc).holds, true);
  assertEquals(test.observed.map(({ name }) => name), ["z", "0:rax", "x"]);
});

Deno.test("parseLitmus skips comments before the initial state and text on lines after the condition", () => {
  const test = parseLitmus(
    "t.litmus",
    `X86 t\n(* {not} (* this *) *)\n{ x=1; }\n P0 ;\n MOV EAX,[x] ;\nforall\n(0:EAX=1)\n\nHash=1234\n`,
  );
  assertEquals(checkLitmus(test, tso).observation, "Always");
});

Deno.test("parseLitmus knows the dialect behind comments of any sort", () => {
  const body = "C t\n{}\nP0 (int* x) { /* two */ int r = (*x) + 1; *x = 2 * r; }\nforall (x=2)\n";
  for (const comment of ["(* a (* b *) c *)", "// a (*", "/* a */", "(* C *)\n// X86"]) {
    assertEquals(checkLitmus(parseLitmus("t.litmus", `${comment}\n${body}`), sc).holds, true);
  }
});

Deno.test("parseLitmus refuses a comment that is never closed, with the line where it opens", () => {
  const x86 = "X86 t\n{}\n P0 ;\n MOV [x],$1 ;\n";
  refuses(`${x86}exists (x=1) (* /\\ x=2`, 5, "the comment is never closed");
  refuses(`${x86}(* (* *)\nexists (x=1)`, 5, "the comment is never closed");
  refuses("C t\n{}\nP0 (int* x) { *x = 1; }\nexists (x=1) /* or 2 */ /*/", 4, "the comment is never closed");
});

Deno.test("parseLitmus leaves out final states that do not meet the filter", () => {
  const ask = (end: string) => table(" P0 | P1 ;\n MOV [x],$1 | MOV EAX,[x] ;\n | MOV EBX,[x] ;", end);
  const filtered = ask("locations [x;]\nfilter (1:EBX=1)\nforall (1:EAX=0 \\/ 1:EAX=1)");
  assertEquals(filtered.observed.map(({ name }) => name), ["x", "1:EAX"]);
  assertEquals(checkLitmus(filtered, tso).states, [[1, 0], [1, 1]]);
  assertEquals(checkLitmus(ask("filter (1:EAX=1) exists (1:EBX=0)"), tso).observation, "Never");
});

Deno.test("parseLitmus shows what locations lists besides the condition", () => {
  const test = table(" P0 ;\n MOV [x],$1 ;", "locations [x; y;]\nexists (x=1)", "y;");
  assertEquals(checkLitmus(test, sc).states, [[1, 0]]);
});

Deno.test("parseLitmus reads addresses that registers hold from the start", () => {
  const test = table(
    " P0 ;\n movl $1,(%rsi) ;\n movl (%rsi),%eax ;",
    "exists (x=1 /\\ 0:rax=1)",
    "0:rsi=x;",
    "X86_64",
  );
  assertEquals(checkLitmus(test, tso).observation, "Always");
});

Deno.test("parseLitmus takes unlocked arithmetic on memory apart and keeps locked arithmetic whole", () => {
  const lost = (instruction: string) =>
    checkLitmus(table(` P0 | P1 ;\n ${instruction} | ${instruction} ;`, "exists (x=1)", "", "X86_64"), sc)
      .observation;
  assertEquals([lost("addl $1,(x)"), lost("lock addl $1,(x)"), lost("lock incl (x)")], [
    "Sometimes",
    "Never",
    "Never",
  ]);
});

Deno.test("parseLitmus skips remarks behind the rows of an x86 test", () => {
  const test = parseLitmus(
    "t.litmus",
    "X86 t#1\n{}\n P0 | P1 ;\n MOV [x],$1 | MOV EAX,[x] ; # (a) Wx1 | (b) Rx0\nexists (1:EAX=0)",
  );
  assertEquals([test.name, checkLitmus(test, tso).observation], ["t#1", "Sometimes"]);
});

Deno.test("parseLitmus refuses an unknown instruction with its line and what is accepted", () => {
  refuses(
    "X86 t\n{}\n P0 ;\n MOV [x],$1 ;\n FROB [x] ;\nexists (x=1)",
    5,
    "FROB [x]",
    "MOV, MOVZX",
    "JMP, JE",
  );
});

Deno.test("parseLitmus refuses an undeclared register and lists the declared ones", () => {
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nexists (0:EBX=1)", 5, "0:EBX", "0:rax");
  refuses(
    "C t\n{}\nP0 (atomic_int* x) {\n  atomic_store(x, r1);\n}\nexists (x=1)",
    4,
    "r1 is not declared",
    "parameters x",
  );
});

Deno.test("parseLitmus refuses a location that nothing but the condition knows", () => {
  refuses("X86 t\n{}\n P0 ;\n MOV [x],$1 ;\nexists (xx=1)", 5, "the location xx", "accepted are: x");
  refuses("C t\n{}\nP0 (int* x) {\n int r = *x; }\nexists (r=1)", 5, "the location r", "0:r");
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nexists (EAX=1)", 5, "the location EAX", "0:EAX");
});

Deno.test("parseLitmus refuses a test without a name, and a type without a location", () => {
  refuses("X86\n{}\n P0 ;\n MOV [x],$1 ;\nexists (x=1)", 1, "the test has no name");
  refuses(
    "X86 t\n{\n int x; int ; }\n P0 ;\n MOV [x],$1 ;\nexists (x=1)",
    3,
    "no location follows the type int",
  );
});

Deno.test("parseLitmus refuses what is nested or chained too deep for any stack, and takes what is merely long", () => {
  const x86 = (condition: string) => `X86 t\n{}\n P0 ;\n MOV [x],$1 ;\nexists ${condition}`;
  const deep = 20_000;
  for (const open of ["(", "~", "x=1 => "]) {
    refuses(x86(`${open.repeat(deep)}(x=1)`), 5, "more than 200 levels");
  }
  refuses(x86(`${"x=1 /\\ ".repeat(deep)} x=1`), 5, "more than 2000 operators");
  const body = (text: string) => `C t\n{}\nP0 (int* x) {\n ${text}\n}\nexists (x=1)`;
  for (const open of ["int r = (", "int r = !", "{", "if (1) "]) {
    const [first = "", ...rest] = [open, ...Array(deep).fill(open.replace("int r = ", ""))];
    refuses(body(`${first}${rest.join("")}1;`), 4, "more than 200 levels");
  }
  refuses(body(`int r = 1${"+1".repeat(deep)};`), 4, "more than 2000 operators");
  // Chains inside each other, none of them too long by itself.
  const chains = (text: string, link: string) => `(${text})${link.repeat(500)}`;
  const conditions = Array(20).fill("/\\x=1").reduce(chains, "x=1");
  refuses(x86(conditions), 5, "more than 2000 operators");
  refuses(body(`int r = ${Array(20).fill("+1").reduce(chains, "1")};`), 4, "more than 2000 operators");
  refuses(
    `X86 t\n{}\n P0 ;\n${" MOV [x],$1 ;\n".repeat(1001)}exists (x=1)`,
    1004,
    "more than 1000 instructions",
  );
  const long = parseLitmus("t.litmus", x86(`${"x=2 \\/ ".repeat(1500)} x=1`));
  assertEquals(checkLitmus(long, sc).holds, true);
  const wide = parseLitmus("t.litmus", x86(`${"(x=2 /\\ x=3 /\\ x=4) \\/ ".repeat(1500)} x=1`));
  assertEquals(checkLitmus(wide, sc).holds, true);
});

Deno.test("parseLitmus refuses a test without a condition", () => {
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\n", 5, "the condition is missing", "exists, ~exists or forall");
});

Deno.test("parseLitmus observes everything of a test that asks nothing, where that is accepted", () => {
  const source =
    "C t\n{}\nP0 (int* d, atomic_int* x) { *d = 1; int r = atomic_load(x); }\nP1 (int* d) { *d = 2; }\n";
  const test = parseLitmus("t.litmus", source, { conditionOptional: true });
  assertEquals(test.quantifier, "none");
  assertEquals(test.observed.map(({ name }) => name), ["d", "x", "0:r"]);
  assert(checkLitmus(test, rc11).race !== undefined);
});

Deno.test("parseLitmus reads final, and what is asked where no model is named", () => {
  const ask = (end: string) => table(" P0 ;\n mov [x], 1 ;\n mov EAX, [x] ;", end).quantifier;
  assertEquals(
    ask("final (P0:EAX = 1);\nwith\ntso: ~exists;\ncc: exists;\ndefault: ~exists;\n\n<<\nshow 0\n>>"),
    "~exists",
  );
  assertEquals(ask("final (P0:EAX = 1)"), "exists");
  refuses("X86 t\n{}\n P0 ;\n MOV [x],$1 ;\nfinal (x=1) with tso: perhaps;", 5, "perhaps", "~exists");
});

Deno.test("parseLitmus takes the first word of the first line for the name, and types of any width", () => {
  const test = parseLitmus(
    "t.litmus",
    'C amd10 (amdTen) "of any width"\n{ __int128_t x = 1; }\nP0 (__int128_t* x) { __int128_t r = *x; }\nforall (0:r=1)\n',
  );
  assertEquals(test.name, "amd10");
  assertEquals(checkLitmus(test, sc).observation, "Always");
});

Deno.test("parseLitmus refuses what it would have to guess", () => {
  const body = (text: string) => `C t\n{}\nP0 (atomic_int* x) {\n ${text}\n}\nexists (x=1)`;
  refuses(body("while (1) {}"), 4, "while is not supported");
  refuses(body("int a[2];"), 4, "array");
  refuses(body("return 1;"), 4, "returns no value");
  refuses(body("int r = 1 ? 2;"), 4, '":" is expected');
  refuses(
    body("atomic_load_explicit(x, memory_order_strong);"),
    4,
    "memory_order_strong",
    "memory_order_acq_rel",
  );
  refuses("ARM t\n{}\n P0 ;\nexists (x=1)", 1, "X86, X86_64 and C");
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nfilter (x=1)\nfilter (x=1)\nexists (x=1)", 6, "filter");
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nexists (x=1) x", 5, "after the condition");
  refuses("X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nexists (x=0); /\\ x=1", 5, "after the condition");
  for (const end of [" filter (x=1)", "\nfilter (x=1)", ";\nfilter (x=1)"]) {
    const source = `X86 t\n{}\n P0 ;\n MOV EAX,[x] ;\nforall (x=0)${end}`;
    refuses(source, end.includes("\n") ? 6 : 5, "a filter behind the condition");
  }
});

Deno.test("checkLitmus does not answer what a search that was cut short does not decide", () => {
  const ask = (question: string, maxStates: number) =>
    checkLitmus(table(" P0 | P1 ;\n MOV [x],$1 | MOV [x],$2 ;", question), sc, { maxStates }).holds;
  // Five states: none or one of the stores, or both in either order.
  assertEquals([ask("exists (x=3)", 4), ask("exists (x=3)", 5)], [undefined, false]);
  assertEquals([ask("~exists (x=3)", 4), ask("~exists (x=3)", 5)], [undefined, true]);
  assertEquals([ask("forall (x=1 \\/ x=2)", 4), ask("forall (x=1 \\/ x=2)", 5)], [undefined, true]);
  assertEquals([ask("exists (x=1 \\/ x=2)", 4), ask("forall (x=3)", 4)], [true, false]);
  // Met by one of two final states.
  assertEquals([ask("exists (x=1)", 5), ask("~exists (x=1)", 5), ask("forall (x=1)", 5)], [
    true,
    false,
    false,
  ]);
});

Deno.test("showRace names both accesses and why nothing orders them", () => {
  const test = c(
    "P0 (int* x, atomic_int* y) { *x = 1; atomic_store_explicit(y,1,memory_order_relaxed); }\n" +
      "P1 (int* x, atomic_int* y) { int a = atomic_load_explicit(y,memory_order_acquire); if (a) { int b = *x; } }",
    "exists (1:a=1)",
  );
  const { race } = checkLitmus(test, rc11);
  assertEquals(
    showRace(race!, test.program.locations),
    "data race: the plain write of x by P0 (its first access) and the plain read of x by P1 (its second access); " +
      "nothing that P0 did happens before it, and P0 had not seen P1 make it",
  );
});
