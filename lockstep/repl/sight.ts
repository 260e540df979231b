/**
 * What is always in sight: the state, and what is possible in it. Pure text.
 *
 * @module
 */
import { bold, dim, yellow } from "@std/colors";
import { counted } from "../counted.ts";
import type { AnyMachine, DeepReadonly } from "../machine.ts";
import { oneLine, phrase } from "../report/phrase.ts";
import { wrap } from "../report/terminal_steps.ts";
import type { TraceStep } from "../explore/mod.ts";
import type { AnyCommand } from "../machine.ts";
import type { Way } from "./ahead.ts";
import { moveKind, movePhrase, type Possibility } from "./outcomes.ts";

/** A state in one line. */
export function stateLine(machine: AnyMachine, state: unknown): string {
  try {
    const line = machine.show?.(state as DeepReadonly<unknown>);
    if (line !== undefined) return oneLine(line);
  } catch {
    // Shown as data instead.
  }
  return phrase(state);
}

/** `text` in at most `width` columns. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}

interface Group {
  readonly kind: string;
  readonly first: number;
  readonly items: Possibility[];
}

function groups(possible: readonly Possibility[]): Group[] {
  const found: Group[] = [];
  possible.forEach((possibility, index) => {
    const kind = moveKind(possibility.move);
    const last = found.at(-1);
    if (last?.kind === kind) last.items.push(possibility);
    else found.push({ kind, first: index + 1, items: [possibility] });
  });
  return found;
}

function withWays({ move, outcomes }: Possibility): string {
  const ways = outcomes.length > 1 ? ` (${outcomes.length} ways)` : "";
  return `${movePhrase(move)}${ways}`;
}

function groupLine({ kind, first, items }: Group, width: number): string {
  const numbers = items.length === 1 ? String(first) : `${first}-${first + items.length - 1}`;
  const head = `  ${numbers.padStart(7)}  `;
  const rest = items.map(withWays).map((text, index) =>
    index === 0 ? text : text.startsWith(`${kind} `) ? text.slice(kind.length + 1) : text
  );
  const shown = [...rest];
  const room = width - head.length;
  const text = (): string =>
    shown.length === rest.length ? rest.join(", ") : `${shown.join(", ")}, … ${rest.at(-1)}`;
  while (shown.length > 1 && text().length > room) shown.pop();
  // Two that do not fit beside each other: the first one, and where all of them are to be seen.
  const line = text().length <= room || items.length === 1
    ? text()
    : `${fit(rest[0]!, room - kind.length - 9)} … list ${kind}`;
  return `${dim(head)}${fit(line, room)}`;
}

/** The moves that are possible, a line for each kind, numbered. */
export function possibleLines(possible: readonly Possibility[], width: number): string[] {
  if (possible.length === 0) return [yellow("  nothing is possible here")];
  return groups(possible).map((group) => groupLine(group, width));
}

/** Every possible move on a line of its own, or only those of one kind. */
export function allPossibleLines(possible: readonly Possibility[], kind: string | undefined): string[] {
  const rows = possible.map((possibility, index) => ({ possibility, number: index + 1 }))
    .filter(({ possibility: { move } }) => kind === undefined || moveKind(move) === kind);
  const lines = rows.slice(0, 200).map(({ possibility, number }) =>
    `  ${dim(String(number).padStart(5))}  ${withWays(possibility)}`
  );
  return rows.length > 200 ? [...lines, dim(`  … and ${rows.length - 200} more`)] : lines;
}

/** Place, state and what is possible. */
export function sight(
  machine: AnyMachine,
  place: { readonly at: number; readonly length: number; readonly state: unknown },
  possible: readonly Possibility[],
  width: number,
): string {
  const at = place.at === place.length ? `[${place.at}]` : `[${place.at} of ${place.length}]`;
  const [head, ...more] = wrap(stateLine(machine, place.state), width - at.length - 1);
  const indent = " ".repeat(at.length);
  return [
    bold(`${at} ${head}`),
    ...more.map((line) => bold(`${indent} ${line}`)),
    ...possibleLines(possible, width),
  ].join("\n");
}

function stepPhrase(step: TraceStep<unknown, AnyCommand, unknown>): string {
  return step.command === undefined ? oneLine(step.move ?? "") : phrase(step.command);
}

/** A way in words: its length and its steps, or how far was looked. */
export function wayPhrase(way: Way): string {
  if (way.kind === "none") {
    const states = counted(way.states, "state");
    return way.complete ? `never from here (all ${states} seen)` : `not within ${states}`;
  }
  const { steps } = way;
  if (steps.length === 0) return "already here";
  const shown = steps.slice(0, 8).map(stepPhrase).join(", ");
  return `${counted(steps.length, "step")}: ${shown}${steps.length > 8 ? ", …" : ""}`;
}
