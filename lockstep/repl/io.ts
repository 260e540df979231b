/**
 * Where the REPL reads and writes: a terminal with completion and history, a pipe, or a list in a test.
 *
 * @module
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { historyLines, keepHistory } from "./input_history.ts";

/** The outside of a REPL. */
export interface ReplIo {
  /** The next line, or `undefined` at the end of the input. `complete` says what Tab offers. */
  read(prompt: string, complete: (line: string) => string[]): Promise<string | undefined>;
  /** Writes text as it is; the REPL ends its lines itself. */
  write(text: string): void;
  /** Columns of a line. */
  readonly columns: number;
  /** Reads a file that the user names. */
  readFile(path: string): string;
  /** Writes a new file that the user names. */
  writeFile(path: string, text: string): void;
  /** Whether a long command (exploring) shall stop. */
  readonly signal?: { readonly aborted: boolean };
}

/** A REPL's input as a list and its output as text: for tests, and for transcripts in documents. */
export class ScriptedIo implements ReplIo {
  /** Columns of a line. */
  readonly columns: number;
  /** What the REPL has been given to read, and what it has written. */
  readonly files: Map<string, string> = new Map();
  readonly #lines: string[];
  /** Everything that was written, the input included as if it had been typed. */
  text = "";

  /** Answers with these lines, then ends. */
  constructor(lines: readonly string[], columns = 100) {
    this.#lines = [...lines];
    this.columns = columns;
  }

  /** The next line of the list. */
  read(prompt: string, _complete: (line: string) => string[]): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined) this.text += `${prompt}${line}\n`;
    return Promise.resolve(line);
  }

  /** Adds to {@link text}. */
  write(text: string): void {
    this.text += text;
  }

  /** Reads from {@link files}. */
  readFile(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw new Deno.errors.NotFound(`there is no file ${path}`);
    return text;
  }

  /** Keeps the text in {@link files}. @throws {Deno.errors.AlreadyExists} */
  writeFile(path: string, text: string): void {
    if (this.files.has(path)) throw new Deno.errors.AlreadyExists(path);
    this.files.set(path, text);
  }
}

function columnsOf(): number {
  try {
    return Math.max(40, Deno.consoleSize().columns);
  } catch {
    return 100;
  }
}

/**
 * Standard input and output. On a terminal with line editing, Tab and history (kept in `historyPath`); from a pipe
 * the lines that are read are shown after the prompt, so that the output reads like a session. `write` may do what has
 * to be done when nobody reads any more.
 */
export function standardIo(
  historyPath?: string,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): ReplIo & AsyncDisposable {
  const terminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  let complete: (line: string) => string[] = () => [];
  const lines = createInterface({
    input: process.stdin,
    ...(terminal
      ? {
        output: process.stdout,
        history: historyLines(historyPath).reverse(),
        completer: (line: string): [string[], string] => [complete(line), line],
      }
      : {}),
    terminal,
  });
  const waiting: ((line: string | undefined) => void)[] = [];
  const arrived: string[] = [];
  let ended = false;
  lines.on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) arrived.push(line);
    else next(line);
  });
  lines.on("close", () => {
    ended = true;
    for (const next of waiting.splice(0)) next(undefined);
  });
  const signal = { aborted: false };
  // At the prompt Ctrl-C leaves; while something is being done it ends that.
  lines.on("SIGINT", () => {
    if (waiting.length > 0) lines.close();
    else signal.aborted = true;
  });
  const asked: string[] = [];
  return {
    columns: columnsOf(),
    signal,
    async read(prompt, completer) {
      complete = completer;
      signal.aborted = false;
      if (terminal) {
        lines.setPrompt(prompt);
        lines.prompt();
      }
      const line = arrived.length > 0
        ? arrived.shift()
        : ended
        ? undefined
        : await new Promise<string | undefined>((resolve) => waiting.push(resolve));
      if (line !== undefined && !terminal) write(`${prompt}${line}\n`);
      if (line !== undefined && line.trim() !== "") asked.push(line);
      return line;
    },
    write,
    readFile: (path) => Deno.readTextFileSync(path),
    writeFile: (path, text) => Deno.writeTextFileSync(path, text, { createNew: true }),
    async [Symbol.asyncDispose]() {
      if (!ended) lines.close();
      await Promise.resolve();
      if (terminal && historyPath !== undefined && asked.length > 0) {
        keepHistory(historyPath, asked);
      }
    },
  };
}
