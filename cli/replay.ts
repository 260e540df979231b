/**
 * `replay`: a stored case, once more on the real implementation.
 *
 * @module
 */
import type { Command } from "commander";
import { counted } from "../lockstep/counted.ts";
import { type CaseFile, checkCase, parseCaseFile } from "../lockstep/drive/case_file.ts";
import { commandLines, explain, sidesOf, surroundings } from "../lockstep/check/sides.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { programOf, type ProgramOptions } from "../lockstep/report/program.ts";
import { terminalReport } from "../lockstep/report/terminal.ts";
import { chooseMistakeIn, chooseProtocol, chooseScope } from "./choose.ts";
import { exitCode, MissingError, UsageError } from "./exit_code.ts";
import { complain, print, printJson, reportColumns } from "./output.ts";
import { readUserFile, writeUserFile } from "./user_files.ts";

interface Options {
  readonly mistake?: string;
  readonly saveAsTest?: string;
  readonly json?: true;
}

/** Where a test imports this program's modules from, wherever it is stored. */
export const testImports: ProgramOptions = {
  engine: new URL("../lockstep/mod.ts", import.meta.url).href,
  protocols: new URL("../props/protocols.ts", import.meta.url).href,
};

/** Writes the case as a test into a new file. @throws {UsageError} */
function saveAsTest(file: CaseFile, path: string): void {
  writeUserFile(path, programOf(file, testImports), { createNew: true });
}

async function replayCase(protocols: readonly Protocol[], path: string, options: Options): Promise<number> {
  const parsed = parseCaseFile(readUserFile(path));
  const file: CaseFile = options.mistake === undefined ? parsed : { ...parsed, mistake: options.mistake };
  const protocol = chooseProtocol(protocols, file.protocol);
  const { name, scope } = chooseScope(protocol, file.scope);
  checkCase(scope.how ?? scope.what, file);
  const mistake = file.mistake === undefined ? undefined : chooseMistakeIn(protocol, file.mistake, name);
  const target = mistake === undefined ? scope.target : mistake.target?.();
  if (target === undefined) {
    throw new UsageError(`Cannot replay: mistake ${file.mistake} has no implementation`);
  }
  const { missing } = target.probe();
  if (missing.length > 0) throw new MissingError(`Cannot run ${target.name}: ${missing.join("; ")}`);
  const { replay, walk } = commandLines(protocol.name, path);
  const named = options.mistake === undefined ? "" : ` --mistake ${options.mistake}`;
  const report = await explain(sidesOf(scope, target), file, {
    ...surroundings(scope, mistake),
    replay: `${replay}${named}`,
    walk: `${walk}${named}`,
  });
  const leftOut = file.commands.length - report.steps.filter(({ epilogue }) => !epilogue).length;
  if (report.verdict.kind === "agreed" && leftOut > 0) {
    complain(
      `not possible when the turn came, and left out: ${leftOut} of ${
        counted(file.commands.length, "command")
      }`,
    );
  }
  if (options.saveAsTest !== undefined) saveAsTest(file, options.saveAsTest);
  if (options.json) printJson(report);
  else print(terminalReport(report, reportColumns()));
  return report.verdict.kind === "agreed" ? exitCode.ok : exitCode.diverged;
}

/** Adds the verb. */
export function addReplay(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("replay").argument("<case.json>", "a case file")
    .description("run a stored case once more against the real implementation")
    .option("--mistake <name>", "drive the implementation with this known mistake")
    .option("--save-as-test <file.ts>", "write the case as a literal Deno.test into a new file")
    .option("--json", "print one JSON document")
    .action(async (path: string, options: Options) => end(await replayCase(protocols, path, options)));
}
