/**
 * The text of a litmus test: its parts, its tokens, and the error that says where it is wrong.
 *
 * @module
 */

/** A litmus test that can not be read; the message has the file, the line and what is accepted. */
export class LitmusError extends Error {
  override readonly name = "LitmusError";
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;

  constructor(file: string, line: number, problem: string) {
    super(`Cannot read litmus test ${file}:${line}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

/** A word, a number or a sign, with its line. */
export interface Token {
  readonly kind: "word" | "number" | "sign" | "end";
  readonly text: string;
  readonly line: number;
}

/** The first word of a litmus test. */
export type Architecture = "X86" | "X86_64" | "C";

/** What `table` says of a word of a test. A word such as `constructor`, which every object knows, is not in it. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, word: string): Value | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The parts of a litmus test, comments replaced by blanks so that lines still count right. */
export interface LitmusParts {
  readonly file: string;
  readonly architecture: Architecture;
  readonly name: string;
  readonly init: TextPart;
  /** Program, `locations` and condition. */
  readonly body: TextPart;
}

/** A piece of a file that starts on `line`. */
export interface TextPart {
  readonly text: string;
  readonly line: number;
}

const pattern =
  /\s+|([A-Za-z_][\w.]*)|(0x[0-9a-fA-F]+|\d+)|(\/\\|\\\/|=>|==|!=|<=|>=|<<|>>|&&|\|\||\+\+|--|->|[-+*|&^]=|.)/gsy;

/** Cuts `part` into tokens; the last one has kind `end`. */
export function tokens({ text, line }: TextPart): Token[] {
  const result: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const [all, word, number, sign] = match;
    if (word !== undefined) result.push({ kind: "word", text: word, line });
    else if (number !== undefined) result.push({ kind: "number", text: number, line });
    else if (sign !== undefined) result.push({ kind: "sign", text: sign, line });
    line += all.split("\n").length - 1;
  }
  result.push({ kind: "end", text: "end of file", line });
  return result;
}

/** Most levels of brackets, operators before a value and branches inside each other. */
const mostNested = 200;
/** Most operators that work on each other's results, such as those of the chain `x=1 /\\ y=1 /\\ z=1`. */
const mostChained = 2000;

/** Reads tokens one after another. */
export class TokenReader {
  readonly file: string;
  #at = 0;
  #nested = 0;
  /** Operators inside each other in what was read last. */
  deep = 0;
  readonly #tokens: readonly Token[];

  constructor(file: string, part: TextPart) {
    this.file = file;
    this.#tokens = tokens(part);
  }

  /** The next token, or the one `ahead` places later, without taking it. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Takes the next token if it is `text`. */
  accept(text: string): boolean {
    if (this.peek().text !== text || this.peek().kind === "end") return false;
    this.#at++;
    return true;
  }

  /** Takes `text`, which must come next. @throws {LitmusError} */
  expect(text: string): void {
    if (!this.accept(text)) {
      throw this.error(`${quoted(this.peek())} where ${JSON.stringify(text)} is expected`);
    }
  }

  /** Takes a word. @throws {LitmusError} */
  word(what: string): string {
    if (this.peek().kind !== "word") throw this.error(`${quoted(this.peek())} where ${what} is expected`);
    return this.take().text;
  }

  /** Takes a number with an optional minus. @throws {LitmusError} */
  number(what: string): number {
    const negative = this.accept("-");
    if (this.peek().kind !== "number") throw this.error(`${quoted(this.peek())} where ${what} is expected`);
    const value = Number(this.take().text);
    return toInt32(negative ? -value : value, this);
  }

  /** Reads what stands inside something else. @throws {LitmusError} where that goes too deep for the stack */
  nested<T>(read: () => T): T {
    if (++this.#nested > mostNested) throw this.error(`more than ${mostNested} levels inside each other`);
    const result = read();
    this.#nested--;
    return result;
  }

  /**
   * Says that an operator joins what was read last to what stands before it, which is `left` operators deep, and
   * answers how deep both are together: a chain in brackets is part of the chain around it.
   *
   * @throws {LitmusError} where that is too deep for the stack
   */
  joined(left: number): number {
    this.deep = Math.max(left, this.deep) + 1;
    if (this.deep > mostChained) throw this.error(`more than ${mostChained} operators in a row`);
    return this.deep;
  }

  /** Everything not taken yet. */
  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at);
  }

  /** The error of a problem at the next token, or on another line. */
  error(problem: string, line: number = this.peek().line): LitmusError {
    return new LitmusError(this.file, line, problem);
  }
}

function toInt32(value: number, reader: TokenReader): number {
  if (value < -0x8000_0000 || value > 0xffff_ffff) {
    throw reader.error(`the value ${value} does not fit into 32 bits`);
  }
  return value | 0;
}

/** A token as it appears in an error. */
export function quoted(token: Token): string {
  return token.kind === "end" ? "end of file" : JSON.stringify(token.text);
}

/** Whether `(*` at `at` opens a comment; inside a C function `(*x` is a dereference. */
function opensComment(text: string, at: number, insideCode: boolean): boolean {
  return text.startsWith("(*", at) && (!insideCode || !/[A-Za-z_(]/.test(text[at + 2] ?? ""));
}

/**
 * Replaces comments by blanks: `(* *)` nested, `//`, in C also slash-star, and `#` behind x86 rows.
 *
 * @throws {LitmusError} for a comment that is never closed
 */
function withoutComments(file: string, text: string): string {
  let result = "";
  // The first two signs that are in no comment: comments may stand before the architecture too.
  let head = "";
  const isC = () => /^C\s/.test(head);
  const unclosed = (at: number) =>
    new LitmusError(file, text.slice(0, at).split("\n").length, "the comment is never closed");
  let braces = 0;
  let blocks = 0;
  for (let at = 0; at < text.length;) {
    let end = at;
    // The first pair of braces is the initial state; after it braces belong to C functions.
    if (opensComment(text, at, blocks > 0 && braces > 0 && isC())) {
      let depth = 0;
      do {
        if (text.startsWith("(*", end)) [depth, end] = [depth + 1, end + 2];
        else if (text.startsWith("*)", end)) [depth, end] = [depth - 1, end + 2];
        else end++;
      } while (depth > 0 && end < text.length);
      if (depth > 0) throw unclosed(at);
    } else if (text.startsWith("//", at) || text[at] === "#" && blocks > 0 && !isC()) {
      end = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    } else if (text.startsWith("/*", at) && (isC() || head === "")) {
      end = text.indexOf("*/", at + 2) + 2;
      if (end === 1) throw unclosed(at);
    }
    if (end === at) {
      const sign = text[at++]!;
      if (head.length < 2) head = (head + sign).trimStart();
      if (sign === "{") braces++;
      if (sign === "}" && --braces === 0) blocks++;
      result += sign;
    } else {
      result += text.slice(at, end).replaceAll(/[^\n]/g, " ");
      at = end;
    }
  }
  return result;
}

function architectureOf(file: string, line: number, word: string): Architecture {
  if (word === "X86" || word === "X86_64" || word === "C") return word;
  const shown = JSON.stringify(word.length > 20 ? `${word.slice(0, 20)}…` : word);
  throw new LitmusError(file, line, `architecture ${shown}, accepted are X86, X86_64 and C`);
}

/** Cuts a litmus test into its parts. @throws {LitmusError} */
export function litmusParts(file: string, source: string): LitmusParts {
  const text = withoutComments(file, source.replaceAll("\r", ""));
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) {
    throw new LitmusError(
      file,
      1,
      "the file is empty, a test starts with its architecture: X86, X86_64 or C",
    );
  }
  // Behind the name stands what one tool or another keeps there.
  const [word = "", name = ""] = lines[first]!.trim().split(/\s+/);
  const architecture = architectureOf(file, first + 1, word);
  if (name === "") {
    throw new LitmusError(
      file,
      first + 1,
      `the test has no name, accepted is a first line like "${architecture} SB"`,
    );
  }
  const opening = lines.findIndex((line, at) => at > first && line.trimStart().startsWith("{"));
  if (opening < 0) {
    throw new LitmusError(file, first + 1, "no initial state follows, accepted is a line that starts with {");
  }
  const start = lines.slice(0, opening).join("\n").length + 1 + lines[opening]!.indexOf("{");
  const end = text.indexOf("}", start);
  if (end < 0) throw new LitmusError(file, opening + 1, "the initial state is never closed with }");
  const init = { text: text.slice(start + 1, end), line: opening + 1 };
  const body = { text: text.slice(end + 1), line: text.slice(0, end).split("\n").length };
  return { file, architecture, name, init, body };
}
