/**
 * The entry of `deno task litmus`.
 *
 * @module
 */
import { litmusCommand, litmusHelp, litmusOptions } from "./props/litmus/litmus_command.ts";

async function run(): Promise<number> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    // deno-lint-ignore no-console
    console.log(litmusHelp);
    return 0;
  }
  try {
    // deno-lint-ignore no-console
    return await litmusCommand(litmusOptions(Deno.args), (line) => console.log(line));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // deno-lint-ignore no-console
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await run());
