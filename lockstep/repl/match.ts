/**
 * From words to moves and names.
 *
 * @module
 */
import { closestString, levenshteinDistance } from "@std/text";
import type { AnyMachine } from "../machine.ts";
import { oneLine } from "../report/phrase.ts";
import { type Move, moveKind, movePhrase } from "./outcomes.ts";

/** Whether the words name this move: its kind, then values in the order of its fields, or `field=value`. */
export function matches(move: Move, words: readonly string[]): boolean {
  if (move.kind === "internal") return words.join(" ") === move.name;
  const { kind, ...fields } = move.command;
  if (words[0] !== kind) return false;
  const entries = Object.entries(fields);
  let position = 0;
  for (const word of words.slice(1)) {
    const equals = word.indexOf("=");
    if (equals > 0) {
      const field = word.slice(0, equals);
      const entry = entries.find(([name]) => name === field);
      if (entry === undefined || valueText(entry[1]) !== word.slice(equals + 1)) return false;
    } else if (position >= entries.length || valueText(entries[position++]![1]) !== word) return false;
  }
  return true;
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A command of the machine, written as JSON; `undefined` when it is none. */
export function commandFromJson(machine: AnyMachine, text: string): Move | undefined {
  try {
    const result = machine.schema.command.safeParse(JSON.parse(text));
    return result.success ? { kind: "command", command: result.data } : undefined;
  } catch {
    return undefined;
  }
}

/** "did you mean" with the nearest known word, or the known words. */
export function nearest(word: string, known: readonly string[]): string {
  const short = word.slice(0, 60);
  if (known.length === 0) return "there is none";
  const near = closestString(short, known);
  return levenshteinDistance(short.toLowerCase(), near.toLowerCase()) <= Math.max(2, short.length / 3)
    ? `did you mean ${near}?`
    : known.length <= 12
    ? `known are ${known.join(", ")}`
    : "help shows what is known";
}

/** The name that `text` means: exactly, as a beginning, or as a part, when only one does. */
export function chooseName(text: string, names: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  for (
    const fits of [
      (name: string) => name === text,
      (name: string) => name.toLowerCase().startsWith(lower),
      (name: string) => name.toLowerCase().includes(lower),
    ]
  ) {
    const found = names.filter(fits);
    if (found.length === 1) return found[0];
  }
  return undefined;
}

/** What Tab may complete: verbs first, then moves that are possible. */
export function completions(
  line: string,
  verbs: readonly string[],
  moves: readonly Move[],
  names: readonly string[],
): string[] {
  const starting = (candidates: readonly string[]): string[] =>
    [...new Set(candidates)].filter((candidate) => candidate.startsWith(line));
  const verb = line.split(" ", 1)[0]!;
  if (line.includes(" ") && ["until", "why"].includes(verb)) {
    return starting([...names, ...moves.map(movePhrase)].map((name) => `${verb} ${name}`));
  }
  if (!line.includes(" ")) return starting([...verbs, ...moves.map(moveKind)]);
  return starting(moves.map(movePhrase));
}

/** A sentence for words that mean nothing here. */
export function unknownWords(
  words: readonly string[],
  verbs: readonly string[],
  machine: AnyMachine,
): string {
  const kinds = [
    ...new Set([
      ...machine.commands.map(({ kind }) => kind as string),
      ...Object.keys(machine.internal ?? {}),
    ]),
  ];
  const first = words[0] ?? "";
  return `Cannot understand ${oneLine(JSON.stringify(first), 60)}: ${nearest(first, [...verbs, ...kinds])}`;
}
