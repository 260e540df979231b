/**
 * The command line.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { addCheck } from "./cli/check.ts";
import { exitCode, exitCodeFor } from "./cli/exit_code.ts";
import { addExplore } from "./cli/explore.ts";
import { addList } from "./cli/list.ts";
import { complain } from "./cli/output.ts";
import { addReplay } from "./cli/replay.ts";
import { protocols } from "./props/protocols.ts";

/** Runs the command line `words` and returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  let code: number = exitCode.ok;
  const end = (result: number): void => {
    code = result;
  };
  const program = new Command("lockstep")
    .description(
      "Executable protocol models, explored exhaustively and driven in lockstep with real implementations",
    )
    .exitOverride()
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .showHelpAfterError("(see --help)")
    .helpCommand(false);
  for (const add of [addCheck, addExplore, addReplay, addList]) add(program, protocols, end);
  for (const verb of program.commands) verb.exitOverride().copyInheritedSettings(program);
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const known = exitCodeFor(error);
    if (known === undefined || !(error instanceof Error)) throw error;
    complain(error.message);
    return known;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
