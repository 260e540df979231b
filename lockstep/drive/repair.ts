/**
 * Repair: after commands were taken out or changed, the rest is renamed through the machine, so that every handle
 * is again the smallest free name and every reference follows what it referred to.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, World } from "../machine.ts";
import type { HandleFields } from "./handles.ts";
import { copy, keyOf } from "./plain.ts";
import type { Heard } from "./verdict.ts";

/** A command, and what was heard for it when it was executed: the best guess for what will be heard again. */
export interface Remembered {
  readonly command: AnyCommand;
  readonly heard?: Heard<unknown>;
}

function answerKind(reply: unknown): string {
  const kind = typeof reply === "object" && reply !== null && "kind" in reply ? reply.kind : undefined;
  return typeof kind === "string" ? kind : typeof reply;
}

class NotThisWay extends Error {}

/** Takes steps on states of its own; every choice follows what was heard, or else the first alternative. */
export class Guess {
  readonly #machine: AnyMachine;
  readonly #start: unknown;
  readonly #maximumTicks: number;
  #state: unknown;
  #heard: Heard<unknown> | undefined;
  #ticks = 0;
  /** The kind of answer that the machine gave last. */
  expected: string | undefined;
  readonly #world: World<unknown>;

  /** @throws whatever the machine throws while it makes its initial state. */
  constructor(machine: AnyMachine, start: unknown, maximumTicks: number) {
    this.#machine = machine;
    this.#start = start;
    this.#maximumTicks = maximumTicks;
    this.#world = {
      choose: (count, hint) => {
        if (count < 1) throw new NotThisWay();
        const pick = this.#heard?.kind === "replied" ? hint?.(this.#heard.reply) : undefined;
        return typeof pick === "number" && pick >= 0 && pick < count ? pick : 0;
      },
      tick: () => {
        if (++this.#ticks > this.#maximumTicks) throw new NotThisWay();
      },
      cut: () => {
        throw new NotThisWay();
      },
      refuse: () => undefined,
    };
    this.#state = machine.initial(start, this.#world);
  }

  /** Another guess in the same state: what one does, the other does not see. */
  fork(): Guess {
    const fork = new Guess(this.#machine, this.#start, this.#maximumTicks);
    fork.#state = copy(this.#state);
    return fork;
  }

  /** The present state; nothing of it may be changed. */
  get state(): unknown {
    return this.#state;
  }

  /** The present state as a string. */
  get key(): string {
    return keyOf(this.#state);
  }

  /** Takes the step when it is possible. */
  step(command: AnyCommand, heard: Heard<unknown> | undefined): boolean {
    const own = copy(this.#state);
    this.#heard = heard;
    this.#ticks = 0;
    try {
      const reply: unknown = this.#machine.step(own, command, this.#world);
      if (reply === undefined) return false;
      this.expected = answerKind(reply);
    } catch (error) {
      this.expected = undefined;
      // A step that hangs or throws is possible, and may be what fails; its state is not followed any further.
      return !(error instanceof NotThisWay) || this.#ticks > this.#maximumTicks;
    }
    this.#state = own;
    return true;
  }
}

/**
 * The states of `machine` along a case, as strings: before the first command, then after each. Shorter when a
 * command is not possible, because an answer differs from the one that was heard.
 */
export function statesAlong(
  machine: AnyMachine,
  start: unknown,
  commands: readonly Remembered[],
  maximumTicks: number,
): string[] {
  const guess = new Guess(machine, start, maximumTicks);
  const states = [guess.key];
  for (const { command, heard } of commands) {
    if (!guess.step(command, heard)) return states;
    states.push(guess.key);
  }
  return states;
}

/** Names that are tried for what a command creates: a schema may know more of them than anyone can try. */
const mostNames = 1_024;

/** Tries the names of every field that creates something, smallest first, and takes the step with the first that fits. */
function settleNames(
  guess: Guess,
  command: AnyCommand,
  handles: HandleFields,
  heard: Heard<unknown> | undefined,
): AnyCommand | undefined {
  const field = handles.get(command.kind)?.find((handle) => handle.creates);
  if (field === undefined) return guess.step(command, heard) ? command : undefined;
  for (let name = field.min; name <= Math.min(field.max, field.min + mostNames - 1); name++) {
    const same = (command as unknown as Record<string, unknown>)[field.field] === name;
    const named = same ? command : { ...command, [field.field]: name };
    if (guess.step(named, heard)) return named;
  }
  return undefined;
}

/** Takes the step with the first of `commands` that is possible. */
function firstPossible(
  guess: Guess,
  commands: readonly AnyCommand[],
  handles: HandleFields,
): AnyCommand | undefined {
  for (const command of commands) {
    const settled = settleNames(guess, command, handles, undefined);
    if (settled !== undefined) return settled;
  }
  return undefined;
}

/** The handles that `commands` create. References to anything else are constants of the protocol. */
export function createdHandles(commands: readonly Remembered[], handles: HandleFields): ReadonlySet<string> {
  const created = new Set<string>();
  for (const { command } of commands) {
    for (const { field, type, creates } of handles.get(command.kind) ?? []) {
      if (creates) created.add(`${type} ${(command as unknown as Record<string, unknown>)[field]}`);
    }
  }
  return created;
}

/**
 * Renames `commands` so that they are possible one after the other, and leaves out those that can not be.
 *
 * A reference to one of the `created` handles whose creator is gone makes its command be left out, unless `rebind`
 * is set: then it keeps its name and refers to whatever bears that name now. Without `orphans`, both ways are one.
 * A command that is not possible gives way to the first one that `insteadOf` has for it and that is.
 */
export function repair(
  machine: AnyMachine,
  start: unknown,
  commands: readonly Remembered[],
  handles: HandleFields,
  created: ReadonlySet<string>,
  maximumTicks: number,
  rebind = false,
  insteadOf?: (command: AnyCommand) => readonly AnyCommand[],
): { readonly commands: Remembered[]; readonly orphans: number; readonly expected: string | undefined } {
  const guess = new Guess(machine, start, maximumTicks);
  const names = new Map<string, number>();
  const repaired: Remembered[] = [];
  let orphans = 0;
  for (const { command, heard } of commands) {
    const fields = handles.get(command.kind) ?? [];
    let renamed = command as unknown as Readonly<Record<string, unknown>>;
    let orphaned = false;
    for (const { field, type, creates } of fields) {
      if (creates) continue;
      const handle = `${type} ${renamed[field]}`;
      const name = names.get(handle);
      if (name !== undefined && name !== renamed[field]) renamed = { ...renamed, [field]: name };
      else if (name === undefined && !rebind && created.has(handle)) orphaned = true;
    }
    if (orphaned) {
      orphans++;
      continue;
    }
    const settled = settleNames(guess, renamed as unknown as AnyCommand, handles, heard) ??
      firstPossible(guess, insteadOf?.(command) ?? [], handles);
    if (settled === undefined) continue;
    for (const { field, type, creates } of fields) {
      if (!creates) continue;
      const original = (command as unknown as Record<string, unknown>)[field];
      names.set(`${type} ${original}`, (settled as unknown as Record<string, number>)[field]!);
    }
    repaired.push(heard === undefined ? { command: settled } : { command: settled, heard });
  }
  return { commands: repaired, orphans, expected: guess.expected };
}
