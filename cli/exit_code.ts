/**
 * Exit codes, and the errors that lead to them.
 *
 * @module
 */
import { CaseFileError } from "../lockstep/drive/case_file.ts";

/** What a process ends with. `internal` is a mistake of this program itself: never to be taken for a divergence. */
export const exitCode = {
  ok: 0,
  diverged: 1,
  usage: 2,
  environment: 3,
  internal: 70,
  interrupted: 130,
} as const;

/** The caller asked for something that does not exist. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something is missing on this machine or in this process. */
export class MissingError extends Error {
  override readonly name = "MissingError";
}

/** The exit code that an error leads to; `undefined` = an error of this program itself. */
export function exitCodeFor(error: unknown): number | undefined {
  if (error instanceof UsageError || error instanceof CaseFileError) return exitCode.usage;
  if (error instanceof MissingError) return exitCode.environment;
  if (error instanceof Error && (error.name === "EnvironmentError" || error.name === "ErrnoError")) {
    return exitCode.environment;
  }
  // What the engine's own tables need and the machine does not have.
  if (error instanceof RangeError && /allocation failed/i.test(error.message)) return exitCode.environment;
  if (error instanceof Deno.errors.NotCapable) return exitCode.environment;
  return undefined;
}
