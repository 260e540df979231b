import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkLitmus } from "../../model/memory/check_litmus.ts";
import { judgeByAxioms } from "../../model/memory/judge_by_axioms.ts";
import { parseLitmus } from "../../model/memory/litmus.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import type { Program } from "../../model/memory/program.ts";
import { readCatalogue } from "./catalogue.ts";
import { ordersOf, randomProgram } from "./random_program.ts";
import { rc11, rc11Cpp20 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { searchProgram } from "../../model/memory/search.ts";
import { tso } from "../../model/memory/tso.ts";

function finalsOf<Memory>(program: Program, model: MemoryModel<Memory>): Set<string> {
  const { finals } = searchProgram(program, model);
  return new Set(finals.map(({ registers, memory }) => JSON.stringify([registers, memory])));
}

const small = fc.oneof(
  randomProgram({ threads: 2, accesses: 3, plain: false }),
  randomProgram({ threads: 3, accesses: 2, plain: false }),
  randomProgram({ threads: 2, accesses: 3, plain: false, depends: true }),
);
const smallWithPlain = randomProgram({ threads: 2, accesses: 3, plain: true, depends: true });
const seeded = { seed: 20250905, numRuns: 150 };

Deno.test("the machines have the final states and races of the axioms in the whole catalogue", () => {
  for (const { file, test } of readCatalogue()) {
    const { program } = test;
    assertEquals([file, finalsOf(program, sc)], [file, judgeByAxioms(program, "sc").finals]);
    assertEquals([file, finalsOf(program, tso)], [file, judgeByAxioms(program, "tso").finals]);
    for (const [model, name] of [[rc11, "c11"], [rc11Cpp20, "c++20"]] as const) {
      const judged = judgeByAxioms(program, name);
      assertEquals([file, finalsOf(program, model)], [file, judged.finals]);
      assertEquals([file, searchProgram(program, model).race !== undefined], [file, judged.race]);
    }
  }
});

/** Threads and accesses that random programs are too small for, or come to too rarely, and the verdict. */
const shapes: readonly { readonly verdict: string; readonly why: string; readonly source: string }[] = [
  {
    verdict: "Never",
    why: "of two writes that happen before a read, the newer one is seen, whichever thread made it",
    source: `C two-writers
{}
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x,1,memory_order_relaxed);
  atomic_store_explicit(y,1,memory_order_release);
}
P1 (atomic_int* x, atomic_int* z) {
  atomic_store_explicit(x,2,memory_order_relaxed);
  atomic_store_explicit(z,1,memory_order_release);
}
P2 (atomic_int* x, atomic_int* y, atomic_int* z) {
  int a = atomic_load_explicit(y,memory_order_acquire);
  int b = atomic_load_explicit(z,memory_order_acquire);
  int c = atomic_load_explicit(x,memory_order_relaxed);
}
exists (2:a=1 /\\ 2:b=1 /\\ 2:c=2 /\\ x=1)
`,
  },
  {
    verdict: "Sometimes",
    why: "an acquire fence acquires what a relaxed read-modify-write before it has read: no race",
    source: `C update-then-fence
{}
P0 (int* d, atomic_int* y) {
  *d = 1;
  atomic_store_explicit(y,1,memory_order_release);
}
P1 (int* d, atomic_int* y) {
  int a = atomic_fetch_add_explicit(y,1,memory_order_relaxed);
  atomic_thread_fence(memory_order_acquire);
  if (a == 1) { int b = *d; }
}
exists (1:a=1)
`,
  },
  {
    verdict: "Sometimes",
    why: "happens-before that begins with two writes of one location does not put seq_cst accesses in order",
    source: `C order-begins-at-one-location
{}
P0 (atomic_int* x) {
  atomic_store_explicit(x,1,memory_order_seq_cst);
  atomic_store_explicit(x,2,memory_order_release);
}
P1 (atomic_int* x, atomic_int* y) {
  int a = atomic_load_explicit(x,memory_order_acquire);
  int b = atomic_load_explicit(y,memory_order_seq_cst);
}
P2 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(y,1,memory_order_seq_cst);
  int c = atomic_load_explicit(x,memory_order_seq_cst);
}
exists (1:a=2 /\\ 1:b=0 /\\ 2:c=0)
`,
  },
  {
    verdict: "Sometimes",
    why: "happens-before that ends with two reads of one location does not put seq_cst accesses in order",
    source: `C order-ends-at-one-location
{}
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x,1,memory_order_seq_cst);
  atomic_store_explicit(y,1,memory_order_release);
}
P1 (atomic_int* y) {
  int a = atomic_load_explicit(y,memory_order_acquire);
  int b = atomic_load_explicit(y,memory_order_seq_cst);
}
P2 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(y,2,memory_order_seq_cst);
  int c = atomic_load_explicit(x,memory_order_seq_cst);
}
exists (1:a=1 /\\ 1:b=1 /\\ 2:c=0 /\\ y=2)
`,
  },
];

Deno.test("rc11 has the final states and the race flag of its axioms where random programs hardly come", () => {
  for (const { verdict, why, source } of shapes) {
    const test = parseLitmus("shape.litmus", source);
    const { observation, race } = checkLitmus(test, rc11);
    assertEquals([why, observation, race], [why, verdict, undefined]);
    const judged = judgeByAxioms(test.program, "c11");
    assertEquals([why, finalsOf(test.program, rc11), false], [why, judged.finals, judged.race]);
  }
});

Deno.test("sc has the final states of its axioms", () => {
  fc.assert(
    fc.property(small, (program) => {
      assertEquals(finalsOf(program, sc), judgeByAxioms(program, "sc").finals);
    }),
    { ...seeded, numRuns: 300 },
  );
});

Deno.test("tso has the final states of x86tso.cat", () => {
  fc.assert(
    fc.property(small, (program) => {
      assertEquals(finalsOf(program, tso), judgeByAxioms(program, "tso").finals);
    }),
    { ...seeded, numRuns: 500 },
  );
});

Deno.test("rc11 has the final states and the race flag of its axioms", () => {
  fc.assert(
    fc.property(fc.oneof(small, smallWithPlain), (program) => {
      const judged = judgeByAxioms(program, "c11");
      assertEquals(finalsOf(program, rc11), judged.finals);
      assertEquals(searchProgram(program, rc11).race !== undefined, judged.race);
    }),
    seeded,
  );
});

Deno.test("rc11Cpp20 has the final states and the race flag of its axioms", () => {
  fc.assert(
    fc.property(fc.oneof(small, smallWithPlain), (program) => {
      const judged = judgeByAxioms(program, "c++20");
      assertEquals(finalsOf(program, rc11Cpp20), judged.finals);
      assertEquals(searchProgram(program, rc11Cpp20).race !== undefined, judged.race);
    }),
    { ...seeded, numRuns: 100 },
  );
});

Deno.test("outcomes of sc are outcomes of tso, and those are outcomes of rc11, where all accesses are atomic", () => {
  fc.assert(
    fc.property(randomProgram({ threads: 3, accesses: 3, plain: false }), (program) => {
      const [strong, middle, weak] = [finalsOf(program, sc), finalsOf(program, tso), finalsOf(program, rc11)];
      assertEquals([...strong.difference(middle)], []);
      assertEquals([...middle.difference(weak)], []);
    }),
    { seed: 7, numRuns: 100 },
  );
});

Deno.test("strengthening one order adds no outcome and no race", () => {
  const strongest = fc.tuple(randomProgram({ threads: 3, accesses: 2, plain: true }), fc.nat(5));
  fc.assert(
    fc.property(strongest, ([program, index]) => {
      const flat = program.threads.flatMap(({ instructions }) => instructions);
      const changed = flat[index % flat.length]!;
      const stronger = {
        ...program,
        threads: program.threads.map((thread) => ({
          ...thread,
          instructions: thread.instructions.map((instruction) =>
            instruction === changed && "order" in instruction
              ? { ...instruction, order: ordersOf(instruction).at(-1)! }
              : instruction
          ),
        })),
      };
      assertEquals([...finalsOf(stronger, rc11).difference(finalsOf(program, rc11))], []);
      const raced = searchProgram(program, rc11).race !== undefined;
      assertEquals(searchProgram(stronger, rc11).race !== undefined && !raced, false);
    }),
    { seed: 11, numRuns: 100 },
  );
});
