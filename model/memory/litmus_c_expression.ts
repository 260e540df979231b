/**
 * Expressions of the C dialect. Accesses inside an expression become instructions, in the order of the text.
 *
 * @module
 */
import type { CScope } from "./litmus_c_call.ts";
import { parseCall, sharedLocation } from "./litmus_c_call.ts";
import { quoted } from "./litmus_source.ts";
import type { BinaryOperator, Expression } from "./program.ts";
import { constant, registerValue } from "./thread_builder.ts";

function primary(scope: CScope): Expression {
  const { reader, builder } = scope;
  const token = reader.peek();
  reader.deep = 0;
  if (token.kind === "number") return constant(reader.number("a value"));
  if (reader.accept("true")) return constant(1);
  if (reader.accept("false")) return constant(0);
  if (reader.accept("(")) {
    // A cast changes nothing: all values are 32-bit integers.
    if (
      /^(void|int|long|unsigned|uint\w*_t|int\w*_t|intptr_t|uintptr_t)$/.test(reader.peek().text) &&
      reader.peek(1).text === ")"
    ) {
      if (/^u?int(8|16)_t$/.test(reader.peek().text)) {
        throw reader.error(`the cast to ${reader.peek().text} is not supported, all values have 32 bits`);
      }
      reader.take();
      reader.take();
      return reader.nested(() => unary(scope));
    }
    const inner = reader.nested(() => parseExpression(scope));
    reader.expect(")");
    return inner;
  }
  if (reader.accept("*")) {
    const bracketed = reader.accept("(");
    const at = sharedLocation(scope);
    if (bracketed) reader.expect(")");
    const into = builder.temporary();
    builder.emit({ kind: "load", into, location: at, order: "plain" });
    return registerValue(into);
  }
  const name = reader.word("a value");
  if (reader.peek().text === "(") return parseCall(scope, name, token.line);
  if (reader.peek().text === "[") throw reader.error(`the array ${name} is not supported`);
  const register = builder.known(name);
  if (register === undefined) {
    const hint = scope.pointer(name) === undefined ? "" : ` (it is a pointer: *${name} reads it)`;
    throw reader.error(`${name} is not declared${hint}, ${scope.describe()}`, token.line);
  }
  return registerValue(register);
}

function unary(scope: CScope): Expression {
  const { reader } = scope;
  for (const operator of ["-", "!", "~"] as const) {
    if (reader.accept(operator)) {
      return { kind: "unary", operator, operand: reader.nested(() => unary(scope)) };
    }
  }
  return primary(scope);
}

/** Binary operators, loosest first. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*"],
];

/** `left && right` where the right side makes accesses, which must not happen when the left side decides. */
function shortCircuit(
  scope: CScope,
  operator: "&&" | "||",
  left: Expression,
  level: number,
): Expression {
  const { builder } = scope;
  const result = builder.temporary();
  builder.emit({
    kind: "set",
    register: result,
    value: { kind: "binary", operator: "!=", left, right: constant(0) },
  });
  const goesOn: Expression = operator === "&&"
    ? registerValue(result)
    : { kind: "unary", operator: "!", operand: registerValue(result) };
  const jump = builder.emit({ kind: "jumpUnless", condition: goesOn, to: 0 });
  const right = binary(scope, level + 1);
  builder.emit({
    kind: "set",
    register: result,
    value: { kind: "binary", operator: "!=", left: right, right: constant(0) },
  });
  builder.instructions[jump] = { kind: "jumpUnless", condition: goesOn, to: builder.next };
  return registerValue(result);
}

function binary(scope: CScope, level: number): Expression {
  const operators = levels[level];
  if (operators === undefined) return unary(scope);
  let left = binary(scope, level + 1);
  for (let { deep } = scope.reader;; deep = scope.reader.joined(deep)) {
    const operator = operators.find((candidate) => candidate === scope.reader.peek().text);
    if (operator === undefined) return left;
    scope.reader.take();
    if (operator === "&&" || operator === "||") left = shortCircuit(scope, operator, left, level);
    else left = { kind: "binary", operator, left, right: binary(scope, level + 1) };
  }
}

/** `condition ? first : second`, of which only one side makes its accesses. */
function choice(scope: CScope, condition: Expression): Expression {
  const { builder, reader } = scope;
  const result = builder.temporary();
  const skip = builder.emit({ kind: "jumpUnless", condition, to: 0 });
  builder.emit({ kind: "set", register: result, value: parseExpression(scope) });
  const leave = builder.emit({ kind: "jump", to: 0 });
  reader.expect(":");
  builder.instructions[skip] = { kind: "jumpUnless", condition, to: builder.next };
  builder.emit({ kind: "set", register: result, value: parseExpression(scope) });
  builder.instructions[leave] = { kind: "jump", to: builder.next };
  return registerValue(result);
}

/** Reads an expression. @throws {import("./litmus_source.ts").LitmusError} */
export function parseExpression(scope: CScope): Expression {
  const value = binary(scope, 0);
  const next = scope.reader.peek();
  if (scope.reader.accept("?")) return scope.reader.nested(() => choice(scope, value));
  if (/^(<<|>>|\/|%)$/.test(next.text)) {
    throw scope.reader.error(`operator ${quoted(next)} is not supported`);
  }
  return value;
}
