/**
 * Instructions of one x86 thread, one after another, as loads, stores and read-modify-writes.
 *
 * @module
 */
import type { InitialState } from "./litmus_init.ts";
import { LitmusError } from "./litmus_source.ts";
import { acceptedJumps, X86Flow } from "./litmus_x86_flow.ts";
import { merged, narrowed, type Operand, ownWidth, X86Operands } from "./litmus_x86_operand.ts";
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
const accepted = "MOV, MOVZX, MOVSX, XCHG, XADD, LOCK CMPXCHG, ADD, SUB, OR, AND, XOR, INC, DEC, NEG, NOT, " +
  `CMP, TEST, ${acceptedJumps}, MFENCE, SFENCE, LFENCE, NOP`;
const suffixBits: Readonly<Record<string, number>> = { b: 8, w: 16, l: 32, q: 64 };

/** Most instructions of one thread; its jumps are followed one inside the other. */
const mostInstructions = 1000;

type Memory = Operand & { readonly kind: "memory" };

/** Where an instruction stands, and what it is part of. */
export interface X86Place {
  readonly file: string;
  readonly thread: number;
  /** Destination first, `MOV [x],$1`. */
  readonly intel: boolean;
  readonly locations: LocationTable;
  readonly init: InitialState;
}

/** Reads one instruction after another into the builder of its thread. */
export class X86Thread {
  readonly builder: ThreadBuilder = new ThreadBuilder();
  readonly #file: string;
  readonly #intel: boolean;
  readonly #operands: X86Operands;
  readonly #flow: X86Flow;
  #line = 0;

  constructor({ file, thread, intel, locations, init }: X86Place, jumpsConditionally: boolean) {
    this.#file = file;
    this.#intel = intel;
    const fail = (problem: string, line?: number) => this.#fail(problem, line);
    this.#operands = new X86Operands(file, thread, this.builder, intel, locations, init, fail);
    this.#flow = new X86Flow(this.builder, jumpsConditionally, fail);
  }

  #fail(problem: string, line: number = this.#line): never {
    throw new LitmusError(this.#file, line, problem);
  }

  /** The value of an operand; a location is loaded. */
  #value(operand: Operand): Expression {
    switch (operand.kind) {
      case "immediate":
        return constant(operand.value);
      case "register":
        return narrowed(registerValue(operand.register), operand.bits);
      case "memory": {
        const into = this.builder.temporary();
        this.builder.emit({ kind: "load", into, location: operand.location, order: "relaxed" });
        return registerValue(into);
      }
    }
  }

  #assign(target: Operand, value: Expression): void {
    if (target.kind === "immediate") this.#fail("an immediate can not be written to");
    const { bits } = target;
    if (target.kind === "register") {
      const { register } = target;
      this.builder.emit({ kind: "set", register, value: merged(registerValue(register), value, bits) });
    } else {
      const { location } = target;
      this.builder.emit({ kind: "store", location, value: narrowed(value, bits), order: "relaxed" });
    }
  }

  #move(source: Operand, target: Operand): void {
    if (source.kind === "memory" && target.kind === "memory") {
      this.#fail("MOV from memory to memory does not exist, one operand is a register");
    }
    if (source.kind === "memory" && target.kind === "register" && target.bits >= 32) {
      this.builder.emit({ kind: "load", into: target.register, location: source.location, order: "relaxed" });
    } else {
      this.#assign(target, this.#value(source));
    }
  }

  /** MOVZX and MOVSX, MOVZBL and the like: the target is wider than the source. */
  #extend(mnemonic: string, texts: readonly string[], signed: boolean, from?: string, to?: string): void {
    this.#expect(mnemonic, texts, 2);
    const [targetText, sourceText] = (this.#intel ? texts : texts.toReversed()) as [string, string];
    const bits = suffixBits[from ?? ""] ?? ownWidth(sourceText);
    if (bits === undefined || bits > 16) this.#fail(`${mnemonic} needs a source of 8 or 16 bits`);
    const source = this.#operands.read(sourceText, bits);
    const target = this.#operands.read(targetText, suffixBits[to ?? ""] ?? ownWidth(targetText) ?? 32);
    if (source.kind === "immediate" || target.kind !== "register" || target.bits <= bits) {
      this.#fail(`${mnemonic} goes from a register or a location to a wider register`);
    }
    const value = this.#value(source);
    const mask = constant(2 ** bits - 1);
    this.#assign(target, signed ? value : { kind: "binary", operator: "&", left: value, right: mask });
  }

  /** The condition codes of `left operator right`, as a comparison of two numbers. */
  #codesOf(name: string, left: Expression, right: Expression, bits: number): void {
    const { operator } = arithmetic[name]!;
    if (name === "sub") this.#flow.compared(left, right, bits);
    else if (name === "add") {
      this.#flow.compared(left, { kind: "unary", operator: "-", operand: right }, bits);
    } else this.#flow.compared(narrowed({ kind: "binary", operator, left, right }, bits), constant(0), bits);
  }

  #compute(name: string, source: Operand, target: Operand, locked: boolean): void {
    const { operator, operation } = arithmetic[name]!;
    if (source.kind === "memory" && target.kind === "memory") {
      this.#fail(`${name} takes one location at most`);
    }
    if (target.kind === "immediate") this.#fail("an immediate can not be written to");
    if (!locked) {
      const left = this.#value(target);
      const right = this.#value(source);
      this.#codesOf(name, left, right, target.bits);
      return this.#assign(target, { kind: "binary", operator, left, right });
    }
    if (target.kind !== "memory") this.#fail(`LOCK ${name} needs a location as its destination`);
    const operand = this.#value(source);
    this.#codesOf(name, this.#update(operation, target, operand), operand, target.bits);
  }

  /** A locked read-modify-write; answers the old value, which goes to a register of its own unless `into` names one. */
  #update(
    operation: UpdateOperation,
    { location, bits }: Memory,
    operand: Expression,
    into: number = this.builder.temporary(),
  ): Expression {
    if (bits < 32 && (operation === "add" || operation === "subtract")) {
      this.#fail("locked sums of less than 32 bits are not supported");
    }
    this.builder.emit({ kind: "update", into, operation, location, operand, order: "seq_cst" });
    return registerValue(into);
  }

  /** The register itself where an instruction overwrites it whole. */
  #wholly(target: Operand & { readonly kind: "register" }): number | undefined {
    return target.bits >= 32 ? target.register : undefined;
  }

  /** XCHG and XADD: the register gets the old value. */
  #swap(name: string, first: Operand, second: Operand, locked: boolean): void {
    const memory = first.kind === "memory" ? first : second;
    const register = first.kind === "memory" ? second : first;
    if (register.kind !== "register" || memory.kind === "immediate") {
      this.#fail(`${name} needs a register and a location or another register`);
    }
    if (memory.kind === "register") {
      if (name === "xadd" || locked) this.#fail(`${name} needs a location`);
      const kept = this.builder.temporary();
      this.builder.emit({ kind: "set", register: kept, value: this.#value(register) });
      this.#assign(register, this.#value(memory));
      return this.#assign(memory, registerValue(kept));
    }
    const value = this.#value(register);
    const whole = this.#wholly(register);
    if (name === "xchg") {
      const old = this.#update("exchange", memory, value, whole);
      return whole === undefined ? this.#assign(register, old) : undefined;
    }
    this.#flow.compared(undefined, { kind: "unary", operator: "-", operand: value }, memory.bits);
    const old = locked ? this.#update("add", memory, value, whole) : this.#value(memory);
    if (!locked) this.#assign(memory, { kind: "binary", operator: "+", left: old, right: value });
    this.#flow.compared(old, undefined, memory.bits);
    if (!locked || whole === undefined) this.#assign(register, old);
  }

  #compareExchange(source: Operand, target: Operand, locked: boolean): void {
    if (!locked || target.kind !== "memory") {
      this.#fail("CMPXCHG is accepted with LOCK and a location as its destination");
    }
    const { location, bits } = target;
    const accumulator = { kind: "register", register: this.builder.register("rax"), bits } as const;
    const expected = this.#value(accumulator);
    const desired = this.#value(source);
    const whole = this.#wholly(accumulator);
    const into = whole ?? this.builder.temporary();
    const order = "seq_cst";
    this.#flow.compared(expected, undefined, bits);
    this.builder.emit({
      kind: "compareExchange",
      into,
      location,
      expected,
      desired,
      order,
      failureOrder: order,
    });
    this.#flow.compared(undefined, registerValue(into), bits);
    if (whole === undefined) this.#assign(accumulator, registerValue(into));
  }

  #compare(name: string, source: Operand, target: Operand): void {
    if (source.kind === "memory" && target.kind === "memory") {
      this.#fail(`${name} takes one location at most`);
    }
    if (target.kind === "immediate") this.#fail(`${name} does not compare an immediate with something else`);
    const [left, right] = [this.#value(target), this.#value(source)];
    this.#codesOf(name === "cmp" ? "sub" : "and", left, right, target.bits);
  }

  #single(name: string, operand: Operand, locked: boolean): void {
    if (name === "inc" || name === "dec") {
      return this.#compute(name === "inc" ? "add" : "sub", { kind: "immediate", value: 1 }, operand, locked);
    }
    if (locked) this.#fail(`LOCK ${name} is not supported`);
    const value = this.#value(operand);
    if (name === "neg") {
      this.#flow.compared(constant(0), value, operand.kind === "immediate" ? 32 : operand.bits);
    }
    this.#assign(operand, { kind: "unary", operator: name === "neg" ? "-" : "~", operand: value });
  }

  /** Reads one cell of the program table. */
  instruction(text: string, line: number): void {
    this.#line = line;
    if (this.builder.next >= mostInstructions) {
      this.#fail(`more than ${mostInstructions} instructions in one thread`);
    }
    const label = /\s*([A-Za-z_.][\w.]*)\s*:(?!:)/y;
    let begin = 0;
    for (let found = label.exec(text); found !== null; found = label.exec(text)) {
      this.#flow.label(found[1]!);
      begin = label.lastIndex;
    }
    const unlabelled = text.slice(begin).trim();
    if (unlabelled === "") return;
    const match = /^(lock\b[\s;]*)?([a-z]\w*)\s*(.*)$/is.exec(unlabelled);
    if (match === null) this.#fail(`instruction ${JSON.stringify(unlabelled)}, accepted are ${accepted}`);
    const locked = match[1] !== undefined;
    const mnemonic = match[2]!.toLowerCase();
    const rest = match[3]!.trim();
    // Compilers pad with no-operations that have operands.
    const nothing = /^(nop[wl]?|endbr64|lfence|sfence|mfence|pause)$/.test(mnemonic);
    if (locked && (nothing || /^(j\w+|ret)$/.test(mnemonic))) this.#fail(`LOCK ${mnemonic} does not exist`);
    if (/^(j\w+|ret)$/.test(mnemonic)) return this.#flow.jump(mnemonic, rest, line);
    if (nothing && rest !== "" && !mnemonic.startsWith("nop")) {
      this.#fail(`${mnemonic} takes no operands, not ${JSON.stringify(rest)}`);
    }
    if (mnemonic === "mfence") this.builder.emit({ kind: "fence", order: "seq_cst" });
    if (nothing) return;
    const operands = rest === "" ? [] : rest.split(",").map((operand) => operand.trim());
    if (!this.#withOperands(mnemonic, operands, locked)) {
      this.#fail(`unknown instruction ${JSON.stringify(unlabelled)}, accepted are ${accepted}`);
    }
  }

  /** Reads an instruction other than a jump, a fence or a no-operation; false = it is unknown. */
  #withOperands(mnemonic: string, texts: readonly string[], locked: boolean): boolean {
    const extending = /^mov([zs])(?:x|([bw])([wlq]))$/.exec(mnemonic);
    if (extending !== null) {
      if (locked) this.#fail(`LOCK ${mnemonic} does not exist`);
      this.#extend(mnemonic, texts, extending[1] === "s", extending[2], extending[3]);
      return true;
    }
    const known = /^(mov|xchg|xadd|cmpxchg|add|sub|or|and|xor|cmp|test|inc|dec|neg|not)([bwlq]?)$/.exec(
      mnemonic,
    );
    if (known === null) return false;
    const [, name = "", suffix = ""] = known;
    const width = suffixBits[suffix] ?? this.#operands.width(texts);
    const operands = texts.map((operand) => this.#operands.read(operand, width));
    const single = /^(inc|dec|neg|not)$/.test(name);
    this.#expect(mnemonic, texts, single ? 1 : 2);
    const [target, source] = (this.#intel ? operands : operands.toReversed()) as [Operand, Operand];
    if (single) this.#single(name, target, locked);
    else if (name === "xchg" || name === "xadd") this.#swap(name, target, source, locked);
    else if (name === "cmpxchg") this.#compareExchange(source, target, locked);
    else if (arithmetic[name] !== undefined) this.#compute(name, source, target, locked);
    else if (locked) this.#fail(`LOCK ${mnemonic} does not exist`);
    else if (name === "mov") this.#move(source, target);
    else this.#compare(name, source, target);
    return true;
  }

  #expect(mnemonic: string, texts: readonly string[], count: number): void {
    if (texts.length !== count) this.#fail(`${mnemonic} takes ${count} operands, not ${texts.length}`);
  }

  /** Ends the thread: all jumps get their targets. */
  finish(): void {
    this.#flow.finish();
  }
}
