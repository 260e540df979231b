/**
 * Case files: a case as JSON that replays without a seed and after unrelated code has changed.
 *
 * @module
 */
import { z } from "zod";
import type { AnyMachine, CommandLiteral, Plain } from "../machine.ts";

/** The only version of the file format that is read and written. */
export const caseFileVersion = 1;

const plain: z.ZodType<Plain> = z.json() as unknown as z.ZodType<Plain>;

const envelope = z.strictObject({
  /** Version of the format. */
  lockstep: z.literal(caseFileVersion),
  protocol: z.string().max(100),
  scope: z.string().max(100),
  /** The known mistake whose implementation is driven; absent = the correct one. */
  mistake: z.string().max(100).optional(),
  start: plain,
  commands: z.array(z.looseObject({ kind: z.string() })).max(100_000),
});

/** A case as it is written to a file. */
export interface CaseFile {
  /** Version of the format. */
  readonly lockstep: typeof caseFileVersion;
  /** At most 100 characters; whether there is such a protocol is for the reader to say. */
  readonly protocol: string;
  /** At most 100 characters. */
  readonly scope: string;
  /** The known mistake whose implementation is driven; absent = the correct one. */
  readonly mistake?: string;
  /** Any JSON, until {@link checkCase} has looked at it. */
  readonly start: unknown;
  /** At most 100,000; of each only `kind` is sure until {@link checkCase} has looked at it. */
  readonly commands: readonly CommandLiteral[];
}

/** A case file that can not be used: one sentence says where and why. */
export class CaseFileError extends Error {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "CaseFileError";
}

/** Largest case file that is read, in characters. */
export const maximumCaseCharacters: number = 16 * 1024 * 1024;

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  const path = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return `${path}${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}

/** Brackets inside each other that a case file may have; zod and every copy of a start would run out of stack. */
const maximumDepth = 200;

function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > maximumDepth) {
      throw new CaseFileError(`Cannot read case: it is nested deeper than ${maximumDepth} levels`);
    }
  }
}

/** Reads the outer part of a case file; start and commands are checked by {@link checkCase}. @throws {CaseFileError} */
export function parseCaseFile(text: string): CaseFile {
  if (text.length > maximumCaseCharacters) {
    throw new CaseFileError(
      `Cannot read case: it has ${text.length} characters, must be at most ${maximumCaseCharacters}`,
    );
  }
  let data: unknown;
  try {
    // A byte order mark, as some editors write it, is no part of the text.
    data = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new CaseFileError(
      `Cannot read case: not JSON, ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const version = (data as { lockstep?: unknown } | null)?.lockstep;
  if (typeof version === "number" && version !== caseFileVersion) {
    throw new CaseFileError(
      `Cannot read case: it is of version ${version}, this program reads version ${caseFileVersion}`,
    );
  }
  checkDepth(text);
  const result = envelope.safeParse(data);
  if (!result.success) throw new CaseFileError(`Cannot read case: ${firstIssue(result.error)}`);
  // What was read, not what zod made of it: a key such as __proto__ must reach the machine's own schema.
  return data as CaseFile;
}

/** Checks start and commands against the machine that the case is for. @throws {CaseFileError} */
export function checkCase(machine: AnyMachine, file: CaseFile): void {
  const start = machine.schema.start.safeParse(file.start);
  if (!start.success) throw new CaseFileError(`Cannot read case: start: ${firstIssue(start.error)}`);
  file.commands.forEach((command, index) => {
    const result = machine.schema.command.safeParse(command);
    if (!result.success) {
      throw new CaseFileError(`Cannot read case: commands.${index}: ${firstIssue(result.error)}`);
    }
  });
}

/** The text of a case file: one command a line, so that two cases can be compared line by line. */
export function formatCaseFile(file: CaseFile): string {
  const { commands, ...rest } = file;
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  if (commands.length === 0) return `${head},\n  "commands": []\n}\n`;
  return `${head},\n  "commands": [\n${
    commands.map((command) => `    ${JSON.stringify(command)}`).join(",\n")
  }\n  ]\n}\n`;
}
