/**
 * The entry of `deno task litmus`.
 *
 * @module
 */
import { complain, print } from "./cli/output.ts";
import { litmusCommand, litmusHelp, litmusOptions } from "./props/litmus/litmus_command.ts";

async function run(): Promise<number> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    print(litmusHelp);
    return 0;
  }
  try {
    return await litmusCommand(litmusOptions(Deno.args), print);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    complain(error.message);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await run());
