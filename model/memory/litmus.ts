/**
 * The litmus format: reads a test of the X86, X86_64 or C dialect into a program and a question.
 *
 * @see {@link https://diy.inria.fr/doc/herd.html}
 * @module
 */
import { parseC } from "./litmus_c.ts";
import type { Condition, Name, Quantifier, Question } from "./litmus_condition.ts";
import { missingCondition, parseQuestion, splitQuestion } from "./litmus_condition.ts";
import { parseInit } from "./litmus_init.ts";
import { LitmusError, litmusParts } from "./litmus_source.ts";
import { parseX86 } from "./litmus_x86.ts";
import { narrowed, x86Register } from "./litmus_x86_operand.ts";
import type { Program } from "./program.ts";
import type { ThreadBuilder } from "./thread_builder.ts";
import { constant, LocationTable } from "./thread_builder.ts";

export { LitmusError };

/** A register of a thread or a location, by number, with the name to print. */
export type Observed =
  | { readonly kind: "register"; readonly thread: number; readonly register: number; readonly name: string }
  | { readonly kind: "location"; readonly location: number; readonly name: string };

/** A litmus test. */
export interface LitmusTest {
  readonly name: string;
  readonly dialect: "x86" | "c";
  readonly program: Program;
  readonly quantifier: Quantifier;
  readonly condition: Condition<Observed>;
  /** What a final state must meet to count at all; undefined = all of them do. */
  readonly filter: Condition<Observed> | undefined;
  /** What a final state shows: everything in the condition and in `locations`, once each. */
  readonly observed: readonly Observed[];
}

/** Gives names their numbers. */
class Resolver {
  readonly #file: string;
  readonly #threads: readonly ThreadBuilder[];
  readonly #locations: LocationTable;
  readonly #x86: boolean;
  readonly observed: Observed[] = [];

  constructor(file: string, threads: readonly ThreadBuilder[], locations: LocationTable, x86: boolean) {
    this.#file = file;
    this.#threads = threads;
    this.#locations = locations;
    this.#x86 = x86;
  }

  #location({ name, line }: Name): Observed {
    const location = this.#locations.names.indexOf(name);
    if (location >= 0) return { kind: "location", location, name };
    const thread = this.#threads.findIndex((own) =>
      own.known(x86Register(name)?.whole ?? name) !== undefined
    );
    throw new LitmusError(
      this.#file,
      line,
      `neither the program nor the initial state knows the location ${name}, accepted are: ${
        this.#locations.names.join(", ") || "none"
      }` + (thread < 0 ? "" : ` (a register is named with its thread: ${thread}:${name})`),
    );
  }

  resolve(name: Name): Observed {
    if (name.kind === "location") return this.#location(name);
    const thread = this.#threads[name.thread];
    if (thread === undefined) {
      throw new LitmusError(
        this.#file,
        name.line,
        `there is no thread ${name.thread}, the last one is ${this.#threads.length - 1}`,
      );
    }
    const part = this.#x86 ? x86Register(name.name) : undefined;
    // A part of a register that is observed by itself is left alone: 0:al is no name of 0:rax.
    const canonical = part !== undefined && part.bits >= 32 ? part.whole : name.name;
    const register = thread.known(canonical);
    if (register === undefined) {
      const known = thread.names().map((own) => `${name.thread}:${own}`).join(", ") || "none";
      throw new LitmusError(
        this.#file,
        name.line,
        `register ${name.thread}:${name.name} is not declared, accepted are: ${known}`,
      );
    }
    return { kind: "register", thread: name.thread, register, name: `${name.thread}:${name.name}` };
  }

  name(name: Name): Observed {
    const resolved = this.resolve(name);
    const same = this.observed.find((other) =>
      other.kind === "location"
        ? resolved.kind === "location" && resolved.location === other.location
        : resolved.kind === "register" && resolved.thread === other.thread &&
          resolved.register === other.register
    );
    if (same === undefined) this.observed.push(resolved);
    return same ?? resolved;
  }

  /** Everything that has a name. */
  all(): void {
    for (const name of this.#locations.names) this.name({ kind: "location", name, line: 0 });
    for (const [thread, own] of this.#threads.entries()) {
      for (const name of own.names()) this.name({ kind: "register", thread, name, line: 0 });
    }
  }

  /** The number that a location holds after `value` was written to it: a byte holds -1 for 255. */
  held(at: Observed, value: number): number {
    const bits = at.kind === "location" ? this.#locations.bits.get(at.location) : undefined;
    const held = narrowed(constant(value), this.#x86 ? bits ?? 32 : 32);
    return held.kind === "constant" ? held.value : value;
  }

  /** The condition over what `known` makes of its names. */
  condition(condition: Condition<Name>, known: (name: Name) => Observed): Condition<Observed> {
    switch (condition.kind) {
      case "true":
      case "false":
        return { kind: condition.kind };
      case "equals": {
        const left = known(condition.left);
        const { right } = condition;
        return {
          kind: "equals",
          left,
          right: typeof right === "number" ? this.held(left, right) : known(right),
        };
      }
      case "not":
        return { kind: "not", operand: this.condition(condition.operand, known) };
      case "and":
      case "or":
      case "implies":
        return {
          kind: condition.kind,
          left: this.condition(condition.left, known),
          right: this.condition(condition.right, known),
        };
    }
  }
}

/**
 * Reads a litmus test; `file` is only named in errors. A test that asks nothing is refused, unless `conditionOptional`:
 * then all its locations and registers are observed.
 *
 * @throws {LitmusError} for anything that is not understood: nothing is guessed or skipped.
 *
 * @example A test and its question
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseLitmus } from "./litmus.ts";
 *
 * const test = parseLitmus("R.litmus", `X86 R
 * { }
 *  P0         | P1         ;
 *  MOV [x],$1 | MOV [y],$2 ;
 *  MOV [y],$1 | MOV EAX,[x];
 * exists (y=2 /\\ 1:EAX=0)`);
 * assertEquals(test.program.locations, ["x", "y"]);
 * assertEquals(test.observed.map(({ name }) => name), ["y", "1:EAX"]);
 * ```
 */
export function parseLitmus(
  file: string,
  source: string,
  { conditionOptional = false }: { readonly conditionOptional?: boolean } = {},
): LitmusTest {
  const parts = litmusParts(file, source);
  const x86 = parts.architecture !== "C";
  const init = parseInit(file, parts.init);
  const locations = new LocationTable();
  for (const name of init.locations.keys()) locations.number(name);
  const { program, question } = splitQuestion(parts.body);
  if (question === undefined && !conditionOptional) throw missingCondition(file, parts.body);
  const threads = x86
    ? parseX86(file, program, parts.architecture === "X86", locations, init)
    : parseC(file, program, locations, init);
  const stray = init.registers.find(({ thread }) => thread >= threads.length);
  if (stray !== undefined) {
    throw new LitmusError(
      file,
      stray.line,
      `there is no thread ${stray.thread}, the last one is ${threads.length - 1}`,
    );
  }
  const resolver = new Resolver(file, threads, locations, x86);
  const asked: Question = question === undefined
    ? { quantifier: "none", condition: { kind: "true" }, locations: [], filter: undefined }
    : parseQuestion(file, question);
  if (question === undefined) resolver.all();
  for (const name of asked.locations) resolver.name(name);
  const condition = resolver.condition(asked.condition, (name) => resolver.name(name));
  const filter = asked.filter && resolver.condition(asked.filter, (name) => resolver.resolve(name));
  return {
    name: parts.name,
    dialect: x86 ? "x86" : "c",
    program: {
      locations: locations.names,
      initial: locations.names.map((name, location) =>
        resolver.held({ kind: "location", location, name }, init.locations.get(name) ?? 0)
      ),
      threads: threads.map((thread) => thread.build()),
    },
    quantifier: asked.quantifier,
    condition,
    filter,
    observed: resolver.observed,
  };
}
