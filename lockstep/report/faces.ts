/**
 * All faces of a report, by name.
 *
 * @module
 */
import { stripAnsiCode } from "@std/colors";
import { htmlReport } from "./html.tsx";
import { itfReport } from "./itf.ts";
import { jsonReport } from "./json.ts";
import { markdownReport } from "./markdown.ts";
import { programOf } from "./program.ts";
import type { Counterexample } from "./report_data.ts";
import { shivizReport } from "./shiviz.ts";
import { terminalReport } from "./terminal.ts";

/** A way to show a report. */
export type Face = "terminal" | "markdown" | "json" | "html" | "program" | "shiviz" | "itf";

/** From data to text, each a pure function. */
export const faces: Readonly<Record<Face, (report: Counterexample) => string>> = {
  // For files: a terminal has its colours and its width from whoever prints on it.
  terminal: (report) => `${stripAnsiCode(terminalReport(report))}\n`,
  markdown: (report) => markdownReport(report),
  json: jsonReport,
  html: htmlReport,
  program: ({ case: file }) => programOf(file),
  shiviz: shivizReport,
  itf: itfReport,
};

/** The face that a file of this name should have. */
export function faceOf(path: string): Face {
  if (path.endsWith(".html")) return "html";
  if (path.endsWith(".md")) return "markdown";
  if (path.endsWith(".itf.json")) return "itf";
  if (path.endsWith(".json")) return "json";
  if (path.endsWith(".ts")) return "program";
  if (path.endsWith(".shiviz") || path.endsWith(".log")) return "shiviz";
  return "terminal";
}
