/**
 * A history of threads as lines of text: a column per thread, time downwards.
 *
 * @module
 */
import type { History } from "./history.ts";
import { oneLine } from "./phrase.ts";

function fit(text: string, width: number): string {
  const shown = oneLine(text);
  return shown.length <= width ? shown.padEnd(width) : `${shown.slice(0, width - 1)}…`;
}

/** The rows of a history: each call and each return in its thread's column, in real-time order. */
export function historyLines(history: History, width: number): string[] {
  const column = Math.max(12, Math.floor((width - 6) / Math.max(1, history.threads.length)) - 2);
  const cells = (thread: number, text: string): string =>
    history.threads.map((_, index) => fit(index === thread ? text : "", column)).join("  ").trimEnd();
  const events = history.operations.flatMap((operation, index) => {
    const place = operation.placed === undefined ? "✗" : `#${operation.placed + 1}`;
    return [
      { at: operation.invokedAt, thread: operation.thread, text: `┌ ${operation.action} ${place}` },
      ...(operation.returnedAt === undefined ? [] : [{
        at: operation.returnedAt,
        thread: operation.thread,
        text: `└ ${operation.answer ?? ""}`,
      }]),
    ].map((event) => ({ ...event, index }));
  }).sort((first, second) => first.at - second.at || first.index - second.index);
  const placed = history.operations.filter((operation) => operation.placed !== undefined).length;
  return [
    history.threads.map((name) => fit(name, column)).join("  ").trimEnd(),
    ...events.map(({ thread, text }) => cells(thread, text)),
    "",
    `longest order that the machine allows: ${placed} of ${history.operations.length} operations (#1, #2, …)`,
    ...history.stuck.map(({ operation, reason }) => {
      const stuck = history.operations[operation];
      const name = stuck === undefined ? "" : `${history.threads[stuck.thread] ?? ""} ${stuck.action}`;
      return `not next: ${oneLine(`${name}: ${reason}`)}`;
    }),
  ];
}
