/**
 * Shrinking: smaller cases to try, most promising first.
 *
 * A case is smaller than another when it has fewer commands, or as many and an earlier start, or the same start and
 * commands that come earlier in the machine's list. Only smaller cases replace the one that failed, so shrinking
 * ends. Some candidates are no smaller: they ask a question, and what is tried next depends on the answer.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { AgreedPaths } from "./agreed_paths.ts";
import { type HandleFields, handleFields } from "./handles.ts";
import { keyOf } from "./plain.ts";
import { createdHandles, type Remembered, repair, statesAlong } from "./repair.ts";
import { type Candidates, changesUpTo, Combinations, type Shrinkable } from "./shrink_combinations.ts";
import { CommandOrder, sameFields } from "./shrink_values.ts";

export type { Candidates, Shrinkable } from "./shrink_combinations.ts";

/** Up to this number of commands, all pairs are tried; above it, only those that are near each other. */
const pairsUpTo = 9;
/** How far apart two commands may be that are taken out together when a case is long. */
const pairDistance = 3;
/** How many commands are tried in place of the last one. */
const lastOnesTried = 12;

/** Finds smaller cases for one machine, and remembers what was tried. */
export class Shrinker {
  readonly #machine: AnyMachine;
  readonly #handles: HandleFields;
  readonly #order: CommandOrder;
  readonly #combinations: Combinations;
  readonly #starts: readonly string[];
  readonly #maximumTicks: number;
  readonly #tried: Set<string> = new Set();
  readonly #agreed: AgreedPaths = new AgreedPaths();
  /** Where deleting goes on when a smaller case has been found: how many commands, and from which one. */
  #size = Infinity;
  #from = Infinity;
  /** The length of the case when taking out single commands had come to its end; pairs are next then. */
  #sweptAt: number | undefined;
  #pairFrom = Infinity;
  /** Commands that repair had to leave out of candidates, in all. */
  repairedAway = 0;

  /** @param boundaries named numbers, by field, that a number may be simplified to. */
  constructor(
    machine: AnyMachine,
    maximumTicks: number,
    boundaries: Readonly<Record<string, readonly number[]>> = {},
  ) {
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
    this.#handles = handleFields(machine.schema.command);
    this.#order = new CommandOrder(machine, this.#handles, boundaries);
    this.#combinations = new Combinations(
      this.#order,
      this.#handles,
      (failing, commands) => this.#shorter(failing, commands),
    );
    this.#starts = machine.starts.map(keyOf);
  }

  /** Whether `first` is strictly smaller than `second`. */
  isSmaller(first: Shrinkable, second: Shrinkable): boolean {
    if (first.commands.length !== second.commands.length) {
      return first.commands.length < second.commands.length;
    }
    const starts = this.#starts.indexOf(keyOf(first.start)) - this.#starts.indexOf(keyOf(second.start));
    if (starts !== 0) return starts < 0;
    for (let index = 0; index < first.commands.length; index++) {
      const ranks = this.#order.rank(first.commands[index]!.command) -
        this.#order.rank(second.commands[index]!.command);
      if (ranks !== 0) return ranks < 0;
    }
    return false;
  }

  /** Notes that a case was run: it is never a candidate again. Whether it was new. */
  tried({ start, commands }: Shrinkable): boolean {
    const key = `${keyOf(start)} ${commands.map(({ command }) => this.#order.key(command)).join()}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    return true;
  }

  /** Notes that these commands agreed one after the other: no beginning of them is a candidate any more. */
  agreed(start: unknown, commands: readonly AnyCommand[]): void {
    this.#agreed.add(keyOf(start), commands.map((command) => this.#order.key(command)));
  }

  /** Cases to try in place of `failing`, each repaired, none that was tried before in this shrink. */
  *candidates(failing: Shrinkable): Candidates {
    this.tried(failing);
    const raw = this.#passes(failing);
    let step = raw.next(undefined);
    while (!step.done) {
      const candidate = step.value;
      const known = this.#agreed.has(
        keyOf(candidate.start),
        candidate.commands.map(({ command }) => this.#order.key(command)),
      );
      step = raw.next(!known && this.tried(candidate) ? yield candidate : undefined);
    }
  }

  *#passes(failing: Shrinkable): Candidates {
    yield* this.#withoutLoops(failing);
    yield* this.#deleting(failing);
    yield* this.#starting(failing);
    yield* this.#lastOne(failing);
    yield* this.#combinations.all(failing);
    yield* this.#simplified(failing);
    yield* this.#swapped(failing);
  }

  #repaired(
    failing: Shrinkable,
    commands: readonly Remembered[],
    rebind = false,
  ): Shrinkable & { readonly orphans: number } {
    const created = createdHandles(failing.commands, this.#handles);
    const { start } = failing;
    const kept = repair(this.#machine, start, commands, this.#handles, created, this.#maximumTicks, rebind);
    this.repairedAway += commands.length - kept.commands.length;
    return { start, ...kept };
  }

  /** Shorter cases only: `commands` following creators, and by bare names. */
  *#shorter(failing: Shrinkable, commands: readonly Remembered[]): Candidates {
    for (const rebind of [false, true]) {
      const candidate = this.#repaired(failing, commands, rebind);
      if (candidate.commands.length < failing.commands.length) yield candidate;
      if (candidate.orphans === 0) return;
    }
  }

  /** Contract: takes out what leads the walked machine back to a state it was in. All such detours, then the longest. */
  *#withoutLoops(failing: Shrinkable): Candidates {
    const { start, commands } = failing;
    if (commands.length < 4) return;
    const states = statesAlong(this.#machine, start, commands, this.#maximumTicks);
    // The last command shows the failure: a detour may end before it, never after it.
    states.length = Math.min(states.length, commands.length);
    const last = new Map(states.map((state, index) => [state, index]));
    const direct: Remembered[] = [];
    let longest = { from: 0, until: 0 };
    for (let index = 0; index < commands.length; index++) {
      const until = index < states.length ? last.get(states[index]!)! : index;
      if (until - index > longest.until - longest.from) longest = { from: index, until };
      index = until;
      direct.push(commands[index]!);
    }
    if (longest.until === longest.from) return;
    yield { start, commands: direct };
    yield { start, commands: [...commands.slice(0, longest.from), ...commands.slice(longest.until)] };
  }

  /** Contract: takes out runs of commands, long ones first, from the back; goes on where the last success was. */
  *#chunks(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const { length } = commands;
    let size = Math.min(this.#size, Math.max(1, length >> 1));
    let from = Math.min(this.#from, length - size);
    for (let sweep = 0; size >= 1; sweep++) {
      for (; from >= 0; from -= size) {
        this.#size = size;
        this.#from = from;
        yield* this.#shorter(failing, [...commands.slice(0, from), ...commands.slice(from + size)]);
      }
      // A sweep that began in the middle is finished from the back, where candidates that were tried cost nothing.
      if (size === 1 && sweep > 0) break;
      size = Math.max(1, size >> 1);
      from = length - size;
    }
    this.#size = 1;
    this.#from = Infinity;
  }

  /** Single commands and pairs in turn, until neither can be taken out any more. */
  *#deleting(failing: Shrinkable): Candidates {
    const { length } = failing.commands;
    for (;;) {
      if (this.#sweptAt === undefined) {
        yield* this.#chunks(failing);
        this.#sweptAt = length;
        this.#pairFrom = Infinity;
      }
      yield* this.#pairs(failing);
      this.#pairFrom = Infinity;
      if (this.#sweptAt === length) break;
      this.#sweptAt = undefined;
    }
    this.#sweptAt = undefined;
    yield* this.#neighbours(failing);
  }

  /** Contract: takes out three or four neighbours, wherever they begin: where only all of them together may go. */
  *#neighbours(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (const size of [3, 4]) {
      for (let from = commands.length - 1 - size; from >= 0; from--) {
        yield* this.#shorter(failing, [...commands.slice(0, from), ...commands.slice(from + size)]);
      }
    }
  }

  /** Contract: takes out two commands that are needed only by each other; goes on where the last success was. */
  *#pairs(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const apart = commands.length <= pairsUpTo ? commands.length : pairDistance;
    for (let first = Math.min(this.#pairFrom, commands.length - 2); first >= 0; first--) {
      this.#pairFrom = first;
      for (let second = first + 1; second < Math.min(commands.length, first + 1 + apart); second++) {
        yield* this.#shorter(failing, commands.filter((_, index) => index !== first && index !== second));
      }
    }
  }

  /**
   * Contract: begins at another start, as long as that is earlier or saves commands: without the first commands,
   * without one more, with another one at the end, and without any one of those of a case that still fails there.
   */
  *#starting(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const current = keyOf(failing.start);
    for (const start of this.#machine.starts as readonly unknown[]) {
      if (keyOf(start) === current) continue;
      const moved = { start, commands };
      const fails = yield this.#repaired(moved, commands);
      if (fails) yield* this.#singles(moved, moved);
      for (let gone = 1; gone < Math.min(commands.length, changesUpTo); gone++) {
        const rest = { start, commands: commands.slice(gone) };
        yield* this.#shorter(moved, rest.commands);
        if (commands.length > pairsUpTo) continue;
        yield* this.#singles(moved, rest);
        if (gone < 2) continue;
        for (const kind of this.#order.kinds) {
          yield* this.#shorter(moved, [...rest.commands, { command: this.#order.ofKind(kind)[0]! }]);
        }
      }
      if (!fails && commands.length <= changesUpTo) yield* this.#singles(moved, moved);
    }
  }

  /** Takes out each single command of `variant`, a case as long as `failing`. */
  *#singles(failing: Shrinkable, variant: Shrinkable): Candidates {
    for (let gone = variant.commands.length - 1; gone >= 0; gone--) {
      yield* this.#shorter(failing, variant.commands.filter((_, index) => index !== gone));
    }
  }

  /** Contract: shows the failure by another last command, and takes out what that one does not need. */
  *#lastOne(failing: Shrinkable): Candidates {
    const before = failing.commands.slice(0, -1);
    const last = failing.commands.at(-1)?.command;
    if (last === undefined) return;
    let left = lastOnesTried;
    for (const kind of this.#order.kinds) {
      const commands = this.#order.ofKind(kind);
      const chosen = kind === last.kind ? [] : [commands[0]!, commands.at(-1)!];
      for (const command of new Set(chosen)) {
        const variant = this.#repaired(failing, [...before, { command }], true);
        if (variant.commands.length < failing.commands.length || left-- <= 0) continue;
        if (yield variant) yield* this.#singles(variant, variant);
      }
    }
  }

  /** Contract: replaces one command by a simpler one of its kind, or by an earlier kind with the same fields. */
  *#simplified(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let index = 0; index < commands.length; index++) {
      const { command } = commands[index]!;
      const rank = this.#order.rank(command);
      for (const other of [...this.#order.simpler(command), ...this.#sameFields(command)]) {
        if (this.#order.rank(other) >= rank) continue;
        const candidate = this.#repaired(failing, commands.with(index, { command: other }), true);
        if (this.isSmaller(candidate, failing)) yield candidate;
      }
    }
  }

  *#sameFields(command: AnyCommand): Generator<AnyCommand> {
    for (const kind of this.#order.kinds) {
      if (kind !== command.kind && sameFields(this.#order.ofKind(kind)[0]!, command)) {
        yield { ...command, kind };
      }
    }
  }

  /** Contract: exchanges neighbours: at equal length, what comes earlier in the list comes first. */
  *#swapped(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let index = 0; index + 1 < commands.length; index++) {
      const swapped = commands.with(index, commands[index + 1]!).with(index + 1, commands[index]!);
      const candidate = this.#repaired(failing, swapped, true);
      if (this.isSmaller(candidate, failing)) yield candidate;
    }
  }
}
