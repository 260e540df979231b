import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkLitmus } from "./check_litmus.ts";
import { LitmusError, parseLitmus } from "./litmus.ts";
import { rc11 } from "./rc11.ts";

const c = (bodies: string, condition: string, init = "") =>
  parseLitmus("t.litmus", `C t\n{${init}}\n${bodies}\n${condition}\n`);

function refuses(source: string, line: number, says: string): void {
  const error = assertThrows(() => parseLitmus("bad.litmus", source), LitmusError, `bad.litmus:${line}: `);
  assertStringIncludes(error.message, says);
}

Deno.test("parseC reads C expressions, else branches and casts", () => {
  const test = c(
    "P0 (atomic_int *x, int *y) {\n int a = 2 + 3 * (int) atomic_load(x);\n if (a == 2 && !(*y)) { *y = ~a; } else *y = 7;\n}",
    "forall (0:a=2 /\\ y=-3)",
  );
  assertEquals(checkLitmus(test, rc11).observation, "Always");
});

Deno.test("parseC reads steps by one before and behind, of variables and of memory", () => {
  const test = c(
    "P0 (_Atomic(int)* x, int *y) {\n int r = 1; r++; ++r; (*y)++; --*y; *(y) += r; (*y) -= 1;\n" +
      " (void) atomic_exchange_explicit(x, r, std::memory_order_relaxed);\n}",
    "forall (0:r=3 /\\ x=3 /\\ y=2)",
  );
  assertEquals(checkLitmus(test, rc11).observation, "Always");
});

Deno.test("parseC refuses to step a pointer, which is what C makes of a step behind a star", () => {
  for (const [step, accepted] of [["*x++", "(*x)++"], ["*(x)--", "(*x)--"]]) {
    refuses(
      `C t\n{}\nP0 (int* x) {\n ${step}; }\nforall (x=0)`,
      4,
      `steps the pointer, accepted is ${accepted}`,
    );
  }
});

Deno.test("parseC refuses casts that cut values off", () => {
  for (const type of ["uint8_t", "int8_t", "uint16_t", "int16_t"]) {
    refuses(`C t\n{}\nP0 (int* x) {\n int r = (${type}) 70000; }\nforall (0:r=0)`, 4, `the cast to ${type}`);
  }
  assertEquals(
    checkLitmus(c("P0 (int* x) { int r = (uint32_t)(int64_t) 70000; }", "forall (0:r=70000)"), rc11).holds,
    true,
  );
});

Deno.test("parseC refuses a variable that hides another one or a parameter, and takes one that comes after it", () => {
  const thread = (text: string) => `C t\n{}\nP0 (int* x) {\n ${text} }\nforall (x=0)`;
  for (
    const text of ["int r = 1; { int r = 2; } *x = r;", "int r = 1; if (r) { int r = 2; }", "int r; int r;"]
  ) {
    refuses(thread(text), 4, "r is declared already");
  }
  refuses(thread("int x = 1;"), 4, "x is declared already");
  const branches = c(
    "P0 (int* x) { if (*x) { int r = 1; } else { int r = 2; } int r = 3; }",
    "forall (0:r=3)",
  );
  assertEquals(checkLitmus(branches, rc11).holds, true);
});

Deno.test("parseC refuses words that it does not know but every object of JavaScript does", () => {
  const thread = (text: string) => `C t\n{}\nP0 (int* x) {\n int r; ${text}; }\nforall (x=0)`;
  refuses(thread("r = atomic_load_explicit(x, constructor)"), 4, "memory order constructor");
  refuses(thread("r = toString(x, 1)"), 4, "unknown function toString");
  refuses(thread("valueOf r"), 4, "valueOf is not declared");
  refuses(thread("r constructor 1"), 4, '"constructor" where ";" is expected');
  const named = c("P0 (int* constructor) { *constructor = 1; }", "forall (constructor=1)", "constructor;");
  assertEquals(checkLitmus(named, rc11).holds, true);
});

Deno.test("parseC gives compare-and-exchange the effect on its expected value", () => {
  const test = c(
    `P0 (atomic_int* x, int* e) {
      int r = atomic_compare_exchange_strong_explicit(x, e, 5, memory_order_acq_rel, memory_order_relaxed);
      int l = 4;
      int s = atomic_compare_exchange_weak(x, &l, 6);
    }`,
    "exists (0:r=0 /\\ e=1 /\\ x=1 /\\ 0:l=1 /\\ 0:s=0)",
    "x=1; e=3;",
  );
  assertEquals(checkLitmus(test, rc11).observation, "Always");
});

Deno.test("parseC does not make accesses that a short circuit skips", () => {
  const test = c(
    "P0 (int* d, atomic_int* x) { int a = 0; int r = a && *d; }\nP1 (int* d) { *d = 1; }",
    "exists (0:r=0)",
  );
  assertEquals(checkLitmus(test, rc11).race, undefined);
});

Deno.test("parseC reads choices, of which one side makes its accesses, and threads that return early", () => {
  const test = c(
    `P0 (atomic_int* x, int* d) {
      int r = atomic_load(x) ? true : false ? 5 : *d;
      start: ;
      atomic_signal_fence(memory_order_seq_cst);
      if (r == 7) return;
      *d = 8;
    }`,
    "exists (0:r=7 /\\ d=7)",
    "d=7; x=0;",
  );
  assertEquals(checkLitmus(test, rc11).states, [[7, 7]]);
  const other = c(
    "P0 (atomic_int* x, int* d) { int r = atomic_load(x) ? 1 : *d; }\nP1 (int* d) { *d = 1; }",
    "exists (0:r=1)",
    "x=1;",
  );
  assertEquals(checkLitmus(other, rc11).race, undefined);
});

Deno.test("parseC takes a label and the statement behind it for one statement", () => {
  const test = c(
    "P0 (int* x, int* y) { if (0) skipped: *x = 1; if (1) first: second: *y = 2; else third: *y = 3; last: }",
    "forall (x=0 /\\ y=2)",
  );
  assertEquals(checkLitmus(test, rc11).observation, "Always");
});

Deno.test("parseC takes consume for relaxed, which RC11 knows in its stead", () => {
  const passing = (order: string) =>
    checkLitmus(
      c(
        "P0 (atomic_int* x, atomic_int* y) { atomic_store_explicit(x, 1, memory_order_relaxed); atomic_store_explicit(y, 1, memory_order_release); }\n" +
          `P1 (atomic_int* x, atomic_int* y) { int a = atomic_load_explicit(y, ${order}); int b = atomic_load_explicit(x, memory_order_relaxed); }`,
        "exists (1:a=1 /\\ 1:b=0)",
      ),
      rc11,
    ).observation;
  assertEquals([passing("memory_order_consume"), passing("memory_order_acquire")], ["Sometimes", "Never"]);
});

Deno.test("parseC refuses parameters that are no pointers, or named twice", () => {
  const thread = (parameters: string) => `C t\n{}\nP0 (${parameters}) { }\nforall (true)`;
  for (const wrong of ["int x", "int* 1", "int** x", "int* x,, int* y", "int*"]) {
    refuses(thread(wrong), 3, "accepted is a pointer");
  }
  refuses(
    "C t\n{ y=1;\n 0:x=1; }\nP0 (int* x) { }\nforall (true)",
    3,
    "0:x is a parameter and starts with 1",
  );
  refuses(thread("int* x int* y"), 3, '")" is expected');
  refuses(thread("int* x, atomic_int* x"), 3, "two parameters x");
  assertEquals(
    c("P0 (void) { }\nP1 (_Atomic(int)* x, const volatile int *restrict y) { }", "forall (x=0)").program
      .locations,
    [
      "x",
      "y",
    ],
  );
});
