/**
 * A counterexample for the terminal. Pure: data in, text out.
 *
 * @module
 */
import { bold, dim, red } from "@std/colors";
import type { Counterexample } from "./counterexample.ts";
import { phrase } from "./phrase.ts";

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

/** The table of steps with its headline, at most `width` columns where it can be helped. */
export function terminalReport(report: Counterexample, width = 110): string {
  const lines: string[] = [
    report.verdict.kind === "agreed" ? bold(report.headline) : bold(red(report.headline)),
    "",
  ];
  lines.push(
    dim(`case: ${report.case.protocol}, scope ${report.case.scope}, start ${phrase(report.case.start)}`),
  );
  const commands = report.steps.map((step) => phrase(step.command));
  const actorWidth = Math.max(0, ...report.steps.map((step) => step.actor.length));
  const commandWidth = Math.min(40, Math.max(0, ...commands.map((command) => command.length)));
  const answerWidth = Math.min(
    44,
    Math.max(0, ...report.steps.filter((step) => !step.parted).map((s) => s.answer.length)),
  );
  report.steps.forEach((step, index) => {
    const number = step.epilogue ? "  ·" : String(index + 1).padStart(3);
    const mark = step.parted ? red("✗") : " ";
    const row = `${number} ${mark} ${pad(step.actor, actorWidth)}  ${pad(commands[index]!, commandWidth)}  `;
    if (step.parted) {
      lines.push(`${row}${red(step.answer)}`);
      for (const allowed of step.allowed ?? []) {
        lines.push(`${" ".repeat(row.length - mark.length + 1)}allowed: ${allowed}`);
      }
      if (step.state !== undefined) lines.push(`${" ".repeat(8)}${dim(step.state)}`);
      return;
    }
    const left = `${row}${pad(step.answer, answerWidth)}`;
    const state = step.state ?? "";
    lines.push(
      left.length + 2 + state.length <= width
        ? `${left}  ${dim(state)}`
        : `${left.trimEnd()}\n${" ".repeat(8)}${dim(state)}`,
    );
  });
  const notes = [
    report.minimality,
    report.confirmed === undefined
      ? undefined
      : report.confirmed.failed === report.confirmed.runs
      ? `failed again ${report.confirmed.runs} of ${report.confirmed.runs} times`
      : `flaky: failed again ${report.confirmed.failed} of ${report.confirmed.runs} times`,
    report.replay === undefined ? undefined : `replay: ${report.replay}`,
  ].filter((note) => note !== undefined);
  if (notes.length > 0) lines.push("", ...notes);
  return lines.join("\n");
}
