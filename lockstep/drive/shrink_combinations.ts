/**
 * Shrinking by two changes at once: one command is taken out and another one changed, where neither change alone
 * keeps the failure.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import { createdHandles } from "./repair.ts";
import { type CommandOrder, sameFields } from "./shrink_values.ts";
import type { Candidates, Repairs, Shrinkable } from "./shrinkable.ts";
import type { WidePasses } from "./wide_search.ts";

/** Above this number of commands, passes that combine two changes wait. */
const changesUpTo = 12;
/** Up to this number of commands, taking some out is combined with shifting the numbers behind them. */
const shiftedUpTo = 24;

/** How many commands are tried in place of the last one. */
const lastOnesTried = 12;

/** The passes that combine two changes. */
export class Combinations implements WidePasses {
  readonly #order: CommandOrder;
  readonly #repairs: Repairs;

  constructor(order: CommandOrder, repairs: Repairs) {
    this.#order = order;
    this.#repairs = repairs;
  }

  /** All that suit the length of the case. */
  wide(failing: Shrinkable): readonly Candidates[] {
    const always = [
      this.#merged(failing),
      this.#moved(failing),
      this.#lastOne(failing),
      this.#shifted(failing),
    ];
    return failing.commands.length > changesUpTo ? always : [...always, this.#twoForOne(failing)];
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
        const variant = this.#repairs.repaired(failing, [...before, { command }], true);
        if (variant.commands.length < failing.commands.length || left-- <= 0) continue;
        if (yield variant) yield* this.#repairs.singles(variant, variant);
      }
    }
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
        yield* this.#repairs.shorter(failing, [...commands.slice(0, from), ...lowered]);
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
    for (const number of ["sum", "most", "less"] as const) {
      for (const { gone, other } of nearFirst(failing.commands.length)) {
        const [from, to] = [failing.commands[gone]!.command, failing.commands[other]!.command];
        if (from.kind !== to.kind) continue;
        for (const { field, value } of this.#order.numbers(from)) {
          const [, most] = this.#order.range(to, field);
          const own = (to as unknown as Record<string, number>)[field]!;
          const given = number === "sum" ? Math.min(most, own + value) : number === "most" ? most : most - 1;
          const changed = this.#order.with(to, field, given);
          if (changed !== undefined) yield* this.#instead(failing, gone, other, changed);
        }
      }
    }
  }

  /** Contract: lets one command take the place of another one. */
  *#moved(failing: Shrinkable): Candidates {
    for (const { gone, other } of nearFirst(failing.commands.length)) {
      yield* this.#instead(failing, gone, other, failing.commands[gone]!.command);
    }
  }

  /** Takes out the command at `gone`, and puts `command` in the place of the one at `other`. */
  *#instead(failing: Shrinkable, gone: number, other: number, command: AnyCommand): Candidates {
    const changed = failing.commands.with(other, { command });
    yield* this.#repairs.shorter(failing, changed.filter((_, index) => index !== gone));
  }

  /** Contract: does with one command of another kind what two commands did: neighbours, or a creator and its user. */
  *#twoForOne(failing: Shrinkable): Candidates {
    const { commands } = failing;
    for (let first = 0; first + 1 < commands.length; first++) {
      for (let second = first + 1; second < commands.length; second++) {
        if (second > first + 1 && !this.#uses(commands[second]!.command, commands[first]!.command)) continue;
        for (const command of this.#oneFor(commands[first]!.command, commands[second]!.command)) {
          const changed = commands.with(first, { command });
          yield* this.#repairs.shorter(failing, changed.filter((_, index) => index !== second));
        }
      }
    }
  }

  /** The first command of every other kind; and where both have the same fields, the kind of one with those of the other. */
  *#oneFor(first: AnyCommand, second: AnyCommand): Generator<AnyCommand> {
    for (const kind of this.#order.kinds) {
      if (kind !== first.kind && kind !== second.kind) yield this.#order.ofKind(kind)[0]!;
    }
    if (first.kind === second.kind || !sameFields(first, second)) return;
    yield { ...first, kind: second.kind };
    yield { ...second, kind: first.kind };
  }

  /** Whether a command refers to what another one creates. */
  #uses(user: AnyCommand, creator: AnyCommand): boolean {
    const created = createdHandles([{ command: creator }], this.#repairs.handles);
    return (this.#repairs.handles.get(user.kind) ?? []).some(({ field, type, creates }) =>
      !creates && created.has(`${type} ${(user as unknown as Record<string, unknown>)[field]}`)
    );
  }
}

/** All pairs of different places, neighbours first. */
function* nearFirst(length: number): Generator<{ readonly gone: number; readonly other: number }> {
  for (let apart = 1; apart < length; apart++) {
    for (let first = 0; first + apart < length; first++) {
      yield { gone: first, other: first + apart };
      yield { gone: first + apart, other: first };
    }
  }
}
