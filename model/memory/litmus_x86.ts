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
import type { UpdateOperation } from "./memory_model.ts";
import type { BinaryOperator, Expression } from "./program.ts";
import type { LocationTable } from "./thread_builder.ts";
import { constant, registerValue, ThreadBuilder } from "./thread_builder.ts";

const letters = ["a", "b", "c", "d"];
const classical = [...letters.map((letter) => `${letter}x`), "si", "di", "bp", "sp"];

/** The 64-bit name of a 32- or 64-bit register, or undefined. `EAX`, `%eax` and `rax` are one register. */
export function x86Register(name: string): string | undefined {
  const lower = name.toLowerCase().replace(/^%/, "");
  if (/^r([89]|1[0-5])d?$/.test(lower)) return lower.replace(/d$/, "");
  return (lower.startsWith("e") || lower.startsWith("r")) && classical.includes(lower.slice(1))
    ? `r${lower.slice(1)}`
    : undefined;
}

type Operand =
  | { readonly kind: "immediate"; readonly value: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "memory"; readonly location: number };

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
  readonly #thread: number;
  readonly #intel: boolean;
  readonly #locations: LocationTable;
  readonly #addresses = new Map<string, string>();
  readonly #sizes: Map<number, number>;
  #line = 0;

  constructor(
    file: string,
    thread: number,
    intel: boolean,
    locations: LocationTable,
    sizes: Map<number, number>,
    init: InitialState,
  ) {
    this.#file = file;
    this.#thread = thread;
    this.#intel = intel;
    this.#locations = locations;
    this.#sizes = sizes;
    const own = (key: string) =>
      key.startsWith(`${thread}:`) ? x86Register(key.slice(key.indexOf(":") + 1)) : undefined;
    for (const [key, value] of init.registers) {
      const register = own(key);
      if (register !== undefined) this.builder.register(register, value);
    }
    for (const [key, location] of init.addresses) {
      const register = own(key);
      if (register !== undefined) this.#addresses.set(register, location);
    }
  }

  #fail(problem: string): never {
    throw new LitmusError(this.#file, this.#line, problem);
  }

  #operand(text: string, bits: number | undefined): Operand {
    const value = /^\$?(-?(?:0x[0-9a-fA-F]+|\d+))$/.exec(text);
    if (value !== null && (this.#intel || text.startsWith("$"))) {
      return { kind: "immediate", value: Number(value[1]) | 0 };
    }
    const register = x86Register(text);
    if (register !== undefined) {
      if (this.#addresses.has(register)) {
        this.#fail(`${text} holds an address, which is only accepted inside brackets`);
      }
      return { kind: "register", register: this.builder.register(register) };
    }
    const memory = /^(?:[dq]word ptr )?(?:\[([^\][]+)\]|\(([^()]+)\)|(\w+)\(%rip\))$/i.exec(text);
    if (memory === null) {
      this.#fail(`operand ${JSON.stringify(text)}, accepted are $1, a 32- or 64-bit register, [x] or (x)`);
    }
    const inside = (memory[1] ?? memory[2] ?? memory[3])!.trim();
    const pointer = x86Register(inside);
    const name = pointer === undefined ? inside : this.#addresses.get(pointer);
    if (name === undefined) {
      this.#fail(
        `${text} is a computed address, accepted are locations and registers that hold one from the start`,
      );
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      this.#fail(`address ${JSON.stringify(inside)}, accepted is the name of a location`);
    }
    const location = this.#locations.number(name);
    const width = bits ?? 32;
    const known = this.#sizes.get(location) ?? width;
    if (known !== width) {
      this.#fail(`${name} is accessed with ${known} and with ${width} bits, mixed sizes are not supported`);
    }
    this.#sizes.set(location, width);
    return { kind: "memory", location };
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
    if (mnemonic === "nop" || mnemonic === "endbr64" || mnemonic === "lfence" || mnemonic === "sfence") {
      return;
    }
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
    const operands = texts.map((operand) => this.#operand(operand, bits));
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
  const sizes = new Map<number, number>();
  const threads = header.cells.map((_, thread) => new X86Thread(file, thread, intel, locations, sizes, init));
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
