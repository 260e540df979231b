/**
 * The steps of a counterexample as a table for the terminal: what is too wide for its column goes on in the next
 * line, and where a state is too long to be compared by eye, what changed stands in its place.
 *
 * @module
 */
import { bold, cyan, dim, green, red, yellow } from "@std/colors";
import { changePhrase } from "./changes.ts";
import { oneLine, phrase } from "./phrase.ts";
import type { CounterexampleStep } from "./report_data.ts";

/** How wide the columns are, in characters. */
export interface StepColumns {
  readonly actor: number;
  readonly action: number;
  readonly answer: number;
  readonly total: number;
}

/** Columns left of the actor: number and mark. */
const numberWidth = 6;

/** Lines below a row begin here. */
const below = " ".repeat(8);

/** Lines that one cell, or what is below a row, may take. */
const mostLines = 8;

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

/** Words of `text` in lines of at most `width` columns; a longer word is cut in pieces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (
    const word of text.split(" ").flatMap((word) => word.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""])
  ) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function atMost(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), "…"];
}

function widest(texts: readonly string[], most: number): number {
  return Math.min(most, Math.max(0, ...texts.map(({ length }) => length)));
}

/** Columns for these steps in a terminal of `total` columns. */
export function stepColumns(steps: readonly CounterexampleStep[], total: number): StepColumns {
  const share = Math.max(16, Math.floor(total * 0.4));
  return {
    actor: widest(steps.map(({ actor }) => actor), Math.max(8, Math.min(20, Math.floor(total * 0.2)))),
    action: widest(steps.map(({ action }) => action), share),
    answer: widest(steps.filter(({ parted }) => !parted).map(({ answer }) => answer), share),
    total,
  };
}

/** A state that belongs to no row: the one before the first step. */
export function stateLines(shown: string, total: number): string[] {
  return atMost(wrap(shown, total - below.length), 4).map((line) => `${below}${dim(line)}`);
}

/** Changes one after the other; only one that is longer than a line is broken. */
function changeLines({ changes }: CounterexampleStep, width: number): readonly string[] {
  const lines: string[] = [];
  changes.forEach((change, index) => {
    const text = `${oneLine(changePhrase(change))}${index + 1 < changes.length ? "," : ""}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= width) {
      lines[lines.length - 1] = `${last} ${text}`;
    } else lines.push(...wrap(text, width));
  });
  return atMost(lines, mostLines);
}

/** One step: its row, as high as it must be, then the state and what changed where they do not fit beside it. */
export function stepLines(step: CounterexampleStep, number: number, columns: StepColumns): string[] {
  const answerAt = numberWidth + columns.actor + 2 + columns.action + 2;
  const room = Math.max(columns.answer, columns.total - answerAt, 16);
  const actor = wrap(step.actor, columns.actor);
  const action = atMost(wrap(step.action, columns.action), mostLines);
  const answer = atMost(wrap(step.answer, step.parted ? room : columns.answer), mostLines);
  const lines = Array.from({ length: Math.max(actor.length, action.length, answer.length) }, (_, line) => {
    const start = line > 0 ? "" : step.epilogue ? "  ·" : String(number).padStart(3);
    const mark = line === 0 && step.parted ? red("✗") : " ";
    const said = answer[line] ?? "";
    return `${pad(start, 3)} ${mark} ${cyan(pad(actor[line] ?? "", columns.actor))}  ${
      pad(action[line] ?? "", columns.action)
    }  ${step.parted && said !== "" ? bold(red(said)) : said}`;
  });
  for (const allowed of step.parted ? step.allowed ?? [] : []) {
    for (const line of atMost(wrap(`allowed: ${allowed}`, room), mostLines)) {
      lines.push(`${" ".repeat(answerAt)}${green(line)}`);
    }
  }
  const { shown } = step;
  if (shown === undefined) return lines;
  const fits = answerAt + columns.answer + 2 + shown.length <= columns.total;
  if (fits && !step.parted) {
    lines[0] += `${" ".repeat(columns.answer - (answer[0] ?? "").length)}  ${dim(shown)}`;
    return lines;
  }
  // What the machine shows of itself may take two lines; data that was only written out is left to what changed.
  const asLines = wrap(shown, columns.total - below.length);
  if (asLines.length <= (shown === phrase(step.state) ? 1 : 2)) {
    lines.push(...asLines.map((line) => `${below}${dim(line)}`));
  }
  const changed = changeLines(step, columns.total - below.length);
  return [...lines, ...changed.map((line) => `${below}${yellow(line)}`)];
}
