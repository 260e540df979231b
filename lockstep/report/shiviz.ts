/**
 * A report as a log for ShiViz: two lines for each event, its vector clock and what happened. Steps of a case are sequential, so that each
 * step knows of all before it; a recorded history of threads orders only what real time ordered.
 *
 * @module
 */
import type { History } from "./history.ts";
import { oneLine } from "./phrase.ts";
import type { Counterexample } from "./report_data.ts";

/** The expression by which ShiViz reads these logs, the usual one of vector clock libraries: the first line of each. */
export const shivizPattern: string = String.raw`(?<host>\S*) (?<clock>{.*})\n(?<event>.*)`;

interface Event {
  readonly host: string;
  readonly clock: Readonly<Record<string, number>>;
  readonly text: string;
}

/** Host names have no spaces there, and two names must not become one. */
function hosts(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const host = oneLine(name, 40).replaceAll(/[^\w.-]+/g, "_");
    return names.some((other, before) =>
        before < index && oneLine(other, 40).replaceAll(/[^\w.-]+/g, "_") === host
      )
      ? `${host}_${index + 1}`
      : host;
  });
}

function ofSteps(report: Counterexample): Event[] {
  const names = hosts(report.lanes);
  const clock: Record<string, number> = {};
  return report.steps.map((step) => {
    const host = names[report.lanes.indexOf(step.actor)] ?? "unknown";
    clock[host] = (clock[host] ?? 0) + 1;
    const mark = step.parted ? "FIRST DIVERGENCE " : "";
    return { host, clock: { ...clock }, text: `${mark}${oneLine(step.action)} -> ${oneLine(step.answer)}` };
  });
}

function ofHistory(history: History): Event[] {
  const names = hosts(history.threads);
  const clocks: Record<string, number>[] = names.map(() => ({}));
  // What has returned before a call is known to the caller: that is the order that real time gives.
  const returned: Record<string, number> = {};
  return history.operations.flatMap(({ thread, action, answer, invokedAt, returnedAt }) => [
    { at: invokedAt, thread, text: `call ${oneLine(action)}`, returns: false },
    ...(returnedAt === undefined
      ? []
      : [{ at: returnedAt, thread, text: `return ${oneLine(answer ?? "")}`, returns: true }]),
  ]).sort((first, second) => first.at - second.at).map(({ thread, text, returns }) => {
    const host = names[thread]!;
    const clock = clocks[thread]!;
    if (!returns) {
      for (const [name, time] of Object.entries(returned)) clock[name] = Math.max(clock[name] ?? 0, time);
    }
    clock[host] = (clock[host] ?? 0) + 1;
    if (returns) {
      for (const [name, time] of Object.entries(clock)) returned[name] = Math.max(returned[name] ?? 0, time);
    }
    return { host, clock: { ...clock }, text };
  });
}

/** The log: the expression, an empty line (there is one execution), then two lines for each event. */
export function shivizReport(report: Counterexample): string {
  const events = report.history === undefined ? ofSteps(report) : ofHistory(report.history);
  return `${shivizPattern}\n\n${
    events.map(({ host, clock, text }) => `${host} ${JSON.stringify(clock)}\n${text}`).join("\n")
  }\n`;
}
