import { assertEquals } from "@std/assert";
import { explore } from "../../lockstep/explore/mod.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import { programMachine } from "../../model/memory/program_machine.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { searchProgram } from "../../model/memory/search.ts";
import { tso } from "../../model/memory/tso.ts";
import { readCatalogue } from "./catalogue.ts";

function agrees<Memory>(model: MemoryModel<Memory>): void {
  for (const { file, test } of readCatalogue()) {
    const result = explore(programMachine(file, test.program, model));
    const found = searchProgram(test.program, model);
    const own = found.finals.map(({ registers, memory }) => JSON.stringify({ registers, memory })).sort();
    const explored = result.outcomes.map((outcome) => JSON.stringify(outcome)).sort();
    assertEquals([file, explored], [file, own]);
    assertEquals([file, result.states, result.violations, result.exhausted], [file, found.states, [], true]);
  }
}

Deno.test("programMachine under sc is explored to the outcomes and states of searchProgram", () =>
  agrees(sc));

Deno.test("programMachine under tso is explored to the outcomes and states of searchProgram", () =>
  agrees(tso));

Deno.test("programMachine under rc11 is explored to the outcomes of searchProgram", () => {
  const small = readCatalogue().filter(({ test }) => test.program.threads.length === 2).slice(0, 12);
  for (const { file, test } of small) {
    const result = explore(programMachine(file, test.program, rc11));
    const own = searchProgram(test.program, rc11).finals.map((final) => JSON.stringify(final)).sort();
    assertEquals([file, result.outcomes.map((outcome) => JSON.stringify(outcome)).sort()], [file, own]);
  }
});
