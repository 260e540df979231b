/**
 * A report as an ITF trace (Informal Trace Format), which Apalache, Quint and the trace viewers of TLA+ read.
 *
 * @module
 */
import type { Plain } from "../machine.ts";
import type { Counterexample } from "./report_data.ts";

type Fields = Readonly<Record<string, Plain>>;

function isFields(state: Plain): state is Fields {
  return typeof state === "object" && state !== null && !Array.isArray(state);
}

/** Numbers that ITF can not hold as JSON numbers are written as it asks for; fields may not begin with its sign. */
function value(data: Plain): unknown {
  if (typeof data === "number") {
    return Number.isSafeInteger(data) ? data : { "#unserializable": String(data) };
  }
  if (data === null) return { tag: "None", value: {} };
  if (Array.isArray(data)) return data.map(value);
  if (typeof data === "object") {
    return Object.fromEntries(
      Object.entries(data).map(([field, part]) => [field.replace(/^#/, "_#"), value(part)]),
    );
  }
  return data;
}

/** The trace: one state for the start and one for each step that has a state after it. */
export function itfReport(report: Counterexample): string {
  const states = [
    ...(report.initial === undefined
      ? []
      : [{ state: report.initial, action: "start", answer: "", actor: "" }]),
    ...report.steps.flatMap(({ state, action, answer, actor }) =>
      state === undefined ? [] : [{ state, action, answer, actor }]
    ),
  ].map(({ state, action, answer, actor }, index) => ({
    "#meta": { index },
    action,
    actor,
    answer,
    ...(isFields(state) ? value(state) as Record<string, unknown> : { state: value(state) }),
  }));
  const vars = [...new Set(states.flatMap((state) => Object.keys(state)))].filter((name) => name !== "#meta");
  const trace = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      description: report.headline,
    },
    params: [],
    vars,
    states,
    ...(report.loopsTo === undefined ? {} : { loop: report.loopsTo }),
  };
  return `${JSON.stringify(trace, null, 1)}\n`;
}
