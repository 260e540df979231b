/**
 * Whether the steps of a search are looked up instead of run, and from when on.
 *
 * @module
 */
import type { AnyCommand } from "../../machine.ts";
import type { Arrivals } from "../arrivals.ts";
import type { Search } from "../search.ts";
import { EffectCount } from "./effect_count.ts";
import { FastExpander } from "./fast_expander.ts";

/** Decides it for one search. */
export class Learning<State, Command extends AnyCommand, Reply, Start, View> {
  /** What looks steps up; absent where they are run. */
  expander: FastExpander<State, Command, Reply, Start, View> | undefined;
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #arrivals: Arrivals<State, Command, Reply, Start, View>;

  /** @param arrivals Counts what steps do, until it is decided. */
  constructor(
    search: Search<State, Command, Reply, Start, View>,
    arrivals: Arrivals<State, Command, Reply, Start, View>,
  ) {
    this.#search = search;
    this.#arrivals = arrivals;
  }

  /** Decides what can be decided before the first state. @param taught See `SearchParts`. */
  begin(taught: FastExpander<State, Command, Reply, Start, View> | undefined): void {
    const search = this.#search;
    const { learn } = search.options;
    if (learn === false || search.declaration !== undefined || search.checks.watchesSteps) return;
    if (!FastExpander.suits(search as unknown as Search<never, never, never, never, never>)) return;
    if (taught !== undefined || learn === "at once") this.expander = new FastExpander(search, taught);
    else this.#arrivals.effects = new EffectCount(search.codec.words);
  }

  /** Decides again, with so many states expanded. */
  consider(expanded: number): void {
    const { effects } = this.#arrivals;
    if (effects === undefined) return;
    effects.noteWaiting(this.#search.store.count - expanded);
    if (effects.isHopeless) this.settle();
    if (!effects.isWorthLearning) return;
    this.settle();
    this.expander = new FastExpander(this.#search);
  }

  /** Whether it is still open, and likely to be known soon. */
  get isUndecided(): boolean {
    return this.#arrivals.effects?.isEarly ?? false;
  }

  /** Decides for good: steps that are not learnt by now are run. */
  settle(): void {
    this.#arrivals.effects = undefined;
  }
}
