/**
 * Shrinking: smaller cases to try, most promising first.
 *
 * Every candidate is strictly smaller than the case it comes from: fewer commands, or as many and an earlier start,
 * or the same start and commands that come earlier in the machine's list. So shrinking ends.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { type HandleFields, handleFields } from "./handles.ts";
import { keyOf } from "./plain.ts";
import { createdHandles, type Remembered, repair } from "./repair.ts";

/** A failing case as the shrinker sees it: where it began, and what was heard for each command. */
export interface Shrinkable {
  readonly start: unknown;
  readonly commands: readonly Remembered[];
}

/** Above this number of commands, passes that try all pairs wait until shorter cases have been found. */
const pairsUpTo = 40;
/** Above this number of commands, the pass that deletes one command and changes another waits. */
const changesUpTo = 16;
/** How many other commands of the same kind are tried in place of one. */
const alternativesTried = 24;

/** Finds smaller cases for one machine. */
export class Shrinker {
  readonly #machine: AnyMachine;
  readonly #handles: HandleFields;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #byKind: ReadonlyMap<string, readonly AnyCommand[]>;
  readonly #starts: readonly string[];
  readonly #maximumTicks: number;

  /** Cases that were tried already, in the whole of this shrink. */
  readonly #tried: Set<string> = new Set();
  readonly #boundaries: Readonly<Record<string, readonly number[]>>;

  /** @param boundaries named numbers, by field, that a number may be simplified to. */
  constructor(
    machine: AnyMachine,
    maximumTicks: number,
    boundaries: Readonly<Record<string, readonly number[]>> = {},
  ) {
    this.#boundaries = boundaries;
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
    this.#handles = handleFields(machine.schema.command);
    const commands = machine.commands as readonly AnyCommand[];
    this.#ranks = new Map(commands.map((command, rank) => [keyOf(command), rank]));
    this.#byKind = Map.groupBy(commands, (command) => command.kind);
    this.#starts = machine.starts.map(keyOf);
  }

  /** Position in the machine's list; commands outside the list (drawn values) rank after it, by their numbers. */
  #rank(command: AnyCommand): number {
    const rank = this.#ranks.get(keyOf(command));
    if (rank !== undefined) return rank;
    let sum = 0;
    for (const value of Object.values(command)) if (typeof value === "number") sum += Math.abs(value);
    return this.#ranks.size + sum;
  }

  /** Whether `first` is strictly smaller than `second`. */
  isSmaller(first: Shrinkable, second: Shrinkable): boolean {
    if (first.commands.length !== second.commands.length) {
      return first.commands.length < second.commands.length;
    }
    const starts = this.#starts.indexOf(keyOf(first.start)) - this.#starts.indexOf(keyOf(second.start));
    if (starts !== 0) return starts < 0;
    for (let index = 0; index < first.commands.length; index++) {
      const ranks = this.#rank(first.commands[index]!.command) - this.#rank(second.commands[index]!.command);
      if (ranks !== 0) return ranks < 0;
    }
    return false;
  }

  /** Notes that a case was run: it is never a candidate again. Whether it was new. */
  tried({ start, commands }: Shrinkable): boolean {
    const key = keyOf([start, commands.map(({ command }) => command)]);
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    return true;
  }

  /** Smaller cases, each repaired, none that was tried before in this shrink. */
  *candidates(failing: Shrinkable): Generator<Shrinkable> {
    this.tried(failing);
    for (const candidate of this.#raw(failing)) {
      if (this.isSmaller(candidate, failing) && this.tried(candidate)) yield candidate;
    }
  }

  *#raw(failing: Shrinkable): Generator<Shrinkable> {
    yield* this.#chunks(failing);
    yield* this.#starting(failing);
    yield* this.#startingCloser(failing);
    yield* this.#pairs(failing);
    yield* this.#deleteAndChange(failing);
    yield* this.#simplified(failing);
    yield* this.#swapped(failing);
  }

  #repaired(failing: Shrinkable, commands: readonly Remembered[], rebind = false): Shrinkable {
    const created = createdHandles(failing.commands, this.#handles);
    const { start } = failing;
    return {
      start,
      commands: repair(this.#machine, start, commands, this.#handles, created, this.#maximumTicks, rebind),
    };
  }

  /** Takes out runs of commands, long ones first, from the back; once following creators, once by bare names. */
  *#chunks(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    for (let size = commands.length >> 1; size >= 1; size >>= 1) {
      for (let from = commands.length - size; from >= 0; from -= size) {
        const rest = [...commands.slice(0, from), ...commands.slice(from + size)];
        yield this.#repaired(failing, rest);
        yield this.#repaired(failing, rest, true);
      }
    }
  }

  /** Takes out two commands that are needed only by each other. */
  *#pairs(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    if (commands.length > pairsUpTo) return;
    for (let first = 0; first < commands.length; first++) {
      for (let second = first + 1; second < commands.length; second++) {
        const rest = commands.filter((_, index) => index !== first && index !== second);
        yield this.#repaired(failing, rest);
        yield this.#repaired(failing, rest, true);
      }
    }
  }

  /** Begins earlier in the list of starts. */
  *#starting(failing: Shrinkable): Generator<Shrinkable> {
    const current = this.#starts.indexOf(keyOf(failing.start));
    for (const start of this.#machine.starts.slice(0, Math.max(0, current))) {
      yield this.#repaired({ start, commands: failing.commands }, failing.commands);
    }
  }

  /** Begins at another start instead of getting there: any start, without the first commands or one of them. */
  *#startingCloser(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    const current = keyOf(failing.start);
    for (const start of this.#machine.starts) {
      if (keyOf(start) === current) continue;
      for (let gone = commands.length - 1; gone >= 1; gone--) {
        yield this.#repaired({ start, commands }, commands.slice(gone));
        yield this.#repaired({ start, commands }, commands.slice(gone), true);
      }
      for (let gone = 0; gone < commands.length; gone++) {
        yield this.#repaired({ start, commands }, commands.filter((_, index) => index !== gone));
      }
    }
  }

  /** Takes out one command and changes another: where one long message does the work of two short ones. */
  *#deleteAndChange(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    if (commands.length > changesUpTo) return;
    for (let gone = 0; gone < commands.length; gone++) {
      const rest = commands.filter((_, index) => index !== gone);
      for (let index = 0; index < rest.length; index++) {
        for (const other of this.#alternatives(rest[index]!.command)) {
          yield this.#repaired(failing, rest.with(index, { command: other }), true);
        }
      }
    }
  }

  /** Replaces one command by an earlier one of the list: first of its kind, then of any kind. */
  *#simplified(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    for (let index = 0; index < commands.length; index++) {
      const { command } = commands[index]!;
      const rank = this.#rank(command);
      for (const other of this.#alternatives(command)) {
        if (this.#rank(other) < rank) {
          yield this.#repaired(failing, commands.with(index, { command: other }), true);
        }
      }
      for (const kind of this.#byKind.values()) {
        if (kind[0]!.kind !== command.kind && this.#rank(kind[0]!) < rank) {
          yield this.#repaired(failing, commands.with(index, { command: kind[0]! }), true);
        }
      }
    }
  }

  /** Exchanges neighbours: at equal length, what comes earlier in the list comes first. */
  *#swapped(failing: Shrinkable): Generator<Shrinkable> {
    const { commands } = failing;
    for (let index = 0; index + 1 < commands.length; index++) {
      const swapped = commands.with(index, commands[index + 1]!).with(index + 1, commands[index]!);
      yield this.#repaired(failing, swapped, true);
    }
  }

  /**
   * Other commands of the same kind: the first of the list, the ones around halfway, the neighbours, and for numbers
   * outside the list the half and the neighbour. At most {@link alternativesTried}.
   */
  #alternatives(command: AnyCommand): readonly AnyCommand[] {
    const creators = new Set(
      (this.#handles.get(command.kind) ?? []).filter((handle) => handle.creates).map(({ field }) => field),
    );
    // Names of created handles are settled by repair: commands that differ only there are one alternative.
    const distinct = new Map<string, AnyCommand>();
    for (const other of this.#byKind.get(command.kind) ?? []) {
      const key = keyOf({ ...other, ...Object.fromEntries([...creators].map((field) => [field, 0])) });
      if (!distinct.has(key)) distinct.set(key, other);
    }
    const listed = [...distinct.values()];
    if (listed.length > alternativesTried) {
      const at = listed.findIndex((other) => this.#rank(other) >= this.#rank(command));
      const around = at < 0 ? listed.length : at;
      const chosen = new Set<AnyCommand>();
      for (let part = 1; part <= around && chosen.size < 8; part *= 2) {
        chosen.add(listed[around - Math.ceil(around / part)]!);
      }
      for (let near = 1; near <= 4; near++) {
        for (const index of [around - near, around + near]) {
          if (listed[index] !== undefined) chosen.add(listed[index]);
        }
      }
      chosen.add(listed[listed.length - 1]!);
      return [...chosen];
    }
    return [...listed, ...this.#smallerNumbers(command, creators)];
  }

  *#smallerNumbers(command: AnyCommand, creators: ReadonlySet<string>): Generator<AnyCommand> {
    if (this.#ranks.has(keyOf(command))) return;
    for (const [field, value] of Object.entries(command)) {
      if (typeof value !== "number" || creators.has(field)) continue;
      for (const smaller of [Math.floor(value / 2), value - 1]) {
        const other = { ...command, [field]: smaller };
        if (smaller !== value && this.#machine.schema.command.safeParse(other).success) yield other;
      }
    }
  }
}
