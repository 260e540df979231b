/**
 * Reports for GitHub's continuous integration: a step summary in Markdown and annotations in the log.
 *
 * @module
 */
import { counted } from "../counted.ts";
import { markdownReport } from "./markdown.ts";
import { oneLine } from "./phrase.ts";
import type { Counterexample } from "./report_data.ts";

/** GitHub refuses summaries of 1 MiB and more; this stays well below. */
export const maximumSummaryBytes = 900_000;

/** GitHub shows at most this many annotations of a step. */
export const maximumAnnotations = 10;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The step summary: every report that fits, and how many did not. Headings say how many there are. */
export function githubSummary(reports: readonly Counterexample[]): string {
  const count = reports.length;
  const title = count === 0
    ? "## Lockstep: no divergence\n"
    : `## Lockstep: ${counted(count, "divergence")}\n`;
  const parts = [title];
  let left = maximumSummaryBytes - byteLength(title) - 200;
  let shown = 0;
  for (const report of reports) {
    const text = `\n${markdownReport(report, Math.min(64_000, Math.max(4_000, left)))}`;
    if (byteLength(text) > left) break;
    parts.push(text);
    left -= byteLength(text);
    shown++;
  }
  if (shown < count) parts.push(`\n${count - shown} more are not shown: the summary would be too long.\n`);
  return parts.join("");
}

/** Data of a workflow command: nothing in it ends the command or begins another. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Workflow commands for the log, at most {@link maximumAnnotations}; the last one counts what is left out. */
export function githubAnnotations(reports: readonly Counterexample[]): readonly string[] {
  const fits = reports.length <= maximumAnnotations;
  const shown = fits ? reports : reports.slice(0, maximumAnnotations - 1);
  const lines = shown.map((report) => {
    const title = escapeProperty(oneLine(`${report.case.protocol}: ${report.verdict.kind}`, 120));
    const replay = report.replay === undefined ? "" : `\n${oneLine(`replay: ${report.replay}`)}`;
    return `::error title=${title}::${escapeData(`${oneLine(report.headline, 2_000)}${replay}`)}`;
  });
  return fits
    ? lines
    : [...lines, `::error title=Lockstep::and ${reports.length - shown.length} more divergences`];
}
