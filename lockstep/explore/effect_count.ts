/**
 * How many different things steps do to states: whether it pays to learn them.
 *
 * A step that does something new in every other state looks at most of the state, and no watched run of it stands
 * for many others. Finding that out by watching would cost more than the watching: code that has once run on
 * watched states stays slower for good, because its property accesses have met two kinds of objects.
 *
 * @module
 */

/** Transitions that are counted before it is decided. A search of not many more is over before learning pays. */
const countedTransitions = 65_536;

/** Transitions per effect from which on steps are worth learning. */
const worthwhile = 8;

/** Counts the effects of steps, as the bits of each word that they change. */
export class EffectCount {
  readonly #words: number;
  readonly #effects: Set<number> = new Set();
  #transitions = 0;

  constructor(words: number) {
    this.#words = words;
  }

  /** Notes a step by `move` from one packed state to another. */
  note(move: number, before: Int32Array, beforeAt: number, after: Int32Array): void {
    let hash = move + 1;
    for (let k = 0; k < this.#words; k++) {
      hash = Math.imul(hash ^ before[beforeAt + k]! ^ after[k]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    // Two effects with one hash are taken for one: the count decides about speed only.
    this.#effects.add(hash);
    this.#transitions++;
  }

  /** Whether enough was counted. */
  get isComplete(): boolean {
    return this.#transitions >= countedTransitions;
  }

  /** Whether the same few effects came again and again. */
  get isWorthLearning(): boolean {
    return this.#effects.size * worthwhile <= this.#transitions;
  }
}
