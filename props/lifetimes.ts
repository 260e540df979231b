/**
 * `deno task lifetimes`: asks the running kernel until when each pointer of each operation must stay valid, writes
 * `docs/lifetimes.md` and `docs/lifetimes.json`, and prints the one that is asked for.
 *
 * Exit code 1 when the kernel and the model disagree, 3 without io_uring.
 *
 * @module
 */
import { EnvironmentError } from "../ffi/library.ts";
import { lifetimePage, lifetimeTable } from "./lifetimes/table.ts";

if (import.meta.main) {
  try {
    const table = lifetimeTable();
    const [page, json] = [lifetimePage(table), JSON.stringify(table, null, 2) + "\n"];
    const docs = new URL("../docs/", import.meta.url);
    await Deno.writeTextFile(new URL("lifetimes.md", docs), page);
    await Deno.writeTextFile(new URL("lifetimes.json", docs), json);
    await Deno.stdout.write(new TextEncoder().encode(Deno.args.includes("--json") ? json : page));
    Deno.exitCode = table.rows.every((row) => row.agrees) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    await Deno.stderr.write(new TextEncoder().encode(`${error.message}\n`));
    Deno.exitCode = 3;
  }
}
