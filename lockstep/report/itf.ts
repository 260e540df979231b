/**
 * A report as an ITF trace (Informal Trace Format), which Apalache, Quint and the trace viewers of TLA+ read.
 *
 * @module
 */
import { toItf } from "../explore/output/itf.ts";
import type { Counterexample } from "./report_data.ts";

/** The trace: one state for the start and one for each step. The step at which the sides part repeats the one before. */
export function itfReport(report: Counterexample): string {
  const steps = report.steps.map(({ action, ...step }) => ({ ...step, move: action }));
  const trace = toItf({ ...report, start: report.case.start, steps }, {
    machine: report.verdict.machine,
    property: report.headline,
  });
  return `${JSON.stringify(trace, null, 1)}\n`;
}
