/**
 * Programs of the X86 dialect (destination first, `MOV [x],$1`) and of X86_64 (AT&T, `movq $1,(x)`).
 *
 * Refused: labels and jumps, byte and 16-bit accesses, different sizes on one location, computed addresses.
 *
 * @module
 */
import type { InitialState } from "./litmus_init.ts";
import type { TextPart } from "./litmus_source.ts";
import { LitmusError } from "./litmus_source.ts";
import { type Operand, type SizedLocations, X86Operands, x86Register } from "./litmus_x86_operand.ts";
import type { UpdateOperation } from "./memory_model.ts";
import type { BinaryOperator, Expression } from "./program.ts";
import type { LocationTable } from "./thread_builder.ts";
import { constant, registerValue, ThreadBuilder } from "./thread_builder.ts";

const arithmetic: Readonly<Record<string, { operator: BinaryOperator; operation: UpdateOperation }>> = {
  add: { operator: "+", operation: "add" },
  sub: { operator: "-", operation: "subtract" },
  or: { operator: "|", operation: "or" },
  and: { operator: "&", operation: "and" },
  xor: { operator: "^", operation: "xor" },
};
const accepted =
  "MOV, XCHG, XADD, LOCK CMPXCHG, ADD, SUB, OR, AND, XOR, INC, DEC, MFENCE, SFENCE, LFENCE, NOP";

/** Reads one instruction after another into the builder of its thread. */
class X86Thread {
  readonly builder: ThreadBuilder = new ThreadBuilder();
  readonly #file: string;
  readonly #intel: boolean;
  readonly #operands: X86Operands;
  #line = 0;

  constructor(file: string, thread: number, intel: boolean, locations: SizedLocations, init: InitialState) {
    this.#file = file;
    this.#intel = intel;
    this.#operands = new X86Operands(
      thread,
      this.builder,
      intel,
      locations,
      init,
      (problem) => this.#fail(problem),
    );
  }

  #fail(problem: string): never {
    throw new LitmusError(this.#file, this.#line, problem);
  }

  #value(operand: Operand): Expression {
    switch (operand.kind) {
      case "immediate":
        return constant(operand.value);
      case "register":
        return registerValue(operand.register);
      case "memory": {
        const into = this.builder.temporary();
        this.builder.emit({ kind: "load", into, location: operand.location, order: "relaxed" });
        return registerValue(into);
      }
    }
  }

  #assign(target: Operand, value: Expression): void {
    if (target.kind === "immediate") this.#fail("an immediate can not be written to");
    if (target.kind === "register") this.builder.emit({ kind: "set", register: target.register, value });
    else this.builder.emit({ kind: "store", location: target.location, value, order: "relaxed" });
  }

  #move(source: Operand, target: Operand): void {
    if (source.kind === "memory" && target.kind === "register") {
      this.builder.emit({ kind: "load", into: target.register, location: source.location, order: "relaxed" });
    } else if (source.kind === "memory") {
      this.#fail("MOV from memory to memory does not exist, one operand is a register");
    } else {
      this.#assign(target, this.#value(source));
    }
  }

  #compute(name: string, source: Operand, target: Operand, locked: boolean): void {
    const { operator, operation } = arithmetic[name]!;
    if (source.kind === "memory" && target.kind === "memory") {
      this.#fail(`${name} takes one location at most`);
    }
    if (locked && target.kind === "memory") {
      const { location } = target;
      const into = this.builder.temporary();
      this.builder.emit({
        kind: "update",
        into,
        operation,
        location,
        operand: this.#value(source),
        order: "seq_cst",
      });
      return;
    }
    if (locked) this.#fail(`LOCK ${name} needs a location as its destination`);
    const left = this.#value(target);
    this.#assign(target, { kind: "binary", operator, left, right: this.#value(source) });
  }

  /** XCHG and XADD: the register gets the old value. */
  #swap(name: string, first: Operand, second: Operand, locked: boolean): void {
    const memory = first.kind === "memory" ? first : second;
    const register = first.kind === "memory" ? second : first;
    if (register.kind !== "register") {
      this.#fail(`${name} needs a register and a location or another register`);
    }
    const operand = registerValue(register.register);
    if (memory.kind !== "memory") {
      if (name === "xadd" || memory.kind !== "register") this.#fail(`${name} needs a location`);
      const kept = this.builder.temporary();
      this.builder.emit({ kind: "set", register: kept, value: operand });
      this.builder.emit({ kind: "set", register: register.register, value: registerValue(memory.register) });
      this.builder.emit({ kind: "set", register: memory.register, value: registerValue(kept) });
    } else if (name === "xchg" || locked) {
      const operation = name === "xchg" ? "exchange" : "add";
      const { location } = memory;
      this.builder.emit({
        kind: "update",
        into: register.register,
        operation,
        location,
        operand,
        order: "seq_cst",
      });
    } else {
      const old = this.builder.temporary();
      this.builder.emit({ kind: "load", into: old, location: memory.location, order: "relaxed" });
      this.#assign(memory, { kind: "binary", operator: "+", left: registerValue(old), right: operand });
      this.builder.emit({ kind: "set", register: register.register, value: registerValue(old) });
    }
  }

  #compareExchange(source: Operand, target: Operand, locked: boolean): void {
    if (!locked || target.kind !== "memory") {
      this.#fail("CMPXCHG is accepted with LOCK and a location as its destination");
    }
    const into = this.builder.register("rax");
    this.builder.emit({
      kind: "compareExchange",
      into,
      location: target.location,
      expected: registerValue(into),
      desired: this.#value(source),
      order: "seq_cst",
      failureOrder: "seq_cst",
    });
  }

  /** Reads one cell of the program table. */
  instruction(text: string, line: number): void {
    this.#line = line;
    const match = /^(lock\b[\s;]*)?([a-z]\w*)\s*(.*)$/is.exec(text.trim());
    if (match === null) this.#fail(`instruction ${JSON.stringify(text.trim())}, accepted are ${accepted}`);
    const locked = match[1] !== undefined;
    const mnemonic = match[2]!.toLowerCase();
    if (match[3]!.startsWith(":") || /^(j\w{1,3}|call|ret|loop)$/.test(mnemonic)) {
      this.#fail(`${JSON.stringify(text.trim())}: labels and jumps are not supported`);
    }
    // Compilers pad with no-operations that have operands.
    if (/^(nop[wl]?|endbr64|lfence|sfence|pause)$/.test(mnemonic)) return;
    if (mnemonic === "mfence") {
      this.builder.emit({ kind: "fence", order: "seq_cst" });
      return;
    }
    const known = /^(mov|xchg|xadd|cmpxchg|add|sub|or|and|xor|inc|dec)([bwlq]?)$/.exec(mnemonic);
    if (known === null) {
      this.#fail(`unknown instruction ${JSON.stringify(text.trim())}, accepted are ${accepted}`);
    }
    const [, name = "", suffix = ""] = known;
    if (suffix === "b" || suffix === "w") {
      this.#fail(`${mnemonic} accesses less than 32 bits, which is not supported`);
    }
    const texts = match[3]!.trim() === "" ? [] : match[3]!.split(",").map((operand) => operand.trim());
    // Without a suffix the width follows from a register operand.
    const wide = texts.some((operand) =>
      /^%?r/i.test(operand) && x86Register(operand) !== undefined && !/d$/i.test(operand)
    );
    const bits = suffix === "q" || (suffix === "" && wide) ? 64 : 32;
    const operands = texts.map((operand) => this.#operands.read(operand, bits));
    if (name === "inc" || name === "dec") {
      if (operands.length !== 1) this.#fail(`${mnemonic} takes 1 operand, not ${operands.length}`);
      this.#compute(name === "inc" ? "add" : "sub", { kind: "immediate", value: 1 }, operands[0]!, locked);
      return;
    }
    if (operands.length !== 2) this.#fail(`${mnemonic} takes 2 operands, not ${operands.length}`);
    const [target, source] = (this.#intel ? operands : operands.toReversed()) as [Operand, Operand];
    if (name === "mov") this.#move(source, target);
    else if (name === "xchg" || name === "xadd") this.#swap(name, target, source, locked);
    else if (name === "cmpxchg") this.#compareExchange(source, target, locked);
    else this.#compute(name, source, target, locked);
  }
}

/** Reads the table of instructions. @throws {LitmusError} */
export function parseX86(
  file: string,
  program: TextPart,
  intel: boolean,
  locations: LocationTable,
  init: InitialState,
): ThreadBuilder[] {
  let { line } = program;
  const rows: { cells: string[]; line: number }[] = [];
  for (const row of program.text.split(";")) {
    const start = line +
      (row.length - row.trimStart().length === 0 ? 0 : /^\s*/.exec(row)![0].split("\n").length - 1);
    if (row.trim() !== "") rows.push({ cells: row.split("|").map((cell) => cell.trim()), line: start });
    line += row.split("\n").length - 1;
  }
  const header = rows.shift();
  if (header === undefined || header.cells.some((cell, index) => cell !== `P${index}`)) {
    throw new LitmusError(
      file,
      header?.line ?? program.line,
      `no threads, accepted is a first row like "P0 | P1 ;"`,
    );
  }
  const sized = { table: locations, bits: new Map<number, number>() };
  const threads = header.cells.map((_, thread) => new X86Thread(file, thread, intel, sized, init));
  for (const row of rows) {
    if (row.cells.length > threads.length) {
      throw new LitmusError(
        file,
        row.line,
        `${row.cells.length} columns, the test has ${threads.length} threads`,
      );
    }
    for (const [thread, cell] of row.cells.entries()) {
      if (cell !== "") threads[thread]!.instruction(cell, row.line);
    }
  }
  return threads.map(({ builder }) => builder);
}
