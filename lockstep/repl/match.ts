/**
 * From words to moves and names.
 *
 * @module
 */
import { closestString, levenshteinDistance } from "@std/text";
import type { AnyMachine } from "../machine.ts";
import { oneLine } from "../report/phrase.ts";
import { type Move, moveKind, movePhrase, movesOf, type Possibility } from "./outcomes.ts";
import { Refusal } from "./refusal.ts";
import { verbs } from "./verbs.ts";

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
function commandFromJson(machine: AnyMachine, text: string): Move | undefined {
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
function unknownWords(
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

/** A move of the machine by its words, possible or not. */
export function moveNamed(machine: AnyMachine, words: readonly string[]): Move | undefined {
  return movesOf(machine).find((move) => matches(move, words));
}

/**
 * The move that a line means: a number, a name or JSON.
 *
 * @param refusal What to say after "not possible here" of a command that the machine has.
 * @throws {Refusal} with what to say instead.
 */
export function moveOf(
  machine: AnyMachine,
  possible: readonly Possibility[],
  words: readonly string[],
  line: string,
  refusal: (move: Move) => string,
): Move {
  if (words.length === 1 && /^\d+$/.test(words[0]!)) {
    const chosen = possible[Number(words[0]) - 1];
    if (chosen !== undefined) return chosen.move;
    throw new Refusal(`Cannot take ${oneLine(words[0]!, 20)}: numbers go from 1 to ${possible.length}`);
  }
  if (line.startsWith("{")) {
    const move = commandFromJson(machine, line);
    if (move !== undefined) return move;
    throw new Refusal("Cannot read the command: not a command of this machine as JSON");
  }
  const moves = possible.map(({ move }) => move);
  const found = moves.filter((move) => matches(move, words));
  if (found.length === 1) return found[0]!;
  const some = (among: readonly Move[]): string => among.slice(0, 6).map(movePhrase).join(", ");
  if (found.length > 1) throw new Refusal(`Cannot tell which of ${found.length}: ${some(found)}`);
  const known = moveNamed(machine, words);
  if (known !== undefined) {
    const name = movePhrase(known);
    throw new Refusal(`${name} is not possible here${refusal(known)}; why ${name} says what it waits for`);
  }
  const sameKind = moves.filter((move) => moveKind(move) === words[0]);
  throw new Refusal(
    sameKind.length > 0
      ? `Cannot find ${oneLine(words.join(" "), 60)} among ${some(sameKind)}`
      : unknownWords(words, verbs.map(({ name }) => name), machine),
  );
}
