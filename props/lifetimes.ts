/**
 * `deno task lifetimes`: asks the running kernel until when each pointer of each operation must stay valid, and prints
 * the table: as Markdown, or as JSON with `--json`. With `--write` it also renews `docs/lifetimes.md` and
 * `docs/lifetimes.json`.
 *
 * Exit code 1 when the kernel and the model disagree, 2 for an option that there is not, 3 without io_uring.
 *
 * @module
 */
import { EnvironmentError } from "../ffi/library.ts";
import { lifetimeJson, lifetimePage, type LifetimeTable, lifetimeTable } from "./lifetimes/table.ts";

const options: readonly string[] = ["--json", "--write"];

const help = `Usage: deno task lifetimes [--json] [--write]

Ask this kernel until when each pointer of each io_uring operation must stay valid, and print the table.

  --json   print one JSON document
  --write  renew docs/lifetimes.md and docs/lifetimes.json as well

Exit codes: 0 kernel and model agree, 1 they do not, 2 a wrong word, 3 without io_uring.
`;

async function print(text: string, stream: typeof Deno.stdout | typeof Deno.stderr): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await stream.write(bytes.subarray(written));
}

async function write(table: LifetimeTable): Promise<void> {
  const docs = new URL("../docs/", import.meta.url);
  await Deno.writeTextFile(new URL("lifetimes.md", docs), lifetimePage(table));
  await Deno.writeTextFile(new URL("lifetimes.json", docs), lifetimeJson(table));
}

/** Runs the command line `args`; answers with its exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await print(help, Deno.stdout);
    return 0;
  }
  const unknown = args.find((arg) => !options.includes(arg));
  if (unknown !== undefined) {
    await print(
      `Cannot make the lifetime table: there is no option ${unknown}, only ${options.join(" and ")}\n`,
      Deno.stderr,
    );
    return 2;
  }
  try {
    const table = lifetimeTable();
    await print(args.includes("--json") ? lifetimeJson(table) : lifetimePage(table), Deno.stdout);
    if (args.includes("--write")) await write(table);
    return table.rows.every((row) => row.agrees) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    await print(`${error.message}\n`, Deno.stderr);
    return 3;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
