/**
 * Labels, jumps and condition codes of x86 programs.
 *
 * An instruction that sets the condition codes leaves two numbers behind whose comparison answers every conditional
 * jump: what was compared, or the two parts of a sum. Whether they are equal, and the sign of their difference, is
 * asked of as many bits as the instruction has: a third number moves these to the top of a word. The carry is not kept, so jumps that compare without a sign are
 * refused. So are loops: without them every thread ends, and every model can list all executions.
 *
 * @module
 */
import { lookUp } from "./litmus_source.ts";
import type { BinaryOperator, Expression, Instruction } from "./program.ts";
import type { ThreadBuilder } from "./thread_builder.ts";
import { constant, registerValue } from "./thread_builder.ts";

/** By mnemonic without the `j`: how the two numbers compare where the jump is NOT taken. */
const notTaken: Readonly<Record<string, BinaryOperator>> = {
  e: "!=",
  z: "!=",
  ne: "==",
  nz: "==",
  l: ">=",
  nge: ">=",
  ge: "<",
  nl: "<",
  le: ">",
  ng: ">",
  g: "<=",
  nle: "<=",
};
/** The jumps that are understood, for errors. */
export const acceptedJumps = "JMP, JE, JZ, JNE, JNZ, JL, JLE, JG, JGE, JS, JNS and RET";

/** Whether the text, behind any labels, is a jump that asks the condition codes. */
export function isConditionalJump(text: string): boolean {
  return /(^|:)\s*j(?!mp\b)\w/i.test(text);
}

/** The jumps of one thread. Targets are filled in by {@link X86Flow.finish}, when all labels are known. */
export class X86Flow {
  readonly #builder: ThreadBuilder;
  readonly #fail: (problem: string, line?: number) => never;
  readonly #labels = new Map<string, number>();
  readonly #jumps: { readonly at: number; readonly label: string | undefined; readonly line: number }[] = [];
  /** Registers that hold the two numbers and the scale, where the thread jumps conditionally at all. */
  readonly #codes: readonly [number, number, number] | undefined;
  #codesSet = false;

  /** `fail` throws an error that names the line, or the line of the current instruction. */
  constructor(
    builder: ThreadBuilder,
    jumpsConditionally: boolean,
    fail: (problem: string, line?: number) => never,
  ) {
    this.#builder = builder;
    this.#fail = fail;
    this.#codes = jumpsConditionally
      ? [builder.temporary(), builder.temporary(), builder.temporary()]
      : undefined;
  }

  /** The next instruction has this label. */
  label(name: string): void {
    if (this.#labels.has(name)) this.#fail(`label ${name} is given twice`);
    this.#labels.set(name, this.#builder.next);
  }

  /** Takes note that the condition codes are those of `left - right`; `undefined` leaves that number as it is. */
  compared(left: Expression | undefined, right: Expression | undefined, bits: number): void {
    if (this.#codes === undefined) return;
    this.#codesSet = true;
    const scale = constant(2 ** Math.max(0, 32 - bits));
    for (const [index, value] of [left, right, scale].entries()) {
      if (value !== undefined) this.#builder.emit({ kind: "set", register: this.#codes[index]!, value });
    }
  }

  #jumpTo(instruction: Instruction, label: string | undefined, line: number): void {
    this.#jumps.push({ at: this.#builder.emit(instruction), label, line });
  }

  /** Reads `jmp L`, `je L` and the like, or `ret`. */
  jump(mnemonic: string, target: string, line: number): void {
    if (mnemonic === "ret") {
      if (target !== "") this.#fail("RET takes no operand");
      return this.#jumpTo({ kind: "jump", to: 0 }, undefined, line);
    }
    if (!/^[A-Za-z_.][\w.]*$/.test(target)) {
      this.#fail(`${mnemonic} to ${JSON.stringify(target)}, accepted is a label`);
    }
    if (mnemonic === "jmp") return this.#jumpTo({ kind: "jump", to: 0 }, target, line);
    const condition = this.#condition(mnemonic);
    this.#jumpTo({ kind: "jumpUnless", condition, to: 0 }, target, line);
  }

  /** What holds where the conditional jump is not taken. */
  #condition(mnemonic: string): Expression {
    if (this.#codes === undefined || !this.#codesSet) {
      this.#fail(`${mnemonic} before any instruction that sets the condition codes, such as CMP or TEST`);
    }
    const [first, second, scale] = this.#codes;
    const [left, right] = [registerValue(first), registerValue(second)];
    const sign = /^jn?s$/.test(mnemonic);
    const operator = sign ? (mnemonic === "js" ? ">=" : "<") : lookUp(notTaken, mnemonic.slice(1));
    if (operator === undefined) {
      this.#fail(`jump ${mnemonic} is not supported, accepted are ${acceptedJumps}`);
    }
    if (!sign && operator !== "==" && operator !== "!=") return { kind: "binary", operator, left, right };
    const difference: Expression = { kind: "binary", operator: "-", left, right };
    const top: Expression = { kind: "binary", operator: "*", left: difference, right: registerValue(scale) };
    return { kind: "binary", operator, left: top, right: constant(0) };
  }

  /** Fills in the targets and lays the instructions out so that every jump goes forward. */
  finish(): void {
    const { instructions } = this.#builder;
    for (const { at, label, line } of this.#jumps) {
      const to = label === undefined ? instructions.length : this.#labels.get(label);
      if (to === undefined) {
        const known = [...this.#labels.keys()].join(", ") || "none";
        this.#fail(`there is no label ${label} in this thread, there are: ${known}`, line);
      }
      instructions[at] = { ...instructions[at] as Instruction & { kind: "jump" | "jumpUnless" }, to };
    }
    if (!this.#jumps.some(({ at }) => targetOf(instructions[at]!)! <= at)) return;
    const order = executionOrder(instructions);
    if (typeof order === "number") {
      const { label, line } = this.#jumps.find(({ at }) => at === order)!;
      this.#fail(`the jump back to ${label} makes a loop, which is not supported`, line);
    }
    instructions.splice(0, instructions.length, ...laidOut(instructions, order));
  }
}

function targetOf(instruction: Instruction): number | undefined {
  return instruction.kind === "jump" || instruction.kind === "jumpUnless" ? instruction.to : undefined;
}

/** All instructions that can be reached, each before its successors; or the index of a jump that closes a loop. */
function executionOrder(instructions: readonly Instruction[]): readonly number[] | number {
  const state = new Map<number, "open" | "done">();
  const finished: number[] = [];
  /** Answers the jump that closes a loop, if there is one below `at`. */
  const visit = (at: number): number | undefined => {
    const instruction = instructions[at];
    if (instruction === undefined || state.get(at) === "done") return undefined;
    state.set(at, "open");
    const to = targetOf(instruction);
    // The jump's target first: what follows in the text then stays behind its predecessor.
    const next = [...(to === undefined ? [] : [to]), ...(instruction.kind === "jump" ? [] : [at + 1])];
    for (const successor of next) {
      if (state.get(successor) === "open") return at;
      const loop = visit(successor);
      if (loop !== undefined) return loop;
    }
    state.set(at, "done");
    finished.push(at);
    return undefined;
  };
  return visit(0) ?? finished.reverse();
}

/** The instructions in this order, with jumps to where they went before. */
function laidOut(instructions: readonly Instruction[], order: readonly number[]): Instruction[] {
  const result: Instruction[] = [];
  const places = new Map<number, number>();
  for (const [index, at] of order.entries()) {
    places.set(at, result.length);
    result.push(instructions[at]!);
    const falls = instructions[at]!.kind !== "jump" && at + 1 !== (order[index + 1] ?? instructions.length);
    if (falls) result.push({ kind: "jump", to: at + 1 });
  }
  return result.map((instruction) => {
    const to = targetOf(instruction);
    return to === undefined
      ? instruction
      : { ...instruction as Instruction & { kind: "jump" }, to: places.get(to) ?? result.length };
  });
}
