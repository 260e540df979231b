/**
 * Files that the user names on the command line.
 *
 * @module
 */
import { UsageError } from "./exit_code.ts";

/** @throws {UsageError} with the sentence `what path: reason`; what the process may not do is another matter. */
function refuse(what: string, path: string, error: unknown): never {
  if (error instanceof Deno.errors.NotCapable) throw error;
  const reason = error instanceof Deno.errors.AlreadyExists
    ? "there is such a file already"
    : error instanceof Error
    ? error.message
    : String(error);
  throw new UsageError(`${what} ${path}: ${reason}`);
}

/** The text of a file that the user named. @throws {UsageError} */
export function readUserFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(
        `Cannot read ${path}: there is no such file, seen from the folder of deno.json, where tasks run`,
      );
    }
    refuse("Cannot read", path, error);
  }
}

/** Writes a file that the user named. @throws {UsageError} when that can not be done. */
export function writeUserFile(path: string, text: string, options: Deno.WriteFileOptions = {}): void {
  try {
    Deno.writeTextFileSync(path, text, options);
  } catch (error) {
    refuse("Cannot write", path, error);
  }
}
