/**
 * Files that a person names in the REPL.
 *
 * @module
 */
import { type CaseFile, parseCaseFile } from "../drive/case_file.ts";
import { oneLine } from "../report/phrase.ts";
import type { ReplIo } from "./io.ts";
import { Refusal } from "./refusal.ts";

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.AlreadyExists) return "there is such a file already";
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** The case in a file. @throws {Refusal} when it can not be read; {@link CaseFileError} when it is none. */
export function loadCase(io: ReplIo, path: string): CaseFile {
  if (path === "") throw new Refusal("load what? The name of a case file");
  let text: string;
  try {
    text = io.readFile(path);
  } catch (error) {
    throw new Refusal(`Cannot load ${oneLine(path, 60)}: ${reason(error)}`);
  }
  return parseCaseFile(text);
}

/** Writes a file that is not there yet. @throws {Refusal} when it can not be written. */
export function storeText(io: ReplIo, path: string, text: string): void {
  if (path === "") throw new Refusal("Cannot store: the name of a file is missing");
  try {
    io.writeFile(path, text);
  } catch (error) {
    throw new Refusal(`Cannot write ${oneLine(path, 60)}: ${reason(error)}`);
  }
}
