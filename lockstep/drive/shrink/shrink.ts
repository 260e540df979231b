/**
 * Shrinking: smaller cases to try, most promising first.
 *
 * A case is smaller than another when it has fewer commands, or as many and an earlier start, or the same start and
 * commands that come earlier in the machine's list. Only smaller cases replace the one that failed, so shrinking
 * ends. Some candidates are no smaller: they ask a question, and what is tried next depends on the answer.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { AgreedPaths } from "../agreed_paths.ts";
import { handleFields } from "../handles.ts";
import { keyOf } from "../plain.ts";
import { Changes } from "./changes.ts";
import { Combinations } from "./combinations.ts";
import { Deletions } from "./deletions.ts";
import { Ends } from "./ends.ts";
import { LongWalks } from "./long_walks.ts";
import { Looks } from "./looks.ts";
import { Numbers } from "./numbers.ts";
import { Shortcuts } from "./shortcuts.ts";
import { Simplifications } from "./simplifications.ts";
import { Starts } from "./starts.ts";
import { CommandOrder } from "./values.ts";
import { type Candidates, promisingOnly, Repairs, type Shrinkable } from "./shrinkable.ts";
import type { Drawer } from "../walk_source.ts";
import { WideSearch } from "./wide_search.ts";

/** A pass, and whether shrinking begins anew with what it finds. */
interface Pass {
  readonly restarts?: boolean;
  candidates(failing: Shrinkable): Candidates;
}

/** What a shrinker may use. */
export interface ShrinkerOptions {
  /** Named numbers, by field, that a number may be simplified to; none if absent. */
  readonly boundaries?: Readonly<Record<string, readonly number[]>>;
  /** Whether cases are looked at behind their last command, where a failure must show by a command; `true` if absent. */
  readonly looks?: boolean;
  /** For the passes that draw, which are left out if it is absent; nobody else may draw from `random`. */
  readonly chance?: { readonly drawer: Drawer; readonly random: Random } | undefined;
}

/** Finds smaller cases for one machine, and remembers what was tried. */
export class Shrinker {
  readonly #values: CommandOrder;
  readonly #repairs: Repairs;
  readonly #looks: Looks | undefined;
  readonly #startKeys: readonly string[];
  readonly #tried: Set<string> = new Set();
  readonly #agreed: AgreedPaths = new AgreedPaths();
  /** In the order in which they are tried: cheap ones that save much first. */
  readonly #passes: readonly Pass[];
  /** The pass that is under way; `undefined` before the first. */
  #at: number | undefined;
  /** Whether this round of passes has found anything smaller. */
  #found = false;

  constructor(machine: AnyMachine, maximumTicks: number, options: ShrinkerOptions = {}) {
    const { boundaries = {}, looks = true, chance } = options;
    const handles = handleFields(machine.schema.command);
    this.#values = new CommandOrder(machine, handles, boundaries);
    this.#startKeys = machine.starts.map(keyOf);
    this.#repairs = new Repairs(machine, handles, maximumTicks);
    const looking = looks ? new Looks(machine, this.#values, maximumTicks) : undefined;
    this.#looks = looking;
    const isSmaller = (first: Shrinkable, second: Shrinkable): boolean => this.isSmaller(first, second);
    const shortcuts = new Shortcuts(machine, maximumTicks);
    const deletions = new Deletions(this.#repairs);
    const simplifications = new Simplifications(machine, this.#values, this.#repairs, isSmaller);
    const walks = chance &&
      new LongWalks(machine, maximumTicks, chance.drawer, chance.random, () => shortcuts.ways, looking);
    const wide = new WideSearch([
      deletions,
      new Numbers(this.#values, this.#repairs),
      new Combinations(this.#values, this.#repairs),
      new Ends(machine, maximumTicks),
      new Starts(machine, this.#values, this.#repairs),
      ...(chance === undefined ? [] : [new Changes(machine, chance.random, this.#values, this.#repairs)]),
      ...(walks === undefined ? [] : [walks]),
    ]);
    this.#passes = [
      ...(looking === undefined
        ? []
        : [{ candidates: (failing: Shrinkable) => looking.everywhere(failing) }]),
      { candidates: (failing) => shortcuts.withoutLoops(failing) },
      { candidates: (failing) => shortcuts.shortest(failing) },
      ...(walks === undefined ? [] : [{ candidates: (failing: Shrinkable) => walks.early(failing) }]),
      { candidates: (failing) => promisingOnly(deletions.chunks(failing), failing) },
      { candidates: (failing) => deletions.chunks(failing) },
      { candidates: (failing) => wide.candidates(failing, 2 / 3), restarts: true },
      { candidates: (failing) => simplifications.earlierStart(failing) },
      { candidates: (failing) => simplifications.simpler(failing) },
      { candidates: (failing) => simplifications.swapped(failing) },
      { candidates: (failing) => wide.candidates(failing, 1), restarts: true },
    ];
  }

  /** Commands that repair had to leave out of candidates, in all. */
  get repairedAway(): number {
    return this.#repairs.leftOut;
  }

  /** Whether `first` is strictly smaller than `second`. */
  isSmaller(first: Shrinkable, second: Shrinkable): boolean {
    if (first.commands.length !== second.commands.length) {
      return first.commands.length < second.commands.length;
    }
    const starts = this.#startKeys.indexOf(keyOf(first.start)) - this.#startKeys.indexOf(keyOf(second.start));
    if (starts !== 0) return starts < 0;
    for (let index = 0; index < first.commands.length; index++) {
      const ranks = this.#values.rank(first.commands[index]!.command) -
        this.#values.rank(second.commands[index]!.command);
      if (ranks !== 0) return ranks < 0;
    }
    return false;
  }

  /** Notes that a case was run: it is never a candidate again. Whether it was new. */
  tried({ start, commands }: Shrinkable): boolean {
    const key = `${keyOf(start)} ${commands.map(({ command }) => this.#values.key(command)).join()}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    return true;
  }

  /** Notes that these commands agreed one after the other: no beginning of them is a candidate any more. */
  agreed(start: unknown, commands: readonly AnyCommand[]): void {
    this.#agreed.add(keyOf(start), commands.map((command) => this.#values.key(command)));
  }

  /** Cases to try in place of `failing`, each repaired, none that was tried before in this shrink. */
  *candidates(failing: Shrinkable): Candidates {
    this.tried(failing);
    this.#found = this.#at !== undefined;
    if (this.#at === undefined || this.#passes[this.#at]!.restarts === true) this.#at = 0;
    const { expected } = this.#repairs.repaired(failing, failing.commands);
    const all = this.#rounds(failing.isAnswer === true ? { ...failing, expected } : failing);
    this.#looks?.learn(failing);
    let step = all.next(undefined);
    while (!step.done) {
      const isNew = !this.#isKnown(step.value) && this.tried(step.value);
      step = all.next(isNew ? yield* this.#withLooks(step.value, failing.commands.length) : undefined);
    }
  }

  /**
   * A candidate, and behind it what shows more than its last command does, as long as all that is run for one case.
   * Where a look shows the failure, the look takes the place of the last command, or else follows it.
   */
  *#withLooks(
    candidate: Shrinkable,
    length: number,
  ): Generator<Shrinkable, number | undefined, number | undefined> {
    const { start, commands } = candidate;
    const looks = commands.length < length ? this.#looks?.after(candidate) ?? [] : [];
    const all = { start, commands: [...commands, ...looks.map((command) => ({ command }))] };
    if (looks.length > 0 && !this.tried(all)) return undefined;
    const executed = (yield all) ?? 0;
    if (executed <= commands.length) return executed;
    const shown = { command: looks[executed - commands.length - 1]! };
    for (const shorter of [[...commands.slice(0, -1), shown], [...commands, shown]]) {
      const one = { start, commands: shorter };
      if (shorter.length < length && !this.#isKnown(one) && this.tried(one)) yield one;
    }
    return 0;
  }

  /** Whether a case is known to agree. */
  #isKnown({ start, commands }: Shrinkable): boolean {
    return this.#agreed.has(keyOf(start), commands.map(({ command }) => this.#values.key(command)));
  }

  /** Each pass goes on with the smaller case that it found; a round that found any is followed by another one. */
  *#rounds(failing: Shrinkable): Candidates {
    for (let at = this.#at ?? 0;; at = 0) {
      for (; at < this.#passes.length; at++) {
        this.#at = at;
        yield* this.#passes[at]!.candidates(failing);
      }
      if (!this.#found) return;
      this.#found = false;
    }
  }
}
