import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { judgeByAxioms } from "../../model/memory/judge_by_axioms.ts";
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
