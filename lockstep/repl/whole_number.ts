import { oneLine } from "../report/phrase.ts";
import { Refusal } from "./refusal.ts";

/** The whole number that a word is, or `usual` without one; `what` says what it counts. @throws {Refusal} */
export function wholeNumber(word: string | undefined, usual: number, what: string): number {
  if (word === undefined) return usual;
  if (!/^\d{1,9}$/.test(word)) {
    throw new Refusal(`Cannot use ${oneLine(word, 40)} as ${what}: must be a whole number`);
  }
  return Number(word);
}
