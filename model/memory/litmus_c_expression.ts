/**
 * Expressions of the C dialect. Accesses inside an expression become instructions, in the order of the text.
 *
 * @module
 */
import type { TokenReader } from "./litmus_source.ts";
import { quoted } from "./litmus_source.ts";
import type { Order, UpdateOperation } from "./memory_model.ts";
import type { BinaryOperator, Expression } from "./program.ts";
import type { ThreadBuilder } from "./thread_builder.ts";
import { constant, registerValue } from "./thread_builder.ts";

/** What an expression needs to know of its thread. */
export interface ExpressionScope {
  readonly reader: TokenReader;
  readonly builder: ThreadBuilder;
  /** Number of the location that the parameter points to, or undefined. */
  pointer(name: string): number | undefined;
  /** What a wrong name is told: the names there are. */
  describe(): string;
}

const orders: Readonly<Record<string, Order>> = {
  memory_order_relaxed: "relaxed",
  memory_order_acquire: "acquire",
  memory_order_release: "release",
  memory_order_acq_rel: "acq_rel",
  memory_order_seq_cst: "seq_cst",
};
const fetches: Readonly<Record<string, UpdateOperation>> = {
  atomic_exchange: "exchange",
  atomic_fetch_add: "add",
  atomic_fetch_sub: "subtract",
  atomic_fetch_or: "or",
  atomic_fetch_and: "and",
  atomic_fetch_xor: "xor",
};
const accepted =
  "atomic_load, atomic_store, atomic_exchange, atomic_fetch_{add,sub,or,and,xor}, atomic_compare_exchange_{strong,weak}, " +
  "each also with _explicit, and atomic_thread_fence";

function order({ reader }: ExpressionScope): Order {
  if (reader.accept("std")) {
    reader.expect(":");
    reader.expect(":");
  }
  const { line } = reader.peek();
  const text = reader.word("a memory order");
  const known = orders[text];
  if (known === undefined) {
    throw reader.error(`memory order ${text}, accepted are ${Object.keys(orders).join(", ")}`, line);
  }
  return known;
}

/** Reads a pointer to shared memory and answers the number of its location. */
function location(scope: ExpressionScope): number {
  const { reader } = scope;
  reader.accept("&");
  const { line } = reader.peek();
  const name = reader.word("a pointer to shared memory");
  const found = scope.pointer(name);
  if (found === undefined) {
    throw reader.error(`${name} is not a parameter of this thread, ${scope.describe()}`, line);
  }
  return found;
}

/** Where compare-and-exchange keeps the expected value: a local variable, or shared memory that is read and written plainly. */
function expectedPlace(
  scope: ExpressionScope,
): { readonly register: number } | { readonly location: number } {
  const { reader, builder } = scope;
  if (reader.peek().text === "&") {
    const register = builder.known(reader.peek(1).text);
    if (register !== undefined) {
      reader.take();
      reader.take();
      return { register };
    }
  }
  return { location: location(scope) };
}

function compareExchange(scope: ExpressionScope, explicit: boolean): Expression {
  const { reader, builder } = scope;
  const at = location(scope);
  reader.expect(",");
  const place = expectedPlace(scope);
  reader.expect(",");
  const desired = parseExpression(scope);
  let [success, failure]: [Order, Order] = ["seq_cst", "seq_cst"];
  if (explicit) {
    reader.expect(",");
    success = order(scope);
    reader.expect(",");
    failure = order(scope);
  }
  const [expected, old, result] = [builder.temporary(), builder.temporary(), builder.temporary()];
  if ("register" in place) {
    builder.emit({ kind: "set", register: expected, value: registerValue(place.register) });
  } else {
    builder.emit({ kind: "load", into: expected, location: place.location, order: "plain" });
  }
  builder.emit({
    kind: "compareExchange",
    into: old,
    location: at,
    expected: registerValue(expected),
    desired,
    order: success,
    failureOrder: failure,
  });
  const equal: Expression = {
    kind: "binary",
    operator: "==",
    left: registerValue(old),
    right: registerValue(expected),
  };
  builder.emit({ kind: "set", register: result, value: equal });
  const done = builder.next + 2;
  builder.emit({
    kind: "jumpUnless",
    condition: { kind: "unary", operator: "!", operand: registerValue(result) },
    to: done,
  });
  if ("register" in place) builder.emit({ kind: "set", register: place.register, value: registerValue(old) });
  else builder.emit({ kind: "store", location: place.location, value: registerValue(old), order: "plain" });
  return registerValue(result);
}

/** Reads a call of an atomic function, whose name has been taken. */
function call(scope: ExpressionScope, name: string, line: number): Expression {
  const { reader, builder } = scope;
  const explicit = name.endsWith("_explicit");
  const base = name.replace(/_explicit$/, "");
  const lastOrder = (): Order => {
    if (!explicit) return "seq_cst";
    reader.expect(",");
    return order(scope);
  };
  reader.expect("(");
  let result: Expression = constant(0);
  if (base === "atomic_load") {
    const [at, into] = [location(scope), builder.temporary()];
    builder.emit({ kind: "load", into, location: at, order: lastOrder() });
    result = registerValue(into);
  } else if (base === "atomic_store" || base === "atomic_init") {
    const at = location(scope);
    reader.expect(",");
    const value = parseExpression(scope);
    builder.emit({
      kind: "store",
      location: at,
      value,
      order: base === "atomic_init" ? "plain" : lastOrder(),
    });
  } else if (fetches[base] !== undefined) {
    const at = location(scope);
    reader.expect(",");
    const operand = parseExpression(scope);
    const into = builder.temporary();
    builder.emit({
      kind: "update",
      into,
      operation: fetches[base],
      location: at,
      operand,
      order: lastOrder(),
    });
    result = registerValue(into);
  } else if (/^atomic_compare_exchange_(strong|weak)$/.test(base)) {
    result = compareExchange(scope, explicit);
  } else if (name === "atomic_thread_fence") {
    builder.emit({ kind: "fence", order: order(scope) });
  } else {
    throw reader.error(`unknown function ${name}, accepted are ${accepted}`, line);
  }
  reader.expect(")");
  return result;
}

function primary(scope: ExpressionScope): Expression {
  const { reader, builder } = scope;
  const token = reader.peek();
  if (token.kind === "number") return constant(reader.number("a value"));
  if (reader.accept("(")) {
    // A cast changes nothing: all values are 32-bit integers.
    if (
      /^(void|int|long|unsigned|uint\w*_t|int\w*_t|intptr_t|uintptr_t)$/.test(reader.peek().text) &&
      reader.peek(1).text === ")"
    ) {
      reader.take();
      reader.take();
      return unary(scope);
    }
    const inner = parseExpression(scope);
    reader.expect(")");
    return inner;
  }
  if (reader.accept("*")) {
    const bracketed = reader.accept("(");
    const at = location(scope);
    if (bracketed) reader.expect(")");
    const into = builder.temporary();
    builder.emit({ kind: "load", into, location: at, order: "plain" });
    return registerValue(into);
  }
  const name = reader.word("a value");
  if (reader.peek().text === "(") return call(scope, name, token.line);
  if (reader.peek().text === "[") throw reader.error(`the array ${name} is not supported`);
  const register = builder.known(name);
  if (register === undefined) {
    const hint = scope.pointer(name) === undefined ? "" : ` (it is a pointer: *${name} reads it)`;
    throw reader.error(`${name} is not declared${hint}, ${scope.describe()}`, token.line);
  }
  return registerValue(register);
}

function unary(scope: ExpressionScope): Expression {
  const { reader } = scope;
  for (const operator of ["-", "!", "~"] as const) {
    if (reader.accept(operator)) return { kind: "unary", operator, operand: unary(scope) };
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
  scope: ExpressionScope,
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

function binary(scope: ExpressionScope, level: number): Expression {
  const operators = levels[level];
  if (operators === undefined) return unary(scope);
  let left = binary(scope, level + 1);
  for (;;) {
    const operator = operators.find((candidate) => candidate === scope.reader.peek().text);
    if (operator === undefined) return left;
    scope.reader.take();
    if (operator === "&&" || operator === "||") left = shortCircuit(scope, operator, left, level);
    else left = { kind: "binary", operator, left, right: binary(scope, level + 1) };
  }
}

/** Reads an expression. @throws {import("./litmus_source.ts").LitmusError} */
export function parseExpression(scope: ExpressionScope): Expression {
  const value = binary(scope, 0);
  const next = scope.reader.peek();
  if (/^(<<|>>|\/|%|\?)$/.test(next.text)) {
    throw scope.reader.error(`operator ${quoted(next)} is not supported`);
  }
  return value;
}
