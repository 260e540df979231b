/**
 * Simpler values for the fields of one command.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import type { HandleFields } from "../handles.ts";
import { keyOf } from "../plain.ts";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (command: AnyCommand): Fields => command as unknown as Fields;

/** Whether two commands have fields of the same names. */
export function sameFields(first: AnyCommand, second: AnyCommand): boolean {
  return keyOf(Object.keys(first).sort()) === keyOf(Object.keys(second).sort());
}

/** Whether two commands have the same value in a field of the same name: they are about the same thing. */
export function shareValue(first: AnyCommand, second: AnyCommand): boolean {
  return Object.entries(first).some(([field, value]) =>
    field !== "kind" && Object.hasOwn(second, field) && keyOf(fieldsOf(second)[field]) === keyOf(value)
  );
}

/** The commands of a machine, in the order in which shrinking prefers them. */
export class CommandOrder {
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #byKind: ReadonlyMap<string, readonly AnyCommand[]>;
  readonly #keys: WeakMap<AnyCommand, string> = new WeakMap();
  readonly #machine: AnyMachine;
  readonly #handles: HandleFields;
  readonly #boundaries: Readonly<Record<string, readonly number[]>>;

  constructor(
    machine: AnyMachine,
    handles: HandleFields,
    boundaries: Readonly<Record<string, readonly number[]>>,
  ) {
    this.#machine = machine;
    this.#handles = handles;
    this.#boundaries = boundaries;
    const commands = machine.commands as readonly AnyCommand[];
    this.#ranks = new Map(commands.map((command, rank) => [keyOf(command), rank]));
    // Names of created handles are settled by repair: commands that differ only there are one.
    const distinct = new Map<string, AnyCommand>();
    for (const command of commands) {
      const created = Object.fromEntries(
        (handles.get(command.kind) ?? []).filter(({ creates }) => creates).map(({ field }) => [field, 0]),
      );
      const key = keyOf({ ...command, ...created });
      if (!distinct.has(key)) distinct.set(key, command);
    }
    this.#byKind = Map.groupBy(distinct.values(), ({ kind }) => kind);
  }

  /** The kinds, simplest first. */
  get kinds(): readonly string[] {
    return [...this.#byKind.keys()];
  }

  /** The commands of one kind, simplest first, one for all names that they could create. */
  ofKind(kind: string): readonly AnyCommand[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** A command as a string. Objects are asked for again and again while shrinking, so each is remembered. */
  key(command: AnyCommand): string {
    const known = this.#keys.get(command);
    if (known !== undefined) return known;
    const key = keyOf(command);
    this.#keys.set(command, key);
    return key;
  }

  /**
   * Position in the machine's list. Commands outside the list (drawn values) rank after it: by the place of their
   * numbers among the named boundaries, and behind these by the numbers themselves.
   */
  rank(command: AnyCommand): number {
    const rank = this.#ranks.get(this.key(command));
    if (rank !== undefined) return rank;
    let sum = 0;
    for (const [field, value] of Object.entries(command)) {
      if (typeof value !== "number") continue;
      const named = this.#boundaries[field] ?? [];
      const place = named.indexOf(value);
      sum += place >= 0 ? place : named.length + Math.abs(value);
    }
    return this.#ranks.size + sum;
  }

  /**
   * A command of another kind with the values of `models`: of the first one that has the field, or else of the
   * simplest command. `familiar` when all its values are theirs.
   */
  like(
    kind: string,
    ...models: readonly AnyCommand[]
  ): { readonly command: AnyCommand; readonly familiar: boolean } | undefined {
    const [simplest] = this.ofKind(kind);
    if (simplest === undefined) return undefined;
    const fields: Record<string, unknown> = { ...simplest };
    const created = (this.#handles.get(kind) ?? []).filter(({ creates }) => creates).map(({ field }) =>
      field
    );
    let familiar = true;
    for (const field of Object.keys(fields)) {
      if (field === "kind" || created.includes(field)) continue;
      const model = models.find((each) => Object.hasOwn(each, field));
      if (model === undefined) familiar = false;
      else fields[field] = fieldsOf(model)[field];
    }
    const command = fields as unknown as AnyCommand;
    return this.#isValid(command) ? { command, familiar } : undefined;
  }

  #isValid(command: AnyCommand): boolean {
    return this.#ranks.has(keyOf(command)) || this.#machine.schema.command.safeParse(command).success;
  }

  /** The fields of a command that hold a number and no handle. */
  numbers(command: AnyCommand): readonly { readonly field: string; readonly value: number }[] {
    const handles = this.#handles.get(command.kind) ?? [];
    return Object.entries(command).flatMap(([field, value]) =>
      typeof value === "number" && handles.every((handle) => handle.field !== field) ? [{ field, value }] : []
    );
  }

  /** Whether a number may stand there. */
  with(command: AnyCommand, field: string, value: number): AnyCommand | undefined {
    const changed = { ...command, [field]: value };
    return this.#isValid(changed) ? changed : undefined;
  }

  /** The smallest and the largest number that the list has for a field. */
  range(command: AnyCommand, field: string): readonly [number, number] {
    let [least, most] = [Infinity, -Infinity];
    for (const other of this.ofKind(command.kind)) {
      const value = fieldsOf(other)[field];
      if (typeof value === "number") [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
    return [least, most];
  }

  /** Simpler commands of the same kind: the named boundaries, the first, one halfway, the neighbour. */
  *simpler(command: AnyCommand): Generator<AnyCommand> {
    const numbers = this.numbers(command);
    for (const { field, value } of numbers) {
      const [least] = this.range(command, field);
      const first = Number.isFinite(least) ? least : 0;
      const towards = [
        ...this.#boundaries[field] ?? [],
        first,
        Math.floor((first + value) / 2),
        value - 1,
      ];
      for (const simpler of new Set(towards)) {
        const other = this.with(command, field, simpler);
        if (other !== undefined && simpler !== value) yield other;
      }
    }
    if (numbers.length > 0) return;
    const commands = this.ofKind(command.kind);
    const at = commands.findIndex((other) => this.rank(other) >= this.rank(command));
    for (const index of new Set([0, at >> 1, at - 1])) {
      if (index >= 0 && index < at) yield commands[index]!;
    }
  }
}

/** All pairs of different places, neighbours first, and the last ones first: failures show at the end. */
export function* nearFirst(length: number): Generator<{ readonly gone: number; readonly other: number }> {
  for (let apart = 1; apart < length; apart++) {
    for (let first = length - apart - 1; first >= 0; first--) {
      yield { gone: first, other: first + apart };
      yield { gone: first + apart, other: first };
    }
  }
}
