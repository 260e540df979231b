/**
 * Looking: commands that change nothing show what has gone wrong before, often earlier and in fewer commands than the
 * command at which a case was seen to fail.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { Guess, type Remembered } from "../repair.ts";
import type { CommandOrder } from "./values.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";

/** How many commands look at one state at most. */
const mostLooks = 8;
/** States of a case in which it is tried what the commands do. */
const statesTried = 16;

/** Knows the commands that change nothing, as far as the machine has shown. */
export class Looks {
  readonly #machine: AnyMachine;
  readonly #order: CommandOrder;
  readonly #maximumTicks: number;
  /** Kinds of commands of which none was seen to change a state. */
  #kinds: readonly string[];
  /** Of these, those that were possible once: the others say nothing. */
  readonly #possible: Set<string> = new Set();
  #hasLooked = false;

  constructor(machine: AnyMachine, order: CommandOrder, maximumTicks: number) {
    this.#machine = machine;
    this.#order = order;
    this.#maximumTicks = maximumTicks;
    this.#kinds = order.kinds;
  }

  /** Learns from the states of a case which commands change something there. */
  learn({ start, commands }: Shrinkable): void {
    const guess = new Guess(this.#machine, start, this.#maximumTicks);
    const apart = Math.ceil((commands.length + 1) / statesTried);
    for (let index = 0; index <= commands.length && this.#kinds.length > 0; index++) {
      if (index % apart === 0 || index === commands.length) {
        this.#kinds = this.#kinds.filter((kind) =>
          this.#order.ofKind(kind).every((each) => this.#changesNothing(guess, each))
        );
      }
      const next = commands[index];
      if (next !== undefined && !guess.step(next.command, next.heard)) return;
    }
  }

  #changesNothing(guess: Guess, command: AnyCommand): boolean {
    const after = guess.fork();
    if (!after.step(command, undefined)) return true;
    this.#possible.add(command.kind);
    return after.key === guess.key;
  }

  /** The commands that look at where a case ends; none when it does not end there for the machine. */
  after({ start, commands }: Shrinkable): readonly AnyCommand[] {
    const guess = new Guess(this.#machine, start, this.#maximumTicks);
    for (const { command, heard } of commands) if (!guess.step(command, heard)) return [];
    return this.at(guess);
  }

  /** The commands that look at a state. */
  at(guess: Guess): readonly AnyCommand[] {
    const looks: AnyCommand[] = [];
    const { key } = guess;
    for (const kind of this.#kinds) {
      if (!this.#possible.has(kind)) continue;
      for (const command of this.#order.ofKind(kind)) {
        if (looks.length === mostLooks) return looks;
        const after = guess.fork();
        if (after.step(command, undefined) && after.key === key) looks.push(command);
      }
    }
    return looks;
  }

  /** Contract: looks after every command of the first case, and ends it where the first look shows the failure. */
  *everywhere({ start, commands }: Shrinkable): Candidates {
    if (this.#hasLooked || commands.length < 3) return;
    this.#hasLooked = true;
    const guess = new Guess(this.#machine, start, this.#maximumTicks);
    const all: { readonly step: Remembered; readonly before: number; readonly look: boolean }[] = [];
    for (const [index, step] of commands.entries()) {
      all.push({ step, before: index, look: false });
      if (!guess.step(step.command, step.heard) || index + 1 === commands.length) break;
      for (const command of this.at(guess)) all.push({ step: { command }, before: index + 1, look: true });
    }
    if (all.length === commands.length) return;
    const executed = yield { start, commands: all.map(({ step }) => step) };
    const last = all[(executed ?? 0) - 1];
    if (last !== undefined && last.before + 1 < commands.length) {
      yield { start, commands: [...commands.slice(0, last.before), last.step] };
    }
  }
}
