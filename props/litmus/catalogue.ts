/**
 * The classical litmus tests as files, with the verdict that each memory model must give and where it is known from.
 *
 * @module
 */
import type { LitmusTest } from "../../model/memory/litmus.ts";
import { parseLitmus } from "../../model/memory/litmus.ts";

/** One test of the catalogue. A verdict is A for allowed or F for forbidden, with `!race` for an undefined program. */
export interface CatalogueEntry {
  readonly file: string;
  readonly expected: {
    readonly sc: string;
    readonly tso: string;
    readonly c11: string;
    readonly cpp20: string;
  };
  readonly source: string;
  readonly test: LitmusTest;
}

const folder = new URL("./catalogue/", import.meta.url);

/** Reads the whole catalogue. Needs permission to read this folder. */
export function readCatalogue(): CatalogueEntry[] {
  const [, ...rows] = Deno.readTextFileSync(new URL("./expected.tsv", import.meta.url)).trim().split("\n");
  return rows.map((row) => {
    const [file = "", sc = "", tso = "", c11 = "", cpp20 = "", source = ""] = row.split("\t");
    const test = parseLitmus(file, Deno.readTextFileSync(new URL(encodeURIComponent(file), folder)));
    return { file, expected: { sc, tso, c11, cpp20 }, source, test };
  });
}
