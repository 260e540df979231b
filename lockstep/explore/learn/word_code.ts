/**
 * Pieces of generated code over the words of packed states, for functions that are made for one number of words.
 *
 * @module
 */

/** One piece of text per word. */
export function eachWord(words: number, text: (k: number) => string, between = " "): string {
  return Array.from({ length: words }, (_, k) => text(k)).join(between);
}

/** Leaves in `hash` what {@link hashOf} of the state store gives for the words from `at` on in `array`. */
export function hashCode(words: number, array: string): string {
  return `
    let hash = 0x9e3779b9 | 0;
    ${
    eachWord(words, (k) => `hash = Math.imul(hash ^ ${array}[at + ${k}], 0x85ebca6b); hash ^= hash >>> 15;`)
  }
    hash = Math.imul(hash, 0xc2b2ae35); hash ^= hash >>> 16;`;
}

/** Whether the words from `at` on in `array` are those in `d0`, `d1` and so on. */
export function sameCode(words: number, array: string, at: string): string {
  return eachWord(words, (k) => `${array}[${at} + ${k}] === d${k}`, " && ");
}

/**
 * Looks for the state in `d0`, `d1` and so on, whose hash is in `hash`: leaves its number or -1 in `target`, and in
 * `slot` where the search has ended.
 *
 * @param isVisible Whether the state `number` may be looked at.
 */
export function probeCode(words: number, isVisible = "true"): string {
  return `
    const tag = hash << bits;
    let slot = hash >>> shift;
    let target = -1;
    for (;;) {
      const entry = table[slot];
      if (entry === 0) break;
      if (((entry ^ tag) & ~mask) === 0) {
        const number = (entry & mask) - 1;
        const base = number * ${words};
        if (${isVisible} && ${sameCode(words, "arena", "base")}) { target = number; break; }
      }
      slot = (slot + 1) & mask;
    }`;
}
