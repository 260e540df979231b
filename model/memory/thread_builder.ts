/**
 * Collects the instructions of one thread while its text is read.
 *
 * @module
 */
import type { Expression, Instruction, ProgramThread } from "./program.ts";

/** Locations of a test by name, numbered in order of appearance. */
export class LocationTable {
  readonly names: string[] = [];
  /** Width in bits by number, where it is known. */
  readonly bits: Map<number, number> = new Map();

  /** The number of the location, which is added if it is new. */
  number(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }
}

/** The instructions and registers of one thread. */
export class ThreadBuilder {
  readonly #names: string[] = [];
  readonly #initial: number[] = [];
  readonly instructions: Instruction[] = [];

  /** The number of the register, which is added with an initial value if it is new. */
  register(name: string, initial = 0): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    this.#initial.push(initial);
    return this.#names.push(name) - 1;
  }

  /** The number of a declared register, or undefined. */
  known(name: string): number | undefined {
    const at = this.#names.indexOf(name);
    return at < 0 ? undefined : at;
  }

  /** Names of all registers that the test itself has. */
  names(): string[] {
    return this.#names.filter((name) => !name.startsWith("$"));
  }

  /** A register that the test can not name. */
  temporary(): number {
    return this.register(`$${this.#names.length}`);
  }

  /** Adds an instruction and answers its index. */
  emit(instruction: Instruction): number {
    return this.instructions.push(instruction) - 1;
  }

  /** Index of the next instruction. */
  get next(): number {
    return this.instructions.length;
  }

  /** The finished thread. */
  build(): ProgramThread {
    return { registers: this.#names, initial: this.#initial, instructions: this.instructions };
  }
}

/** A constant. */
export function constant(value: number): Expression {
  return { kind: "constant", value };
}

/** The value of a register. */
export function registerValue(register: number): Expression {
  return { kind: "register", register };
}
