/**
 * The condition at the end of a litmus test: what is observed, and what is asked about it.
 *
 * @module
 */
import type { TextPart, Token } from "./litmus_source.ts";
import { LitmusError, quoted, TokenReader } from "./litmus_source.ts";

/** A register of a thread or a location, by name as written. */
export type Name =
  | { readonly kind: "register"; readonly thread: number; readonly name: string; readonly line: number }
  | { readonly kind: "location"; readonly name: string; readonly line: number };

/** A condition over names of type `Observed`. */
export type Condition<Observed> =
  | { readonly kind: "true" | "false" }
  | { readonly kind: "equals"; readonly left: Observed; readonly right: number | Observed }
  | { readonly kind: "not"; readonly operand: Condition<Observed> }
  | {
    readonly kind: "and" | "or" | "implies";
    readonly left: Condition<Observed>;
    readonly right: Condition<Observed>;
  };

/** What a test asks: is the condition met by some final state, by none, or by all; `none` = it asks nothing. */
export type Quantifier = "exists" | "~exists" | "forall" | "none";

/** The end of a litmus test. */
export interface Question {
  readonly quantifier: Quantifier;
  readonly condition: Condition<Name>;
  /** Names that are shown although the condition does not mention them. */
  readonly locations: readonly Name[];
  /** Final states that do not meet it are left out of everything. */
  readonly filter: Condition<Name> | undefined;
}

const quantifiers = "exists, ~exists or forall";
const starters = /^(exists|forall|locations|filter|final)$/;

/** Says that a test asks nothing. */
export function missingCondition(file: string, body: TextPart): LitmusError {
  const end = new TokenReader(file, body).rest().at(-1)!;
  return new LitmusError(file, end.line, `the condition is missing, accepted are ${quantifiers}`);
}

/** Cuts the program from the question that follows it, if one does. */
export function splitQuestion(body: TextPart): { program: TextPart; question: TextPart | undefined } {
  const lines = body.text.split("\n");
  for (const [index, line] of lines.entries()) {
    const match = /(^|[\s;}])(~\s*exists|not\s+exists|exists|forall|locations|filter|final)(?=[\s([{~]|$)/
      .exec(
        line,
      );
    if (match === null) continue;
    const at = match.index + match[1]!.length;
    return {
      program: { text: [...lines.slice(0, index), line.slice(0, at)].join("\n"), line: body.line },
      question: { text: [line.slice(at), ...lines.slice(index + 1)].join("\n"), line: body.line + index },
    };
  }
  return { program: body, question: undefined };
}

function name(reader: TokenReader): Name {
  const { line } = reader.peek();
  if (reader.accept("[")) {
    const location = reader.word("a location");
    reader.expect("]");
    return { kind: "location", name: location, line };
  }
  if (reader.accept("*")) return { kind: "location", name: reader.word("a location"), line };
  const thread = reader.peek();
  const digits = /^P?(\d+)$/.exec(thread.text);
  if (digits !== null && reader.peek(1).text === ":") {
    reader.take();
    reader.take();
    reader.accept("%");
    return { kind: "register", thread: Number(digits[1]), name: reader.word("a register"), line };
  }
  return { kind: "location", name: reader.word("a register (0:EAX) or a location (x or [x])"), line };
}

function startsName(reader: TokenReader): boolean {
  const token = reader.peek();
  return token.kind === "word" || token.text === "[" || token.text === "*" || reader.peek(1).text === ":";
}

function atom(reader: TokenReader): Condition<Name> {
  reader.deep = 0;
  if (reader.accept("(")) {
    const inner = reader.nested(() => implication(reader));
    reader.expect(")");
    return inner;
  }
  if (reader.accept("~") || reader.accept("not")) {
    return { kind: "not", operand: reader.nested(() => atom(reader)) };
  }
  if (reader.peek().text === "true" || reader.peek().text === "false") {
    return { kind: reader.take().text as "true" | "false" };
  }
  const left = name(reader);
  const negated = reader.accept("!=");
  if (!negated && !reader.accept("=") && !reader.accept("==")) {
    throw reader.error(`${quoted(reader.peek())} where = or != is expected`);
  }
  const right = startsName(reader) ? name(reader) : reader.number("a value");
  const equals = { kind: "equals", left, right } as const;
  return negated ? { kind: "not", operand: equals } : equals;
}

function conjunction(reader: TokenReader): Condition<Name> {
  let left = atom(reader);
  for (let { deep } = reader; reader.accept("/\\") || reader.accept("&&"); deep = reader.joined(deep)) {
    left = { kind: "and", left, right: atom(reader) };
  }
  return left;
}

function disjunction(reader: TokenReader): Condition<Name> {
  let left = conjunction(reader);
  for (let { deep } = reader; reader.accept("\\/") || reader.accept("||"); deep = reader.joined(deep)) {
    left = { kind: "or", left, right: conjunction(reader) };
  }
  return left;
}

function implication(reader: TokenReader): Condition<Name> {
  const left = disjunction(reader);
  const { deep } = reader;
  if (!reader.accept("=>")) return left;
  const right = reader.nested(() => implication(reader));
  reader.joined(deep);
  return { kind: "implies", left, right };
}

function locationList(reader: TokenReader): Name[] {
  reader.expect("[");
  const names: Name[] = [];
  while (!reader.accept("]")) {
    names.push(name(reader));
    if (!reader.accept(";") && reader.peek().text !== "]") {
      throw reader.error(`${quoted(reader.peek())} where ; or ] is expected`);
    }
  }
  return names;
}

function quantifierOf(reader: TokenReader): Quantifier {
  if (reader.accept("forall")) return "forall";
  const negated = reader.accept("~") || reader.accept("not");
  if (reader.accept("exists")) return negated ? "~exists" : "exists";
  throw reader.error(`${quoted(reader.peek())} where the condition is expected, accepted are ${quantifiers}`);
}

/** The older form `final (x=1); with tso: ~exists; default: exists;`: what is asked where no model is named. */
function oldQuantifier(reader: TokenReader): Quantifier {
  let quantifier: Quantifier = "exists";
  reader.accept(";");
  if (!reader.accept("with")) return quantifier;
  while (reader.peek(1).text === ":") {
    const model = reader.word("a model");
    reader.expect(":");
    const asked = quantifierOf(reader);
    if (model === "default") quantifier = asked;
    reader.accept(";");
  }
  return quantifier;
}

/** Reads `locations`, `filter` and the condition. Text on later lines is no concern of the test. @throws {import("./litmus_source.ts").LitmusError} */
export function parseQuestion(file: string, part: TextPart): Question {
  const reader = new TokenReader(file, part);
  const locations: Name[] = [];
  let filter: Condition<Name> | undefined;
  for (;;) {
    if (reader.accept("locations")) locations.push(...locationList(reader));
    else if (reader.peek().text !== "filter") break;
    else if (filter !== undefined) throw reader.error("a second filter, accepted is one");
    else {
      reader.take();
      filter = implication(reader);
    }
    reader.accept(";");
  }
  const old = reader.accept("final");
  let quantifier: Quantifier = old ? "exists" : quantifierOf(reader);
  const condition = implication(reader);
  if (old) quantifier = oldQuantifier(reader);
  reader.accept(";");
  const last = reader.peek();
  if (last.text === "filter") {
    throw reader.error("a filter behind the condition, accepted is one in front of it");
  }
  if (last.kind !== "end" && !starters.test(last.text) && sameLineAsCondition(part, last)) {
    throw reader.error(
      `${quoted(last)} after the condition, accepted are /\\, \\/ and => followed by more of it`,
    );
  }
  return { quantifier, condition, locations, filter };
}

/** Whether something other than blanks stands before the token on its line. */
function sameLineAsCondition(part: TextPart, token: Token): boolean {
  const line = part.text.split("\n")[token.line - part.line] ?? "";
  return !line.trimStart().startsWith(token.text);
}
