/**
 * Threads of a litmus test as source text: JavaScript over a typed array, or C11.
 *
 * The text of one thread is one function that works on one cell: a cache line per location, at `cell`, and writes its
 * registers to `out`. Jumps go forward only, as the litmus format has no loops.
 *
 * @module
 */
import type { Order } from "../../model/memory/memory_model.ts";
import type { Expression, Instruction, ProgramThread } from "../../model/memory/program.ts";

/** 32-bit words from one location to the next. */
export const locationWords = 16;

/**
 * How accesses are made: by plain JavaScript, by `Atomics`, or in C with the orders of the test. Read-modify-writes are
 * atomic in all of them, and so are fences.
 */
export type Flavour = "plain" | "atomics" | "c";

const arithmeticInC: Readonly<Record<string, string>> = {
  exchange: "exchange",
  add: "fetch_add",
  subtract: "fetch_sub",
  or: "fetch_or",
  and: "fetch_and",
  xor: "fetch_xor",
};
const arithmeticInJs: Readonly<Record<string, string>> = {
  exchange: "exchange",
  add: "add",
  subtract: "sub",
  or: "or",
  and: "and",
  xor: "xor",
};

/** An expression that wraps around at 32 bits, as the model has it: JavaScript would go on, C promises nothing. */
function expressionText(expression: Expression, c: boolean): string {
  switch (expression.kind) {
    case "constant":
      return `(${expression.value})`;
    case "register":
      return `r${expression.register}`;
    case "unary": {
      const operand = expressionText(expression.operand, c);
      if (expression.operator === "!") return `(${operand} == 0 ? 1 : 0)`;
      if (expression.operator === "~") return `(~${operand})`;
      return c ? `((int)-(unsigned)${operand})` : `(-${operand} | 0)`;
    }
    case "binary": {
      const { operator } = expression;
      const [left, right] = [expressionText(expression.left, c), expressionText(expression.right, c)];
      const text = `(${left} ${operator} ${right})`;
      // Comparisons are numbers in C and booleans in JavaScript.
      if (/^(==|!=|<|<=|>|>=|&&|\|\|)$/.test(operator)) return `(${text} ? 1 : 0)`;
      if (/^[&|^]$/.test(operator)) return text;
      if (c) return `((int)((unsigned)${left} ${operator} (unsigned)${right}))`;
      return operator === "*" ? `Math.imul(${left}, ${right})` : `(${text} | 0)`;
    }
  }
}

const orderInC = (order: Order) => `memory_order_${order}`;

function accessInC(instruction: Instruction): string | undefined {
  const at = (location: number) => `cell[${location * locationWords}]`;
  const atomic = (location: number) => `(_Atomic int *)&${at(location)}`;
  const volatile = (location: number) => `*(volatile int *)&${at(location)}`;
  switch (instruction.kind) {
    case "load": {
      const { into, location, order } = instruction;
      return order === "plain"
        ? `r${into} = ${volatile(location)};`
        : `r${into} = atomic_load_explicit(${atomic(location)}, ${orderInC(order)});`;
    }
    case "store": {
      const { location, order } = instruction;
      const value = expressionText(instruction.value, true);
      return order === "plain"
        ? `${volatile(location)} = ${value};`
        : `atomic_store_explicit(${atomic(location)}, ${value}, ${orderInC(order)});`;
    }
    case "update": {
      const { into, location, operation, order } = instruction;
      const name = `atomic_${arithmeticInC[operation]}_explicit`;
      return `r${into} = ${name}(${atomic(location)}, ${expressionText(instruction.operand, true)}, ${
        orderInC(order)
      });`;
    }
    case "compareExchange": {
      const { into, location, order, failureOrder } = instruction;
      return `{ int e = ${
        expressionText(instruction.expected, true)
      }; atomic_compare_exchange_strong_explicit(` +
        `${atomic(location)}, &e, ${expressionText(instruction.desired, true)}, ${orderInC(order)}, ${
          orderInC(failureOrder)
        }); ` +
        `r${into} = e; }`;
    }
    case "fence":
      return `atomic_thread_fence(${orderInC(instruction.order)});`;
  }
  return undefined;
}

function accessInJs(instruction: Instruction, plain: boolean): string | undefined {
  const at = (location: number) => `cell + ${location * locationWords}`;
  switch (instruction.kind) {
    case "load": {
      const { into, location } = instruction;
      return plain
        ? `r${into} = words[${at(location)}];`
        : `r${into} = Atomics.load(words, ${at(location)});`;
    }
    case "store": {
      const value = expressionText(instruction.value, false);
      const { location } = instruction;
      return plain
        ? `words[${at(location)}] = ${value};`
        : `Atomics.store(words, ${at(location)}, ${value});`;
    }
    case "update": {
      const { into, location, operation } = instruction;
      return `r${into} = Atomics.${arithmeticInJs[operation]}(words, ${at(location)}, ${
        expressionText(instruction.operand, false)
      });`;
    }
    case "compareExchange": {
      const { into, location } = instruction;
      const [expected, desired] = [instruction.expected, instruction.desired].map((value) =>
        expressionText(value, false)
      );
      return `r${into} = Atomics.compareExchange(words, ${at(location)}, ${expected}, ${desired});`;
    }
    case "fence":
      // Weaker fences are nothing on x86; a locked instruction on a word of the thread's own is a full one.
      return instruction.order === "seq_cst" ? "Atomics.or(words, out, 0);" : ";";
  }
  return undefined;
}

function bodyLines(
  thread: ProgramThread,
  access: (instruction: Instruction) => string | undefined,
  c: boolean,
): string[] {
  const targets = new Set<number>();
  for (const instruction of thread.instructions) {
    if (instruction.kind === "jump" || instruction.kind === "jumpUnless") targets.add(instruction.to);
  }
  const leave = (to: number) => c ? `goto L${to};` : `break L${to};`;
  const lines = c ? [] : [...targets].sort((first, second) => second - first).map((to) => `L${to}: {`);
  for (let at = 0; at <= thread.instructions.length; at++) {
    if (targets.has(at)) lines.push(c ? `L${at}: ;` : "}");
    const instruction = thread.instructions[at];
    if (instruction === undefined) continue;
    if (instruction.kind === "set") {
      lines.push(`r${instruction.register} = ${expressionText(instruction.value, c)};`);
    } else if (instruction.kind === "jump") lines.push(leave(instruction.to));
    else if (instruction.kind === "jumpUnless") {
      lines.push(`if (${expressionText(instruction.condition, c)} == 0) ${leave(instruction.to)}`);
    } else lines.push(access(instruction)!);
  }
  return lines;
}

/** The body of `function (words, cell, out)` for one thread. */
export function javaScriptOf(thread: ProgramThread, flavour: "plain" | "atomics"): string {
  const names = thread.registers.map((_, register) => `r${register}`);
  return [
    ...thread.initial.map((value, register) => `let r${register} = ${value};`),
    ...bodyLines(thread, (instruction) => accessInJs(instruction, flavour === "plain"), false),
    ...names.map((name, register) => `words[out + ${register}] = ${name};`),
  ].join("\n");
}

/** A C file with one function `litmus_thread_<n>` per thread, each of which runs all cells and meets the others before each. */
export function cSourceOf(threads: readonly ProgramThread[]): string {
  const functions = threads.map((thread, index) => {
    const stored = thread.registers.map((_, register) => `out[${register}] = r${register};`);
    return [
      `static void body_${index}(int *cell, int *out) {`,
      ...thread.initial.map((value, register) => `int r${register} = ${value};`),
      ...bodyLines(thread, accessInC, true),
      ...stored,
      "}",
      `int litmus_thread_${index}(int *gate, int threads, int *cells, int cell_words, int *out, int out_words, int count) {`,
      "  for (int i = 0; i < count; i++) {",
      `    if (!meet(gate, ${index}, threads, i + 1)) return i;`,
      // Whoever comes last starts first: a pause of changing length makes the threads overlap in every way.
      `    for (volatile int pause = (int)((unsigned)i * ${
        2654435761 + 2 * index
      }u >> 24); pause > 0; pause--) ;`,
      `    body_${index}(cells + (long)i * cell_words, out + (long)i * out_words);`,
      "  }",
      "  return count;",
      "}",
    ].join("\n");
  });
  return [
    "#include <sched.h>",
    "#include <stdatomic.h>",
    "static int meet(int *gate, int own, int threads, int round) {",
    `  atomic_store((_Atomic int *)&gate[own * ${locationWords}], round);`,
    "  int spins = 0, yields = 0;",
    "  for (int other = 0; other < threads; other++)",
    `    while (atomic_load((_Atomic int *)&gate[other * ${locationWords}]) < round) {`,
    "      if (++spins < 2000) continue;",
    "      spins = 0;",
    "      if (++yields > 200000) return 0;",
    "      sched_yield();",
    "    }",
    "  return 1;",
    "}",
    ...functions,
    "",
  ].join("\n");
}
