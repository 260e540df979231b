/**
 * Shrinking by two changes at once: one command is taken out and another one changed, where neither change alone
 * keeps the failure.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import type { HandleFields } from "./handles.ts";
import { createdHandles, type Remembered } from "./repair.ts";
import { type CommandOrder, sameFields } from "./shrink_values.ts";

/** A failing case as the shrinker sees it: where it began, and what was heard for each command. */
export interface Shrinkable {
  readonly start: unknown;
  readonly commands: readonly Remembered[];
}

/** Cases to run; each resumption says whether the last one failed in the same way without being smaller. */
export type Candidates = Generator<Shrinkable, void, boolean | undefined>;

/** Above this number of commands, passes that combine two changes wait. */
export const changesUpTo = 12;
/** Up to this number of commands, taking one out is combined with other numbers for another. */
const renumberedUpTo = 6;

/** Up to this number of commands, taking some out is combined with shifting the numbers behind them. */
const shiftedUpTo = 24;

/** The passes that combine two changes. */
export class Combinations {
  readonly #order: CommandOrder;
  readonly #handles: HandleFields;
  readonly #shorter: (failing: Shrinkable, commands: readonly Remembered[]) => Candidates;

  /** @param shorter repairs commands, and yields them as far as they are fewer. */
  constructor(
    order: CommandOrder,
    handles: HandleFields,
    shorter: (failing: Shrinkable, commands: readonly Remembered[]) => Candidates,
  ) {
    this.#order = order;
    this.#handles = handles;
    this.#shorter = shorter;
  }

  /** All of them, the likeliest first. */
  *all(failing: Shrinkable): Candidates {
    yield* this.#shifted(failing);
    if (failing.commands.length > changesUpTo) return;
    yield* this.#merged(failing);
    yield* this.#twoForOne(failing);
    yield* this.#renumbered(failing);
  }

  /**
   * Contract: takes out a few neighbours and lowers the numbers behind them by one constant, around the end of their
   * range: where commands count what came before.
   */
  *#shifted(failing: Shrinkable): Candidates {
    const { commands } = failing;
    if (commands.length > shiftedUpTo) return;
    for (let size = 1; size <= 4; size++) {
      for (let from = 0; from + size < commands.length; from++) {
        const gone = commands.slice(from, from + size);
        const by = gone.filter(({ command }) => this.#order.numbers(command).length > 0).length;
        if (by === 0) continue;
        const behind = commands.slice(from + size);
        const lowered = behind.map((each) => ({ ...each, command: this.#lowered(each.command, by) }));
        if (lowered.every(({ command }, index) => command === behind[index]!.command)) continue;
        yield* this.#shorter(failing, [...commands.slice(0, from), ...lowered]);
      }
    }
  }

  #lowered(command: AnyCommand, by: number): AnyCommand {
    let lowered = command;
    for (const { field, value } of this.#order.numbers(command)) {
      const [least, most] = this.#order.range(command, field);
      const around = value - by < least ? most + 1 - (least - (value - by)) : value - by;
      lowered = this.#order.with(lowered, field, around) ?? lowered;
    }
    return lowered;
  }

  /** Contract: takes out one command and gives its number to another of its kind: one long message for two short ones. */
  *#merged(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let gone = 0; gone < commands.length; gone++) {
      const { command } = commands[gone]!;
      for (const { field, value } of this.#order.numbers(command)) {
        for (let index = 0; index < commands.length; index++) {
          const other = commands[index]!.command;
          if (index === gone || other.kind !== command.kind) continue;
          const own = (other as unknown as Record<string, number>)[field]!;
          const [, most] = this.#order.range(other, field);
          for (const number of new Set([Math.min(most, own + value), most])) {
            const sum = this.#order.with(other, field, number);
            if (sum === undefined) continue;
            const changed = commands.with(index, { command: sum });
            yield* this.#shorter(failing, changed.filter((_, at) => at !== gone));
          }
        }
      }
    }
  }

  /** Contract: does with one command of another kind what two commands did: neighbours, or a creator and its user. */
  *#twoForOne(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let first = 0; first + 1 < commands.length; first++) {
      for (let second = first + 1; second < commands.length; second++) {
        if (second > first + 1 && !this.#uses(commands[second]!.command, commands[first]!.command)) continue;
        for (const command of this.#instead(commands[first]!.command, commands[second]!.command)) {
          const changed = commands.with(first, { command });
          yield* this.#shorter(failing, changed.filter((_, index) => index !== second));
        }
      }
    }
  }

  /** Contract: takes out one command of a short case and changes a number of another: simpler, or as large as it gets. */
  *#renumbered(failing: Shrinkable): Candidates {
    const { commands } = failing;
    if (commands.length < 4 || commands.length > renumberedUpTo) return;
    for (let index = 0; index < commands.length; index++) {
      const { command } = commands[index]!;
      for (const { field, value } of this.#order.numbers(command)) {
        const [least, most] = this.#order.range(command, field);
        for (const number of new Set([most, most - 1, value + 1, value - 1, least])) {
          const other = this.#order.with(command, field, number);
          if (other === undefined || number === value) continue;
          const changed = { start: failing.start, commands: commands.with(index, { command: other }) };
          for (let gone = 0; gone < commands.length; gone++) {
            if (gone !== index) {
              yield* this.#shorter(
                failing,
                changed.commands.filter((_, at) => at !== gone),
              );
            }
          }
        }
      }
    }
  }

  /** The first command of every other kind; and where both have the same fields, the kind of one with those of the other. */
  *#instead(first: AnyCommand, second: AnyCommand): Generator<AnyCommand> {
    for (const kind of this.#order.kinds) {
      if (kind !== first.kind && kind !== second.kind) yield this.#order.ofKind(kind)[0]!;
    }
    if (first.kind === second.kind || !sameFields(first, second)) return;
    yield { ...first, kind: second.kind };
    yield { ...second, kind: first.kind };
  }

  /** Whether a command refers to what another one creates. */
  #uses(user: AnyCommand, creator: AnyCommand): boolean {
    const created = createdHandles([{ command: creator }], this.#handles);
    return (this.#handles.get(user.kind) ?? []).some(({ field, type, creates }) =>
      !creates && created.has(`${type} ${(user as unknown as Record<string, unknown>)[field]}`)
    );
  }
}
