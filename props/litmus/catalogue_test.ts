import { assertEquals } from "@std/assert";
import { checkLitmus } from "../../model/memory/check_litmus.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import { rc11, rc11Cpp20 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { tso } from "../../model/memory/tso.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { readCatalogue } from "./catalogue.ts";

const catalogue = readCatalogue();

function verdicts<Memory>(model: MemoryModel<Memory>): Record<string, string> {
  return Object.fromEntries(catalogue.map(({ file, test }) => {
    const { observation, race } = checkLitmus(test, model);
    return [file, (observation === "Never" ? "F" : "A") + (race === undefined ? "" : "!race")];
  }));
}

const expected = (column: keyof CatalogueEntry["expected"]) =>
  Object.fromEntries(catalogue.map((entry) => [entry.file, entry.expected[column]]));

Deno.test("readCatalogue names a source for each of 63 tests", () => {
  assertEquals(catalogue.length, 63);
  assertEquals(catalogue.filter(({ source }) => source === "").map(({ file }) => file), []);
  assertEquals(new Set(catalogue.map(({ file }) => file)).size, 63);
});

Deno.test("sc gives every verdict of the catalogue", () => {
  assertEquals(verdicts(sc), expected("sc"));
});

Deno.test("tso gives every verdict of the catalogue", () => {
  assertEquals(verdicts(tso), expected("tso"));
});

Deno.test("rc11 gives every verdict and race of the catalogue", () => {
  assertEquals(verdicts(rc11), expected("c11"));
});

Deno.test("rc11Cpp20 gives every verdict and race of the catalogue", () => {
  assertEquals(verdicts(rc11Cpp20), expected("cpp20"));
});
