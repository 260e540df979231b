/**
 * Operands of x86 instructions: immediates, registers under all their names, and locations.
 *
 * @module
 */
import type { InitialState } from "./litmus_init.ts";
import type { LocationTable, ThreadBuilder } from "./thread_builder.ts";

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

/** An operand that was understood. */
export type Operand =
  | { readonly kind: "immediate"; readonly value: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "memory"; readonly location: number };

/** Locations of a test, and the width in bits that each is accessed with. */
export interface SizedLocations {
  readonly table: LocationTable;
  readonly bits: Map<number, number>;
}

/** Reads the operands of one thread. */
export class X86Operands {
  readonly #builder: ThreadBuilder;
  readonly #intel: boolean;
  readonly #locations: SizedLocations;
  readonly #fail: (problem: string) => never;
  /** By register, the location whose address it holds from the start. */
  readonly #addresses = new Map<string, string>();

  /** Registers get what `init` says; `fail` throws an error that names the line. */
  constructor(
    thread: number,
    builder: ThreadBuilder,
    intel: boolean,
    locations: SizedLocations,
    init: InitialState,
    fail: (problem: string) => never,
  ) {
    this.#builder = builder;
    this.#intel = intel;
    this.#locations = locations;
    this.#fail = fail;
    const own = (key: string) =>
      key.startsWith(`${thread}:`) ? x86Register(key.slice(key.indexOf(":") + 1)) : undefined;
    for (const [key, value] of init.registers) {
      const register = own(key);
      if (register !== undefined) builder.register(register, value);
    }
    for (const [key, location] of init.addresses) {
      const register = own(key);
      if (register !== undefined) this.#addresses.set(register, location);
    }
  }

  /** Understands one operand of an instruction that is `width` bits wide. */
  read(text: string, width: number): Operand {
    const value = /^\$?(-?(?:0x[0-9a-fA-F]+|\d+))$/.exec(text);
    if (value !== null && (this.#intel || text.startsWith("$"))) {
      return { kind: "immediate", value: Number(value[1]) | 0 };
    }
    const register = x86Register(text);
    if (register !== undefined) {
      if (this.#addresses.has(register)) {
        this.#fail(`${text} holds an address, which is only accepted inside brackets`);
      }
      return { kind: "register", register: this.#builder.register(register) };
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
    const location = this.#locations.table.number(name);
    const known = this.#locations.bits.get(location) ?? width;
    if (known !== width) {
      this.#fail(`${name} is accessed with ${known} and with ${width} bits, mixed sizes are not supported`);
    }
    this.#locations.bits.set(location, width);
    return { kind: "memory", location };
  }
}
