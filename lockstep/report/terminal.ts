/**
 * A counterexample for the terminal. Pure: data in, text out.
 *
 * @module
 */
import { bold, cyan, dim, green, red, yellow } from "@std/colors";
import { changePhrase } from "./changes.ts";
import { historyLines } from "./history_text.ts";
import { oneLine, phrase } from "./phrase.ts";
import type { Counterexample, CounterexampleStep } from "./report_data.ts";

/** Data may have come from a file: nothing in it may reach the terminal as more than text. */
function safe(step: CounterexampleStep): CounterexampleStep {
  return {
    ...step,
    actor: oneLine(step.actor),
    action: oneLine(step.action),
    answer: oneLine(step.answer),
    ...(step.allowed === undefined
      ? {}
      : { allowed: step.allowed.slice(0, 20).map((text) => oneLine(text)) }),
    ...(step.shown === undefined ? {} : { shown: oneLine(step.shown) }),
  };
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}

function widest(texts: readonly string[], most: number): number {
  return Math.min(most, Math.max(0, ...texts.map(({ length }) => length)));
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

interface Columns {
  readonly actor: number;
  readonly action: number;
  readonly answer: number;
  readonly total: number;
}

function changeSummary(step: CounterexampleStep): string {
  return oneLine(step.changes.map(changePhrase).join(", "));
}

function stepLines(step: CounterexampleStep, number: number, columns: Columns): string[] {
  const label = step.epilogue ? "  ·" : String(number).padStart(3);
  const mark = step.parted ? red("✗") : " ";
  const row = `${label} ${mark} ${cyan(pad(cut(step.actor, columns.actor), columns.actor))}  ${
    pad(cut(step.action, columns.action), columns.action)
  }  `;
  const indent = 3 + 1 + 1 + 1 + columns.actor + 2 + columns.action + 2;
  if (step.parted) {
    const lines = [`${row}${bold(red(step.answer))}`];
    for (const allowed of step.allowed ?? []) {
      lines.push(`${" ".repeat(indent)}${green(`allowed: ${allowed}`)}`);
    }
    if (step.shown !== undefined) lines.push(`${" ".repeat(8)}${dim(cut(step.shown, columns.total - 8))}`);
    return lines;
  }
  const answer = pad(cut(step.answer, columns.answer), columns.answer);
  const room = columns.total - indent - columns.answer - 2;
  const shown = step.shown ?? "";
  const beside = shown.length <= room;
  const lines = [beside ? `${row}${answer}  ${dim(shown)}` : `${row}${answer.trimEnd()}`];
  if (!beside) lines.push(`${" ".repeat(8)}${dim(cut(shown, columns.total - 8))}`);
  // What changed is said where the line of the state is too long to be compared by eye.
  if (!beside && step.changes.length > 0) {
    lines.push(`${" ".repeat(8)}${yellow(cut(changeSummary(step), columns.total - 8))}`);
  }
  return lines;
}

/** How sure it is, in one line: repetitions on a fresh subject. */
export function confirmedPhrase(confirmed: { readonly failed: number; readonly runs: number }): string {
  const { failed, runs } = confirmed;
  return failed === runs
    ? `failed again ${failed} of ${runs} times`
    : `flaky: failed in ${failed + 1} of ${runs + 1} runs, shown is the first of them`;
}

/** The report, at most `width` columns wide where it can be helped. */
export function terminalReport(report: Counterexample, width = 110): string {
  const agreed = report.verdict.kind === "agreed";
  const steps = report.steps.map(safe);
  const columns: Columns = {
    actor: widest(steps.map(({ actor }) => actor), 20),
    action: widest(steps.map(({ action }) => action), 40),
    answer: widest(steps.filter(({ parted }) => !parted).map(({ answer }) => answer), 44),
    total: width,
  };
  const { case: file } = report;
  const lines = wrap(oneLine(report.headline, 2_000), width).map((line) =>
    bold(agreed ? green(line) : red(line))
  );
  const origin = [
    `case: ${oneLine(file.protocol)}`,
    `scope ${oneLine(file.scope)}`,
    ...(file.mistake === undefined ? [] : [`with ${oneLine(file.mistake)}`]),
    `start ${phrase(file.start)}`,
  ];
  lines.push("", dim(origin.join(", ")));
  if (report.initialShown !== undefined) {
    lines.push(`${" ".repeat(8)}${dim(cut(oneLine(report.initialShown), width - 8))}`);
  }
  steps.forEach((step, index) => {
    if (report.loopsTo === index) lines.push(yellow("    ┌ from here it can go round for ever"));
    lines.push(...stepLines(step, index + 1, columns));
  });
  if (report.loopsTo !== undefined) {
    lines.push(yellow(
      report.loopsTo === steps.length
        ? "    ○ and stays there for ever"
        : `    └ and again from after step ${report.loopsTo}`,
    ));
  }
  if (report.history !== undefined) lines.push("", ...historyLines(report.history, width));
  const notes = [
    report.foundBy === undefined ? undefined : `found by ${report.foundBy}`,
    report.minimality === undefined ? undefined : oneLine(report.minimality),
    report.confirmed === undefined ? undefined : confirmedPhrase(report.confirmed),
  ].filter((note) => note !== undefined);
  const { environment } = report;
  if (notes.length > 0 || environment !== undefined || report.replay !== undefined) lines.push("");
  if (notes.length > 0) lines.push(notes.join("; "));
  if (environment !== undefined) {
    lines.push(
      dim(oneLine(`on kernel ${environment.kernel}, Deno ${environment.deno}, ${environment.cpu}`, 2_000)),
    );
  }
  if (report.walk !== undefined) lines.push(`by hand: ${oneLine(report.walk)}`);
  if (report.replay !== undefined) lines.push(`replay: ${bold(oneLine(report.replay))}`);
  return lines.join("\n");
}
