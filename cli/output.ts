/**
 * The only place that prints: results to standard output, progress and complaints to standard error.
 *
 * @module
 */
const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
  } catch (error) {
    // Whoever reads has gone away: nobody is left to tell.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(141);
  }
}

/** A line on standard output. */
export function print(text: string): void {
  writeAll(Deno.stdout, `${text}\n`);
}

/** A line on standard error. */
export function complain(text: string): void {
  clearProgress();
  writeAll(Deno.stderr, `${text}\n`);
}

let shown = false;

/** What is being done: overwritten in place on a terminal, a plain line elsewhere when `plain` is set. */
export function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  let columns = 80;
  try {
    columns = Deno.consoleSize().columns;
  } catch {
    // No size to be had: 80 columns are a fair guess.
  }
  writeAll(Deno.stderr, `\r\x1b[K${text.slice(0, columns - 1)}`);
  shown = true;
}

/** Takes the progress line away. */
export function clearProgress(): void {
  if (shown) writeAll(Deno.stderr, "\r\x1b[K");
  shown = false;
}

/** Data as JSON on standard output. */
export function printJson(data: unknown): void {
  print(JSON.stringify(data, null, 2));
}
