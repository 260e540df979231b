/**
 * The only place that prints: results to standard output, progress and complaints to standard error.
 *
 * @module
 */
import { setColorEnabled } from "@std/colors";
import { jsonText } from "../lockstep/report/json_text.ts";
import { oneLine } from "../lockstep/report/phrase.ts";
import { exitCode } from "./exit_code.ts";

const encoder = new TextEncoder();

/** Longest line of a complaint: a word from the command line or a file may be in it. */
const maximumComplaintCharacters = 1000;

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

function writeError(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // Nobody is left to tell; the exit code still says it.
  }
}

/** Colours only where a person looks: not in files and pipes, on dumb terminals, or against `NO_COLOR`. */
export function chooseColors(): void {
  const dumb = Deno.permissions.querySync({ name: "env", variable: "TERM" }).state === "granted" &&
    Deno.env.get("TERM") === "dumb";
  setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor && !dumb);
}

/** Columns for a report: as many as the terminal has, within reason; 110 where nobody knows. */
export function reportColumns(): number {
  if (!Deno.stdout.isTerminal()) return 110;
  try {
    return Math.min(160, Math.max(60, Deno.consoleSize().columns));
  } catch {
    return 110;
  }
}

/** A line on standard output. When that can not be written, the process ends: its result would be lost. */
export function print(text: string): void {
  printPart(`${text}\n`);
}

/** The same with no end of line. */
export function printPart(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    // Whoever reads has gone away: nobody is left to tell.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    complain(`Cannot write to standard output: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exit(exitCode.environment);
  }
}

/** Lines on standard error; nothing in them is obeyed by a terminal. */
export function complain(text: string): void {
  clearProgress();
  writeError(`${text.split("\n").map((line) => oneLine(line, maximumComplaintCharacters)).join("\n")}\n`);
}

let shown = false;

/** A new stage of long work: as {@link progress} on a terminal, a plain line of standard error elsewhere. */
export function stage(text: string): void {
  if (Deno.stderr.isTerminal()) progress(text);
  else complain(text);
}

/** What is being done: overwritten in place on a terminal, and nothing elsewhere. */
export function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  let columns = 80;
  try {
    // Some terminals do not know their size and say 0.
    columns = Deno.consoleSize().columns || columns;
  } catch {
    // No size to be had: 80 columns are a fair guess.
  }
  writeError(`\r\x1b[K${text.slice(0, Math.max(0, columns - 1))}`);
  shown = true;
}

/** Takes the progress line away. */
export function clearProgress(): void {
  if (shown) writeError("\r\x1b[K");
  shown = false;
}

/** Data as JSON on standard output. */
export function printJson(data: unknown): void {
  print(jsonText(data, 2));
}
