/**
 * Calls of `<stdatomic.h>` in the C dialect: each becomes a load, a store, a read-modify-write or a fence.
 *
 * @module
 */
import { lookUp, type TokenReader } from "./litmus_source.ts";
import type { Order, UpdateOperation } from "./memory_model.ts";
import type { Expression } from "./program.ts";
import type { ThreadBuilder } from "./thread_builder.ts";
import { constant, registerValue } from "./thread_builder.ts";

/** What statements, expressions and calls know of their thread. */
export interface CScope {
  readonly reader: TokenReader;
  readonly builder: ThreadBuilder;
  /** Number of the location that the parameter points to, or undefined. */
  pointer(name: string): number | undefined;
  /** What a wrong name is told: the names there are. */
  describe(): string;
  /** Reads an expression. @throws {import("./litmus_source.ts").LitmusError} */
  expression(): Expression;
}

const orders: Readonly<Record<string, Order>> = {
  memory_order_relaxed: "relaxed",
  // RC11 knows no consume. As a relaxed access, as in herd's model, it allows what any meaning of it allows.
  memory_order_consume: "relaxed",
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
  "each also with _explicit, atomic_thread_fence and atomic_signal_fence";

function order({ reader }: CScope): Order {
  if (reader.accept("std")) {
    reader.expect(":");
    reader.expect(":");
  }
  const { line } = reader.peek();
  const text = reader.word("a memory order");
  const known = lookUp(orders, text);
  if (known === undefined) {
    throw reader.error(`memory order ${text}, accepted are ${Object.keys(orders).join(", ")}`, line);
  }
  return known;
}

/** Reads a pointer to shared memory and answers the number of its location. */
export function sharedLocation(scope: CScope): number {
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
  scope: CScope,
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
  return { location: sharedLocation(scope) };
}

function compareExchange(scope: CScope, explicit: boolean): Expression {
  const { reader, builder } = scope;
  const at = sharedLocation(scope);
  reader.expect(",");
  const place = expectedPlace(scope);
  reader.expect(",");
  const desired = scope.expression();
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

/** Reads a call of an atomic function, whose name has been taken. @throws {import("./litmus_source.ts").LitmusError} */
export function parseCall(scope: CScope, name: string, line: number): Expression {
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
  const fetched = lookUp(fetches, base);
  if (base === "atomic_load") {
    const [at, into] = [sharedLocation(scope), builder.temporary()];
    builder.emit({ kind: "load", into, location: at, order: lastOrder() });
    result = registerValue(into);
  } else if (base === "atomic_store" || base === "atomic_init") {
    const at = sharedLocation(scope);
    reader.expect(",");
    const value = scope.expression();
    builder.emit({
      kind: "store",
      location: at,
      value,
      order: base === "atomic_init" ? "plain" : lastOrder(),
    });
  } else if (fetched !== undefined) {
    const at = sharedLocation(scope);
    reader.expect(",");
    const operand = scope.expression();
    const into = builder.temporary();
    builder.emit({
      kind: "update",
      into,
      operation: fetched,
      location: at,
      operand,
      order: lastOrder(),
    });
    result = registerValue(into);
  } else if (/^atomic_compare_exchange_(strong|weak)$/.test(base)) {
    result = compareExchange(scope, explicit);
  } else if (name === "atomic_thread_fence") {
    builder.emit({ kind: "fence", order: order(scope) });
  } else if (name === "atomic_signal_fence") {
    // It orders a thread with its own signal handlers only.
    order(scope);
  } else {
    throw reader.error(`unknown function ${name}, accepted are ${accepted}`, line);
  }
  reader.expect(")");
  return result;
}
