/**
 * Shrinking by trying all ends: any one command in place of the last two.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { keyOf } from "../plain.ts";
import { Guess, type Remembered } from "../repair.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** The pass that tries all ends. */
export class Ends implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #maximumTicks: number;

  constructor(machine: AnyMachine, maximumTicks: number) {
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [{ name: "ends", turns: 1, candidates: this.#ends(failing) }];
  }

  /** Contract: puts any possible command in place of the last two; such about what the case is about first. */
  *#ends({ start, commands }: Shrinkable): Candidates {
    if (commands.length < 2) return;
    const kept = commands.slice(0, -2);
    const before = new Guess(this.#machine, start, this.#maximumTicks);
    for (const { command, heard } of kept) before.step(command, heard);
    for (const command of familiarFirst(this.#machine.commands, commands)) {
      const guess = before.fork();
      if (!guess.step(command, undefined)) continue;
      yield { start, commands: [...kept, { command }], expected: guess.expected };
    }
  }
}

/** Commands that a case has, then those whose values it has in fields of the same names, then all others. */
function familiarFirst(all: readonly AnyCommand[], commands: readonly Remembered[]): readonly AnyCommand[] {
  const has = new Set(commands.map(({ command }) => keyOf(command)));
  const values = new Set(commands.flatMap(({ command }) => fieldsOf(command)));
  const strangeness = (command: AnyCommand): number =>
    has.has(keyOf(command)) ? 0 : fieldsOf(command).every((field) => values.has(field)) ? 1 : 2;
  return all.toSorted((one, other) => strangeness(one) - strangeness(other));
}

function fieldsOf(command: AnyCommand): string[] {
  return Object.entries(command).flatMap(([field, value]) =>
    field === "kind" ? [] : [`${field} ${keyOf(value)}`]
  );
}
