/**
 * `deno task lifetimes`: asks the running kernel until when each pointer of each operation must stay valid, and prints
 * the table: as Markdown, or as JSON with `--json`. With `--write` it also renews `docs/lifetimes.md` and
 * `docs/lifetimes.json`.
 *
 * Exit code 1 when the kernel and the model disagree, 2 for an option that there is not, 3 without io_uring.
 *
 * @module
 */
import { lifetimeJson, lifetimePage, type LifetimeTable, lifetimeTable } from "../props/lifetimes/table.ts";
import { exitCode, exitCodeFor } from "./exit_code.ts";
import { complain, print, printPart } from "./output.ts";
import { writeUserFile } from "./user_files.ts";

const options: readonly string[] = ["--json", "--write"];

const help = `Usage: deno task lifetimes [--json] [--write]

Ask this kernel until when each pointer of each io_uring operation must stay valid, and print the table.

  --json   print one JSON document
  --write  renew docs/lifetimes.md and docs/lifetimes.json as well

Exit codes: 0 kernel and model agree, 1 they do not, 2 a wrong word, 3 without io_uring.`;

function write(table: LifetimeTable): void {
  const docs = `${import.meta.dirname}/../docs/`;
  writeUserFile(`${docs}lifetimes.md`, lifetimePage(table));
  writeUserFile(`${docs}lifetimes.json`, lifetimeJson(table));
}

/** Runs the command line `args`; answers with its exit code. */
function main(args: readonly string[]): number {
  if (args.includes("--help") || args.includes("-h")) {
    print(help);
    return exitCode.ok;
  }
  const unknown = args.find((arg) => !options.includes(arg));
  if (unknown !== undefined) {
    complain(`Cannot make the lifetime table: there is no option ${unknown}, only ${options.join(" and ")}`);
    return exitCode.usage;
  }
  try {
    const table = lifetimeTable();
    printPart(args.includes("--json") ? lifetimeJson(table) : lifetimePage(table));
    if (args.includes("--write")) write(table);
    return table.rows.every((row) => row.agrees) ? exitCode.ok : exitCode.diverged;
  } catch (error) {
    const known = exitCodeFor(error);
    if (known === undefined || !(error instanceof Error)) throw error;
    complain(error.message);
    return known;
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
