/**
 * What was said to the REPL before, kept in a file. A convenience: where it can not be read or written, there is none.
 *
 * @module
 */

/** Lines that are kept. */
const mostLines = 500;

/** What was said before, the oldest line first. */
export function historyLines(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "").slice(-mostLines);
  } catch {
    return [];
  }
}

/** Adds lines to the file at `path`, which has a folder, where that can be done. */
export function keepHistory(path: string, lines: readonly string[]): void {
  const all = [...historyLines(path), ...lines].slice(-mostLines);
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, `${all.join("\n")}\n`);
  } catch {
    // A walk that went well does not end badly for this.
  }
}
