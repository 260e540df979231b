/**
 * Reports for GitHub's continuous integration: a step summary in Markdown and annotations in the log.
 *
 * @module
 */
import { counted } from "../counted.ts";
import type { JunitCase } from "./junit.ts";
import { markdownReport, plainText } from "./markdown.ts";
import { oneLine } from "./phrase.ts";
import type { Counterexample } from "./report_data.ts";

/** GitHub refuses summaries of 1 MiB and more; this stays well below. */
export const maximumSummaryBytes = 900_000;

/** GitHub shows at most this many annotations of a step. */
export const maximumAnnotations = 10;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What failed without a case to show. */
export type PlainFailure = Pick<JunitCase, "suite" | "name" | "failure">;

function failurePhrase({ suite, name, failure = "" }: PlainFailure): string {
  return oneLine(`${suite}: ${name}: ${failure}`, 500);
}

/** Failures that are listed; the others are counted. */
const maximumListed = 100;

/** The step summary: every report that fits, and how many did not, after what failed without a case. Headings say how many there are. */
export function githubSummary(
  reports: readonly Counterexample[],
  failures: readonly PlainFailure[] = [],
): string {
  const count = reports.length;
  const divergences = count === 0 ? "no divergence" : counted(count, "divergence");
  const others = failures.length === 0 ? "" : `, ${counted(failures.length, "other failure")}`;
  const listed = failures.slice(0, maximumListed).map((failure) =>
    `- ${plainText(failurePhrase(failure), 500)}\n`
  );
  if (failures.length > maximumListed) listed.push(`- and ${failures.length - maximumListed} more\n`);
  const title = [`## Lockstep: ${divergences}${others}\n`, ...listed].join("");
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
export function githubAnnotations(
  reports: readonly Counterexample[],
  failures: readonly PlainFailure[] = [],
): readonly string[] {
  const lines = reports.map((report) => {
    const title = escapeProperty(oneLine(`${report.case.protocol}: ${report.verdict.kind}`, 120));
    const replay = report.replay === undefined ? "" : `\n${oneLine(`replay: ${report.replay}`)}`;
    return `::error title=${title}::${escapeData(`${oneLine(report.headline, 2_000)}${replay}`)}`;
  });
  lines.push(...failures.map((failure) => `::error title=Lockstep::${escapeData(failurePhrase(failure))}`));
  if (lines.length <= maximumAnnotations) return lines;
  const left = lines.length - maximumAnnotations + 1;
  const what = failures.length === 0 ? "divergences" : "failures";
  return [...lines.slice(0, maximumAnnotations - 1), `::error title=Lockstep::and ${left} more ${what}`];
}
