/**
 * Programs as plain data: a few threads of loads, stores, read-modify-writes, fences and local computation.
 *
 * @module
 */
import type { Access, Order, UpdateOperation } from "./memory_model.ts";

/** Operators of {@link Expression}, as in C, on 32-bit signed integers; comparisons answer 0 or 1. */
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "&"
  | "|"
  | "^"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "&&"
  | "||";

/** A value computed from the registers of one thread. */
export type Expression =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "unary"; readonly operator: "-" | "!" | "~"; readonly operand: Expression }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
  };

/** One instruction. `into` is a register; jumps go to an index of the thread's instructions. */
export type Instruction =
  | { readonly kind: "load"; readonly into: number; readonly location: number; readonly order: Order }
  | { readonly kind: "store"; readonly location: number; readonly value: Expression; readonly order: Order }
  | {
    readonly kind: "update";
    readonly into: number;
    readonly operation: UpdateOperation;
    readonly location: number;
    readonly operand: Expression;
    readonly order: Order;
  }
  | {
    readonly kind: "compareExchange";
    readonly into: number;
    readonly location: number;
    readonly expected: Expression;
    readonly desired: Expression;
    readonly order: Order;
    readonly failureOrder: Order;
  }
  | { readonly kind: "fence"; readonly order: Order }
  | { readonly kind: "set"; readonly register: number; readonly value: Expression }
  | { readonly kind: "jump"; readonly to: number }
  | { readonly kind: "jumpUnless"; readonly condition: Expression; readonly to: number };

/** One thread: its registers by name, what they hold at the start, and its instructions. */
export interface ProgramThread {
  readonly registers: readonly string[];
  readonly initial: readonly number[];
  readonly instructions: readonly Instruction[];
}

/** A whole program. */
export interface Program {
  readonly locations: readonly string[];
  /** Initial value of each location. */
  readonly initial: readonly number[];
  readonly threads: readonly ProgramThread[];
}

/** Where a thread is: the next instruction, which is an access or the end, and its registers. */
export interface ThreadState {
  at: number;
  registers: number[];
}

function binary(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return (left + right) | 0;
    case "-":
      return (left - right) | 0;
    case "*":
      return Math.imul(left, right);
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "==":
      return left === right ? 1 : 0;
    case "!=":
      return left !== right ? 1 : 0;
    case "<":
      return left < right ? 1 : 0;
    case "<=":
      return left <= right ? 1 : 0;
    case ">":
      return left > right ? 1 : 0;
    case ">=":
      return left >= right ? 1 : 0;
    case "&&":
      return left !== 0 && right !== 0 ? 1 : 0;
    case "||":
      return left !== 0 || right !== 0 ? 1 : 0;
  }
}

/** The value of `expression` with these registers. */
export function evaluate(expression: Expression, registers: readonly number[]): number {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "register":
      return registers[expression.register]!;
    case "unary": {
      const operand = evaluate(expression.operand, registers);
      return expression.operator === "-"
        ? -operand | 0
        : expression.operator === "~"
        ? ~operand
        : operand === 0
        ? 1
        : 0;
    }
    case "binary":
      return binary(
        expression.operator,
        evaluate(expression.left, registers),
        evaluate(expression.right, registers),
      );
  }
}

/** Runs local instructions until the next access or the end; `tick` pays for each one. */
export function runLocal(program: ProgramThread, state: ThreadState, tick: () => void): void {
  for (;;) {
    const instruction = program.instructions[state.at];
    if (instruction === undefined) return;
    if (instruction.kind === "set") {
      state.registers[instruction.register] = evaluate(instruction.value, state.registers);
      state.at++;
    } else if (instruction.kind === "jump") {
      state.at = instruction.to;
    } else if (instruction.kind === "jumpUnless") {
      state.at = evaluate(instruction.condition, state.registers) === 0 ? instruction.to : state.at + 1;
    } else {
      return;
    }
    tick();
  }
}

/** The access that a thread makes next, or undefined at its end. */
export function nextAccess(
  program: ProgramThread,
  { at, registers }: Readonly<ThreadState>,
): Access | undefined {
  const instruction = program.instructions[at];
  if (instruction === undefined) return undefined;
  switch (instruction.kind) {
    case "load":
      return { kind: "load", location: instruction.location, order: instruction.order };
    case "store": {
      const { location, order } = instruction;
      return { kind: "store", location, value: evaluate(instruction.value, registers), order };
    }
    case "update": {
      const { operation, location, order } = instruction;
      return {
        kind: "update",
        operation,
        location,
        operand: evaluate(instruction.operand, registers),
        order,
      };
    }
    case "compareExchange": {
      const { location, order, failureOrder } = instruction;
      const expected = evaluate(instruction.expected, registers);
      const desired = evaluate(instruction.desired, registers);
      return { kind: "compareExchange", location, expected, desired, order, failureOrder };
    }
    case "fence":
      return instruction;
    case "set":
    case "jump":
    case "jumpUnless":
      throw new TypeError(`Cannot take the next access: instruction ${at} is local and has not been run`);
  }
}

/** Takes note of what the access answered and runs on to the next one. */
export function accessAnswered(
  program: ProgramThread,
  state: ThreadState,
  answer: number,
  tick: () => void,
): void {
  const instruction = program.instructions[state.at]!;
  if (
    instruction.kind === "load" || instruction.kind === "update" || instruction.kind === "compareExchange"
  ) {
    state.registers[instruction.into] = answer;
  }
  state.at++;
  runLocal(program, state, tick);
}
