/**
 * Results as JUnit XML, which most systems of continuous integration read.
 *
 * @module
 */
import { stripAnsiCode } from "@std/colors";
import { oneLine, visible } from "./phrase.ts";
import type { Counterexample } from "./report_data.ts";
import { terminalReport } from "./terminal.ts";

/** One thing that was done, and how it ended. */
export interface JunitCase {
  /** The suite: a protocol. */
  readonly suite: string;
  /** What was done, for example "lockstep small". */
  readonly name: string;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** The divergence; absent when all is well. */
  readonly report?: Counterexample;
  /** What is wrong where there is no case to show, in one sentence. */
  readonly failure?: string;
  /** Why it was not done. */
  readonly skipped?: string;
}

/** Characters that XML 1.0 can not hold are made visible, markup becomes text. */
function escape(text: string): string {
  return text.split("\n").map(visible).join("\n").replaceAll(
    /[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    "?",
  )
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function caseXml(result: JunitCase): string {
  const { suite, name, seconds, report, failure, skipped } = result;
  const open = `    <testcase classname="${escape(oneLine(suite))}" name="${escape(oneLine(name))}" time="${
    seconds.toFixed(3)
  }"`;
  if (skipped !== undefined) {
    return `${open}>\n      <skipped message="${escape(oneLine(skipped))}"/>\n    </testcase>`;
  }
  if (report === undefined && failure === undefined) return `${open}/>`;
  const message = report === undefined ? oneLine(failure!) : oneLine(report.headline, 2_000);
  const type = report?.verdict.kind ?? "failure";
  const text = report === undefined ? failure! : stripAnsiCode(terminalReport(report));
  return `${open}>\n      <failure type="${escape(type)}" message="${escape(message)}">${
    escape(text.slice(0, 100_000))
  }</failure>\n    </testcase>`;
}

/** The document. */
export function junitXml(results: readonly JunitCase[]): string {
  const failed = (result: JunitCase): boolean => result.report !== undefined || result.failure !== undefined;
  const suites = [...new Set(results.map(({ suite }) => suite))].map((suite) => {
    const own = results.filter((result) => result.suite === suite);
    const seconds = own.reduce((sum, { seconds }) => sum + seconds, 0);
    return [
      `  <testsuite name="${escape(oneLine(suite))}" tests="${own.length}" failures="${
        own.filter(failed).length
      }" ` +
      `skipped="${own.filter(({ skipped }) => skipped !== undefined).length}" time="${seconds.toFixed(3)}">`,
      ...own.map(caseXml),
      "  </testsuite>",
    ].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${results.length}" failures="${
    results.filter(failed).length
  }">\n${suites.join("\n")}${suites.length === 0 ? "" : "\n"}</testsuites>\n`;
}
