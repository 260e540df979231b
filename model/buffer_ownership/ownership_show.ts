/**
 * States of buffer ownership in one line: who owns each cell, how far each request is, what waits in the queues.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { BufferOwnershipState } from "./ownership_state.ts";
import type { UringMechanismState } from "./uring_state.ts";

type State = DeepReadonly<UringMechanismState | BufferOwnershipState>;

function cellWords(state: State, cell: State["cells"][number]): string {
  switch (cell.status) {
    case "free":
      return "intact" in cell && !cell.intact ? "free, written" : "free";
    case "application":
      return "application";
    case "held":
      return `${state.requests[cell.request]!.operation} ${cell.request} ${cell.until.replace("-", " ")}`;
    case "provided":
      return "provided";
  }
}

function requestWords({ phase, operation, cancel, timer }: State["requests"][number], name: number): string {
  if (phase === "idle") return `${name} idle`;
  const more = Object.entries({ cancel, timer }).filter(([, is]) => is !== "none");
  return [`${name} ${operation} ${phase}`, ...more.map(([what, is]) => `${what} ${is}`)].join(", ");
}

function named({ request, cancel }: { readonly request: number; readonly cancel: boolean }): string {
  return cancel ? `cancel ${request}` : String(request);
}

function filled({ cell, kept }: { readonly cell: number; readonly kept: boolean }): string {
  return cell < 0 ? "" : ` in cell ${cell}${kept ? ", kept" : ""}`;
}

/** What waits: entries of both queues, connections and channels. Nothing of what is empty. */
function waiting(state: State): string[] {
  const parts: readonly (readonly [name: string, items: readonly string[]])[] = [
    ["submitted", state.queue.map(named)],
    [
      "completed",
      "posted" in state
        ? state.posted.map((entry, place) =>
          `${entry.of === "request" ? "" : `${entry.of} `}${entry.request} ${
            entry.notification ? "notification" : entry.result
          }${filled(entry)}${entry.more ? " and more" : ""}${place >= state.visible ? ", overflowed" : ""}`
        )
        : [],
    ],
    [
      "connections",
      state.connections.flatMap((status, name) => status === "none" ? [] : [`${name} ${status}`]),
    ],
    [
      "provided",
      state.provided.map(({ cell, filled: times }) => `${cell}${times === 0 ? "" : ` filled ${times}`}`),
    ],
    ["channels", state.channels.flatMap((status, name) => status === "quiet" ? [] : [`${name} ${status}`])],
  ];
  return parts.flatMap(([name, items]) => items.length === 0 ? [] : [`${name} ${items.join("; ")}`]);
}

/** Shows a state of the specification or of the mechanism. */
export function showOwnership(state: State): string {
  return [
    `cells ${state.cells.map((cell) => cellWords(state, cell)).join("; ")}`,
    `requests ${state.requests.map(requestWords).join("; ")}`,
    ...waiting(state),
  ].join(" | ");
}
