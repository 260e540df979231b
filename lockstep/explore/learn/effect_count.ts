/**
 * How many different things steps do to states: whether it pays to learn them.
 *
 * A step that does something new in every other state looks at most of the state, and no watched run of it stands
 * for many others. Finding that out by watching would cost more than the watching: code that has once run on
 * watched states stays slower for good, because its property accesses have met two kinds of objects.
 *
 * @module
 */
import { StateStore } from "../state_store.ts";

/**
 * Steps are learnt once so many transitions were taken, and so many for each effect.
 *
 * An effect takes several watched runs to learn, which cost as much as running some hundred steps, and a search that
 * has come this far goes on for about as long again. A long one also earns what new code costs before it is fast.
 */
const worthwhile = [
  { transitions: 16_384, perEffect: 256 },
  { transitions: 327_680, perEffect: 96 },
];

/** Transitions by which most of what pays is learnt. */
const lateTransitions = Math.max(...worthwhile.map(({ transitions }) => transitions));

/** Of the most states that ever waited, how many still do while a search is growing. */
const growing = 31 / 32;

/** By so many transitions, a machine with fewer per effect than this shows that it will never pay. */
const hopeless = { transitions: 65_536, perEffect: 16 };

/** Counts the effects of steps, as the bits of each word that they change. */
export class EffectCount {
  readonly #words: number;
  /** A hash of each effect. Two effects with one hash are taken for one: the count decides about speed only. */
  readonly #effects: StateStore = new StateStore(1);
  readonly #hash: Int32Array = new Int32Array(1);
  #transitions = 0;
  #mostWaiting = 0;
  #isGrowing = true;

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
    if (this.#effects.count >= this.#effects.fullAt) this.#effects.grow();
    this.#hash[0] = hash;
    this.#effects.add(this.#hash, 0, 0, move);
    this.#transitions++;
  }

  /** Notes how many states wait to be expanded now. Once they become fewer, the larger part of a search is over. */
  noteWaiting(waiting: number): void {
    this.#mostWaiting = Math.max(this.#mostWaiting, waiting);
    this.#isGrowing = waiting >= this.#mostWaiting * growing;
  }

  /** Whether the same few effects came again and again, often enough to learn them now, and will for a while. */
  get isWorthLearning(): boolean {
    return this.#isGrowing &&
      worthwhile.some(({ transitions, perEffect }) =>
        this.#transitions >= transitions && this.#effects.count * perEffect <= this.#transitions
      );
  }

  /** Whether a machine of which this is worth it may just not have shown so yet. */
  get isEarly(): boolean {
    return this.#transitions < lateTransitions;
  }

  /** Whether there is always something new: counting on would be in vain. */
  get isHopeless(): boolean {
    const { transitions, perEffect } = hopeless;
    return this.#transitions >= transitions && this.#effects.count * perEffect > this.#transitions;
  }
}
