/**
 * A counterexample for the terminal. Pure: data in, text out.
 *
 * @module
 */
import { bold, dim, green, red, yellow } from "@std/colors";
import { historyLines } from "./history_text.ts";
import { oneLine, phrase } from "./phrase.ts";
import type { Counterexample, CounterexampleStep } from "./report_data.ts";
import { stateLines, stepColumns, stepLines, wrap } from "./terminal_steps.ts";

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

/** How sure it is, in one line: repetitions on a fresh subject. */
export function confirmedPhrase(confirmed: { readonly failed: number; readonly runs: number }): string {
  const { failed, runs } = confirmed;
  return failed === runs
    ? `failed again ${failed} of ${runs} times`
    : `flaky: failed again ${failed} of ${runs} times`;
}

/** The report, at most `width` columns wide where it can be helped. */
export function terminalReport(report: Counterexample, width = 110): string {
  const agreed = report.verdict.kind === "agreed";
  const steps = report.steps.map(safe);
  const columns = stepColumns(steps, width);
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
    lines.push(...stateLines(oneLine(report.initialShown), width));
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
  if (report.walk !== undefined) lines.push(`open in the REPL: ${oneLine(report.walk)}`);
  if (report.replay !== undefined) lines.push(`replay: ${bold(oneLine(report.replay))}`);
  return lines.join("\n");
}
