/**
 * Shrinking by trying all ends: the last commands give way to every shorter sequence of commands.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { keyOf } from "./plain.ts";
import { Guess, type Remembered } from "./repair.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** The pass that tries all ends. */
export class Tails implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #maximumTicks: number;

  constructor(machine: AnyMachine, maximumTicks: number) {
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
  }

  wide(failing: Shrinkable): readonly Lane[] {
    return [
      { name: "ends", turns: 1, candidates: this.#all(failing, 2, 2) },
      { name: "tails", turns: 0.5, candidates: this.#all(failing, 3, failing.commands.length) },
    ];
  }

  /**
   * Contract: replaces the last `least` commands by any sequence that has one less, then one command more, and so on
   * until the last `most`; commands about what the case is about first.
   */
  *#all({ start, commands }: Shrinkable, least: number, most: number): Candidates {
    const choice = familiarFirst(this.#machine.commands, commands);
    for (let gone = least; gone <= Math.min(most, commands.length); gone++) {
      const kept = commands.slice(0, commands.length - gone);
      const guess = new Guess(this.#machine, start, this.#maximumTicks);
      for (const { command, heard } of kept) guess.step(command, heard);
      for (const { tail, expected } of sequences(choice, guess, gone - 1)) {
        yield { start, commands: [...kept, ...tail], expected };
      }
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

/** A sequence of commands, and the kind of answer that the machine gives to the last one. */
interface Tail {
  readonly tail: readonly Remembered[];
  readonly expected: string | undefined;
}

/** All sequences of so many commands that are possible; shorter ones are run as their beginnings. */
function* sequences(commands: readonly AnyCommand[], from: Guess, length: number): Generator<Tail> {
  if (length === 0) {
    yield { tail: [], expected: from.expected };
    return;
  }
  for (const command of commands) {
    const guess = from.fork();
    if (!guess.step(command, undefined)) continue;
    for (const { tail, expected } of sequences(commands, guess, length - 1)) {
      yield { tail: [{ command }, ...tail], expected };
    }
  }
}
