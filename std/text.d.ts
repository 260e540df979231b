/** The member of `candidates` that is nearest to `word`. @throws when `candidates` is empty. */
export function closestString(word: string, candidates: readonly string[]): string;
/** Number of single-character edits between two words. */
export function levenshteinDistance(first: string, second: string): number;
