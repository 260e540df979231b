/**
 * `report`: a stored case, or a report as JSON, in any of its faces.
 *
 * @module
 */
import type { Command } from "commander";
import { commandLines, explain, sidesOf, surroundings } from "../lockstep/check/sides.ts";
import { checkCase, parseCaseFile } from "../lockstep/drive/case_file.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import type { Counterexample } from "../lockstep/report/counterexample.ts";
import { type Face, faceOf, faces } from "../lockstep/report/faces.ts";
import { parseJsonReport, ReportError } from "../lockstep/report/json.ts";
import { programOf } from "../lockstep/report/program.ts";
import { terminalReport } from "../lockstep/report/terminal.ts";
import { chooseMistakeIn, chooseProtocol, chooseScope } from "./choose.ts";
import { exitCode, MissingError, UsageError } from "./exit_code.ts";
import { print, reportColumns } from "./output.ts";
import { testImports } from "./replay.ts";
import { readUserFile, writeUserFile } from "./user_files.ts";

interface Options {
  readonly format?: string;
  readonly output?: string;
}

/** Whether a file is meant as a report: by its first field, also where it is cut off, or by any order of its fields. */
function isReport(text: string): boolean {
  if (/^\s*\{\s*"version"/.test(text)) return true;
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null && "version" in data && "verdict" in data;
  } catch {
    return false;
  }
}

/** A report from a file: a report that was stored as JSON, or a case that is driven once more. */
async function reportOf(protocols: readonly Protocol[], path: string): Promise<Counterexample> {
  // A byte order mark, as some editors write it, is no part of the text.
  const text = readUserFile(path).replace(/^\ufeff/, "");
  if (isReport(text)) {
    try {
      return parseJsonReport(text);
    } catch (error) {
      if (error instanceof ReportError) throw new UsageError(error.message);
      throw error;
    }
  }
  const file = parseCaseFile(text);
  const protocol = chooseProtocol(protocols, file.protocol);
  const { name, scope } = chooseScope(protocol, file.scope);
  checkCase(scope.how ?? scope.what, file);
  const mistake = file.mistake === undefined ? undefined : chooseMistakeIn(protocol, file.mistake, name);
  const target = mistake === undefined ? scope.target : mistake.target?.();
  if (target === undefined) {
    throw new UsageError(`Cannot report: mistake ${file.mistake} has no implementation`);
  }
  const { missing } = target.probe();
  if (missing.length > 0) throw new MissingError(`Cannot run ${target.name}: ${missing.join("; ")}`);
  return await explain(sidesOf(scope, target), file, {
    ...surroundings(scope, mistake),
    ...commandLines(protocol.name, path),
  });
}

async function report(protocols: readonly Protocol[], path: string, options: Options): Promise<number> {
  const face = (options.format ?? faceOf(options.output ?? "")) as Face;
  if (!Object.hasOwn(faces, face)) {
    throw new UsageError(
      `Cannot use --format ${JSON.stringify(face)}: known are ${Object.keys(faces).join(", ")}`,
    );
  }
  const told = await reportOf(protocols, path);
  // A test must find this program's modules wherever it is stored.
  const text = face === "program" ? programOf(told.case, testImports) : faces[face](told);
  if (options.output !== undefined) writeUserFile(options.output, text);
  else print(face === "terminal" ? terminalReport(told, reportColumns()) : text.trimEnd());
  return exitCode.ok;
}

/** Adds the verb. */
export function addReport(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("report").argument("<file>", "a case, or a report as JSON")
    .description("explain a stored case: as text, Markdown, JSON, one HTML file, or a test")
    .option("--format <face>", `${Object.keys(faces).join(", ")}; by the name of the output otherwise`)
    .option("-o, --output <file>", "write it there")
    .action(async (path: string, options: Options) => end(await report(protocols, path, options)));
}
