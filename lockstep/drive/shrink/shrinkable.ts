/**
 * What shrinking passes share: the case that fails, the cases they propose, and how those are made possible.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import type { HandleFields } from "../handles.ts";
import { createdHandles, type Remembered, repair } from "../repair.ts";

/** A failing case as the shrinker sees it: where it began, and what was heard for each command. */
export interface Shrinkable {
  readonly start: unknown;
  readonly commands: readonly Remembered[];
  /** Whether the failure is another answer to the last command than the machine allows. */
  readonly isAnswer?: boolean;
  /** The kind of answer that the machine expects for the last command; absent where nobody has asked it. */
  readonly expected?: string | undefined;
}

/**
 * Cases to run. Each resumption says how many commands of the last one were performed when it failed in the same way
 * without being smaller, 0 when it did not; `undefined` when it was not run, because it was known.
 */
export type Candidates = Generator<Shrinkable, void, number | undefined>;

/** Repairs the candidates of all passes through one machine. */
export class Repairs {
  readonly #machine: AnyMachine;
  readonly #maximumTicks: number;
  readonly handles: HandleFields;
  /** Commands that had to be left out of candidates, in all. */
  leftOut = 0;

  constructor(machine: AnyMachine, handles: HandleFields, maximumTicks: number) {
    this.#machine = machine;
    this.handles = handles;
    this.#maximumTicks = maximumTicks;
  }

  /** `commands`, renamed so that they are possible from the start of `failing`, as far as they can be. */
  repaired(
    failing: Shrinkable,
    commands: readonly Remembered[],
    rebind = false,
    insteadOf?: (command: AnyCommand) => readonly AnyCommand[],
  ): Shrinkable & { readonly orphans: number } {
    const created = createdHandles(failing.commands, this.handles);
    const { start } = failing;
    const kept = repair(
      this.#machine,
      start,
      commands,
      this.handles,
      created,
      this.#maximumTicks,
      rebind,
      insteadOf,
    );
    this.leftOut += commands.length - kept.commands.length;
    return { start, ...kept };
  }

  /** Shorter cases only: `commands` following creators, and by bare names. */
  *shorter(failing: Shrinkable, commands: readonly Remembered[]): Candidates {
    for (const rebind of [false, true]) {
      const candidate = this.repaired(failing, commands, rebind);
      if (candidate.commands.length < failing.commands.length) yield candidate;
      if (candidate.orphans === 0) return;
    }
  }

  /**
   * Takes out the command at `gone` with those that refer to what it creates, and puts `command` in the place of the
   * one at `other`; nothing where more would go, for that is what taking out tries.
   */
  *instead(failing: Shrinkable, gone: number, other: number, command: AnyCommand): Candidates {
    const changed = failing.commands.with(other, { command }).filter((_, index) => index !== gone);
    for (const rebind of [false, true]) {
      const candidate = this.repaired(failing, changed, rebind);
      if (candidate.commands.length + candidate.orphans === changed.length) yield candidate;
      if (candidate.orphans === 0) return;
    }
  }

  /** `variant`, a case as long as `failing`, without each of its commands in turn. */
  *singles(failing: Shrinkable, variant: Shrinkable): Candidates {
    for (let gone = variant.commands.length - 1; gone >= 0; gone--) {
      yield* this.shorter(failing, variant.commands.filter((_, index) => index !== gone));
    }
  }
}

/**
 * Whether a candidate may fail as `failing` does, for all that the machine knows: it ends with a command of the same
 * kind, and the machine expects an answer of the same kind. Where either is not known, it may.
 */
export function isPromising(candidate: Shrinkable, failing: Shrinkable): boolean {
  return candidate.expected === undefined || failing.expected === undefined ||
    candidate.expected === failing.expected ||
    candidate.commands.at(-1)?.command.kind !== failing.commands.at(-1)?.command.kind;
}

/** The promising candidates of a pass only. */
export function* promisingOnly(pass: Candidates, failing: Shrinkable): Candidates {
  let step = pass.next(undefined);
  while (!step.done) {
    step = pass.next(isPromising(step.value, failing) ? yield step.value : undefined);
  }
}
