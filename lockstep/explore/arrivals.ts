/**
 * Taking in the states that steps lead to, while they are live: normal form, packing, the observer's opinion, and
 * the promises about a state that is new.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import type { Codec } from "./codec/codec.ts";
import type { EffectCount } from "./learn/effect_count.ts";
import type { Search } from "./search.ts";
import type { StepProblems } from "./step_problems.ts";

/** Takes in states for one search. */
export class Arrivals<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #problems: StepProblems<State, Command, Reply, Start, View>;
  readonly #scratch: Int32Array;
  #other: Codec<State> | undefined;
  /** Counts what steps do, as long as it is there. */
  effects: EffectCount | undefined;

  constructor(
    search: Search<State, Command, Reply, Start, View>,
    problems: StepProblems<State, Command, Reply, Start, View>,
  ) {
    this.#search = search;
    this.#problems = problems;
    this.#scratch = new Int32Array(search.store.words);
  }

  /** Takes in a state that a step (or, from -1, a start) has led to. It is live and may be edited. */
  take(state: State, reply: Reply | undefined, move: number, from: number): void {
    const search = this.#search;
    const { store, codec, canonical, candidates, checks, observer } = search;
    const problems = this.#problems;
    const scratch = this.#scratch;
    if (canonical !== undefined && !this.#normalize(canonical, state, move, from)) return;
    if (!codec.pack(state, scratch, 0)) return problems.outside(state, from, move);
    if (from >= 0) this.effects?.note(move, store.arena, from * store.words, scratch);
    if (observer !== undefined && !this.#observe(state, reply, move, from)) return;
    if (candidates !== undefined) {
      if (!candidates.add(scratch, from, move)) return;
      if (!codec.isExact(state)) this.#notExact(state, move, from);
      checks.state(state, -1, false);
      return;
    }
    if (store.count >= search.maximumStates && store.find(scratch, 0) < 0) {
      search.tooMany();
      return problems.lost(from);
    }
    const index = store.add(scratch, 0, from < 0 ? store.count : from, move);
    if (from >= 0) search.edges?.add(index < 0 ? -1 - index : index, move);
    if (index < 0) return;
    if (!codec.isExact(state)) this.#notExact(state, move, from);
    checks.state(state, index, from < 0);
    search.room();
  }

  /**
   * A new state has fields that its schema does not have. They may be those of an earlier step, whose state was
   * known already: then nobody has looked at that one, and the pooled containers still have them.
   */
  #notExact(state: State, move: number, from: number): void {
    const { codec } = this.#search;
    if (from < 0 || !this.#isExactAlone(move, from)) this.#problems.outside(state, from, move);
    codec.repair();
  }

  /** Whether the step leads to a state without further fields when it runs on containers that nobody has used. */
  #isExactAlone(move: number, from: number): boolean {
    const { store, codec, moves, choices, canonical } = this.#search;
    const other = this.#other ??= codec.another();
    const state = other.unpack(store.arena, from * store.words);
    try {
      moves.run(move, state, choices.follow(choices.taken()));
      canonical?.(state);
      return other.isExact(state);
    } catch {
      return false;
    } finally {
      other.repair();
    }
  }

  /** @returns `false` when there is no normal form. */
  #normalize(canonical: (state: State) => void, state: State, move: number, from: number): boolean {
    const { codec } = this.#search;
    try {
      canonical(state);
      return true;
    } catch (error) {
      if (codec.explain(state) !== undefined) this.#problems.outside(state, from, move);
      else this.#problems.noNormalForm(error, from, move);
      return false;
    }
  }

  /** Adds what the observer knows after the step. @returns `false` when the path ends here for it. */
  #observe(state: State, reply: Reply | undefined, move: number, from: number): boolean {
    const { store: { arena, words }, observer, notes } = this.#search;
    const seenBy = from < 0
      ? observer!.start(move, state)
      : observer!.step(arena[from * words + words - 1]!, move, reply, state);
    if (seenBy === -1) this.#problems.objection(observer!.problem, from, move);
    else if (seenBy < 0) notes.cut(observer!.cut);
    this.#scratch[words - 1] = seenBy;
    return seenBy >= 0;
  }
}
