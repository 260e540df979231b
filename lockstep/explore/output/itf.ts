/**
 * Traces in the Informal Trace Format, which the viewers of Apalache and Quint read.
 *
 * @see https://apalache-mc.org/docs/adr/015adr-trace.html
 *
 * @module
 */
import type { Trace } from "../exploration.ts";

/** A trace in ITF: one JSON object, ready to be written to a file that ends in `.itf.json`. */
export interface ItfTrace {
  /** What the trace shows; viewers print it. */
  readonly "#meta": {
    readonly format: "ITF";
    readonly "format-description": string;
    readonly description: string;
    readonly source: string;
  };
  /** Always empty: bounds of a scope are not parameters of a trace. */
  readonly params: readonly string[];
  /** What every state has a value for. */
  readonly vars: readonly string[];
  /** The start, then one for each step. */
  readonly states: readonly Readonly<Record<string, unknown>>[];
  /** A lasso: the state at this index follows the last one. */
  readonly loop?: number;
}

const none = { tag: "None", value: { "#tup": [] } };
const some = (value: unknown): unknown => ({ tag: "Some", value });

/** Values as ITF spells them: integers as JSON has them where that is exact, null as the empty variant. */
function itfValue(value: unknown): unknown {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return value;
    return Number.isInteger(value)
      ? { "#bigint": BigInt(value).toString() }
      : { "#unserializable": String(value) };
  }
  if (value === null || value === undefined) return none;
  if (typeof value === "bigint") return { "#bigint": String(value) };
  if (typeof value === "symbol" || typeof value === "function") return { "#unserializable": String(value) };
  if (typeof value !== "object") return value;
  return Array.isArray(value) ? value.map(itfValue) : itfFields(value);
}

/** A record. ITF keeps names that begin with its sign for itself. */
function itfFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.replace(/^#/, "_#"), itfValue(value)]),
  );
}

/** The fields of a state are the variables; a state that is no record is one variable. */
function variables(state: unknown): Record<string, unknown> {
  const isRecord = typeof state === "object" && state !== null && !Array.isArray(state);
  return itfFields(isRecord ? state : { state });
}

/** What is written of a step; a report's steps have it too. */
export type ItfStep = Pick<
  Trace<unknown, { readonly kind: string }, unknown, unknown>["steps"][number],
  "actor" | "command" | "move" | "reply" | "state"
>;

/**
 * A trace as ITF.
 *
 * Beside the fields of the state there are `mbt::actionTaken` and `mbt::nondetPicks`, in which Quint's tools look
 * for the command and its parameters (an option each, because every state has the same variables),
 * `lockstep::actor` and `lockstep::reply`. A last step without a state repeats the one before.
 *
 * @example The command of a step and its parameter
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { toItf } from "./itf.ts";
 *
 * const put = { actor: "client", command: { kind: "put", count: 2 }, reply: "ok", state: { used: 2 } };
 * const { states } = toItf({ start: null, initial: { used: 0 }, steps: [put] }, { machine: "box", property: "full" });
 * assertEquals(states[1]!["mbt::actionTaken"], "put");
 * assertEquals(states[1]!["mbt::nondetPicks"], { count: { tag: "Some", value: 2 } });
 * ```
 */
export function toItf(
  trace: {
    readonly start: unknown;
    readonly initial?: unknown;
    readonly steps: readonly ItfStep[];
    readonly loopsTo?: number;
  },
  { machine, property }: { readonly machine: string; readonly property: string },
): ItfTrace {
  const parameters = new Set(
    trace.steps.flatMap(({ command }) => Object.keys(command ?? {})).filter((name) => name !== "kind"),
  );
  let last: unknown = trace.initial ?? {};
  const row = (index: number, action: string, actor: string, reply: unknown, command: object) => {
    const given: Readonly<Record<string, unknown>> = itfFields(command);
    const picks = [...parameters].map((name) => [name, name in command ? some(given[name]) : none]);
    return {
      "#meta": { index },
      "mbt::actionTaken": action,
      "mbt::nondetPicks": Object.fromEntries(picks),
      "lockstep::actor": actor,
      "lockstep::reply": itfValue(reply),
      ...variables(last),
    };
  };
  const states: Readonly<Record<string, unknown>>[] = [row(0, "init", "", trace.start, {})];
  for (const { actor, command, move, reply, state } of trace.steps) {
    last = state ?? last;
    states.push(row(states.length, command?.kind ?? move ?? "", actor, reply, command ?? {}));
  }
  return {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      description: `${machine}: ${property}`,
      source: machine,
    },
    params: [],
    vars: Object.keys(states[0]!).filter((name) => name !== "#meta"),
    states,
    ...(trace.loopsTo === undefined ? {} : { loop: trace.loopsTo }),
  };
}
