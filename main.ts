/**
 * The command line.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { addBugs } from "./cli/bugs.ts";
import { addCheck } from "./cli/check.ts";
import { addDoctor } from "./cli/doctor.ts";
import { exitCode, exitCodeFor } from "./cli/exit_code.ts";
import { addExplore } from "./cli/explore.ts";
import { addList } from "./cli/list.ts";
import { chooseColors, complain } from "./cli/output.ts";
import { addRepl } from "./cli/repl.ts";
import { addReplay } from "./cli/replay.ts";
import { addReport } from "./cli/report.ts";
import { protocols } from "./props/protocols.ts";

/** Runs the command line `words` and returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  chooseColors();
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
  for (const add of [addCheck, addExplore, addReplay, addRepl, addReport, addBugs, addList, addDoctor]) {
    add(program, protocols, end);
  }
  for (const verb of program.commands) verb.exitOverride().copyInheritedSettings(program);
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const known = exitCodeFor(error);
    if (known === undefined || !(error instanceof Error)) {
      complain(
        `This is a mistake of lockstep itself: ${error instanceof Error ? error.stack : String(error)}`,
      );
      return exitCode.internal;
    }
    complain(error.message);
    return known;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
