/**
 * Operands of x86 instructions: immediates, registers under all their names, and locations.
 *
 * @module
 */
import type { InitialState } from "./litmus_init.ts";
import { LitmusError } from "./litmus_source.ts";
import type { Expression } from "./program.ts";
import type { LocationTable, ThreadBuilder } from "./thread_builder.ts";
import { constant } from "./thread_builder.ts";

/** A name of a register: the whole 64-bit one that it is part of, and how many of its lowest bits it names. */
export interface RegisterName {
  readonly whole: string;
  readonly bits: 8 | 16 | 32 | 64;
}

const pointers = ["si", "di", "bp", "sp"];

function registerNames(): Map<string, RegisterName> {
  const names = new Map<string, RegisterName>();
  const add = (whole: string, parts: readonly [string, string, string, string]) => {
    for (const [index, name] of parts.entries()) {
      names.set(name, { whole, bits: ([8, 16, 32, 64] as const)[index]! });
    }
  };
  for (const letter of ["a", "b", "c", "d"]) {
    add(`r${letter}x`, [`${letter}l`, `${letter}x`, `e${letter}x`, `r${letter}x`]);
  }
  for (const name of pointers) add(`r${name}`, [`${name}l`, name, `e${name}`, `r${name}`]);
  for (let number = 8; number < 16; number++) {
    add(`r${number}`, [`r${number}b`, `r${number}w`, `r${number}d`, `r${number}`]);
  }
  return names;
}

const registers = registerNames();

/** Understands the name of a register, or answers undefined. `EAX`, `%eax` and `rax` are one register. */
export function x86Register(name: string): RegisterName | undefined {
  return registers.get(name.toLowerCase().replace(/^%/, ""));
}

/** An operand that was understood. Immediates fit into `bits`. */
export type Operand =
  | { readonly kind: "immediate"; readonly value: number }
  | { readonly kind: "register"; readonly register: number; readonly bits: number }
  | { readonly kind: "memory"; readonly location: number; readonly bits: number };

/** The lowest `bits` bits of `value` as a signed number: what a location or a part of a register of that width holds. */
export function narrowed(value: Expression, bits: number): Expression {
  if (bits >= 32) return value;
  const sign = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  if (value.kind === "constant") return constant(((value.value & mask) ^ sign) - sign);
  const low: Expression = { kind: "binary", operator: "&", left: value, right: constant(mask) };
  const flipped: Expression = { kind: "binary", operator: "^", left: low, right: constant(sign) };
  return { kind: "binary", operator: "-", left: flipped, right: constant(sign) };
}

/** What `whole` becomes when its lowest `bits` bits are overwritten: a write of 8 or 16 bits leaves the others alone. */
export function merged(whole: Expression, value: Expression, bits: number): Expression {
  if (bits >= 32) return value;
  const mask = 2 ** bits - 1;
  const kept: Expression = { kind: "binary", operator: "&", left: whole, right: constant(~mask) };
  const low: Expression = { kind: "binary", operator: "&", left: value, right: constant(mask) };
  return { kind: "binary", operator: "|", left: kept, right: low };
}

const prefixes: Readonly<Record<string, number>> = { byte: 8, word: 16, dword: 32, qword: 64 };

/** The width that an operand has by itself: of a register its own, of a location that of `dword ptr` and the like. */
export function ownWidth(text: string): number | undefined {
  const prefix = /^(byte|word|dword|qword) ptr\b/i.exec(text)?.[1];
  return prefix === undefined ? x86Register(text)?.bits : prefixes[prefix.toLowerCase()];
}

/** What stands inside the brackets of an operand in memory, or undefined. */
function memoryName(text: string): string | undefined {
  const memory = /^(?:(?:byte|word|dword|qword) ptr )?(?:\[([^\][]+)\]|\(([^()]+)\)|(\w+)\(%rip\))$/i.exec(
    text,
  );
  return (memory?.[1] ?? memory?.[2] ?? memory?.[3])?.trim();
}

/** Reads the operands of one thread. */
export class X86Operands {
  readonly #builder: ThreadBuilder;
  readonly #intel: boolean;
  readonly #locations: LocationTable;
  readonly #fail: (problem: string) => never;
  /** By register, the location whose address it holds from the start. */
  readonly #addresses = new Map<string, string>();

  /** Registers get what `init` says; `fail` throws an error that names the line. */
  constructor(
    file: string,
    thread: number,
    builder: ThreadBuilder,
    intel: boolean,
    locations: LocationTable,
    init: InitialState,
    fail: (problem: string) => never,
  ) {
    this.#builder = builder;
    this.#intel = intel;
    this.#locations = locations;
    this.#fail = fail;
    for (const { name, line, holds } of init.registers.filter((register) => register.thread === thread)) {
      const register = x86Register(name);
      if (register === undefined || register.bits < 32) {
        throw new LitmusError(
          file,
          line,
          `${thread}:${name} in the initial state, accepted are 32- and 64-bit registers such as ${thread}:rax`,
        );
      }
      if (typeof holds === "number") builder.register(register.whole, holds);
      else this.#addresses.set(register.whole, holds.addressOf);
    }
  }

  /** The width of an instruction that does not say it: that of a register or a prefix, or of a declared location. */
  width(texts: readonly string[]): number {
    const own = texts.map(ownWidth).find((bits) => bits !== undefined);
    if (own !== undefined) return own;
    const names = texts.map((text) => memoryName(text)).filter((name) => name !== undefined);
    const locations = names.map((name) => this.#locations.names.indexOf(name));
    return locations.map((location) => this.#locations.bits.get(location)).find(Boolean) ?? 32;
  }

  /** Understands one operand of an instruction that is `width` bits wide. */
  read(text: string, width: number): Operand {
    const value = /^\$?(-?(?:0x[0-9a-fA-F]+|\d+))$/.exec(text);
    if (value !== null && (this.#intel || text.startsWith("$"))) return this.#immediate(value[1]!, width);
    const register = x86Register(text);
    if (register !== undefined) {
      if (this.#addresses.has(register.whole)) {
        this.#fail(`${text} holds an address, which is only accepted inside brackets`);
      }
      const { whole, bits } = register;
      // The two halves of a register above 32 bits are not told apart: all values are 32 bits wide.
      if (bits !== width && (bits < 32 || width < 32)) {
        this.#fail(`${text} has ${bits} bits where ${width} are needed`);
      }
      return { kind: "register", register: this.#builder.register(whole), bits };
    }
    const inside = memoryName(text);
    if (inside === undefined) {
      this.#fail(`operand ${JSON.stringify(text)}, accepted are $1, a register, [x] or (x)`);
    }
    return this.#memory(text, inside, width);
  }

  #immediate(text: string, width: number): Operand {
    const value = text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
    const bits = Math.min(width, 32);
    if (value < -(2 ** (bits - 1)) || value >= 2 ** bits) {
      this.#fail(`the value ${text} does not fit into ${bits} bits`);
    }
    const wrapped = narrowed(constant(value | 0), bits);
    return { kind: "immediate", value: wrapped.kind === "constant" ? wrapped.value : 0 };
  }

  #memory(text: string, inside: string, width: number): Operand {
    const pointer = x86Register(inside);
    // No address fits into 8 or 16 bits, so that `[di]` can only be a location of that name.
    const name = pointer === undefined || pointer.bits < 32 ? inside : this.#addresses.get(pointer.whole);
    if (name === undefined) {
      this.#fail(
        `${text} is a computed address, accepted are locations and registers that hold one from the start`,
      );
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      this.#fail(`address ${JSON.stringify(inside)}, accepted is the name of a location`);
    }
    const location = this.#locations.number(name);
    const known = this.#locations.bits.get(location) ?? width;
    if (known !== width) {
      this.#fail(`${name} has ${known} bits and is accessed with ${width}, mixed sizes are not supported`);
    }
    this.#locations.bits.set(location, width);
    return { kind: "memory", location, bits: width };
  }
}
