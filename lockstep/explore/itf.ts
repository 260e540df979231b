/**
 * Traces in the Informal Trace Format, which the viewers of Apalache and Quint read.
 *
 * @see https://apalache-mc.org/docs/adr/015adr-trace.html
 *
 * @module
 */
import type { Trace } from "./exploration.ts";

/** A trace in ITF: one JSON object, ready to be written. */
export interface ItfTrace {
  readonly "#meta": { readonly format: "ITF"; readonly description: string; readonly source: string };
  readonly params: readonly string[];
  readonly vars: readonly string[];
  readonly states: readonly Readonly<Record<string, unknown>>[];
  /** A lasso: the state at this index follows the last one. */
  readonly loop?: number;
}

/** Values as ITF spells them: integers as they are when JSON keeps them exactly, null as an empty variant. */
function itfValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : { "#bigint": String(value) };
  if (value === null || value === undefined) return { tag: "None", value: { "#tup": [] } };
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(itfValue);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, itfValue(field)]));
}

/** A record of the state's fields; a state that is no record is one variable. */
function variables(state: unknown): Readonly<Record<string, unknown>> {
  return typeof state === "object" && state !== null && !Array.isArray(state)
    ? state as Readonly<Record<string, unknown>>
    : { state };
}

/**
 * A trace as ITF.
 *
 * Beside the fields of the state there are `mbt::actionTaken` and `mbt::nondetPicks`, in which Quint's tools look
 * for the command and its parameters, and `actor` and `reply`. A last step without a state repeats the one before.
 */
export function toItf<State, Command extends { readonly kind: string }, Reply, Start>(
  trace: Trace<State, Command, Reply, Start>,
  { machine, property }: { readonly machine: string; readonly property: string },
): ItfTrace {
  let last: unknown = trace.initial ?? {};
  const row = (action: string, picks: unknown, rest: Readonly<Record<string, unknown>>, at: number) => ({
    "#meta": { index: at },
    "mbt::actionTaken": action,
    "mbt::nondetPicks": itfValue(picks),
    ...Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [`lockstep::${name}`, itfValue(value)]),
    ),
    ...Object.fromEntries(Object.entries(variables(last)).map(([name, value]) => [name, itfValue(value)])),
  });
  const states: Readonly<Record<string, unknown>>[] = [
    row("init", { start: trace.start }, { actor: "", reply: null }, 0),
  ];
  for (const step of trace.steps) {
    last = step.state ?? last;
    const { kind, ...picks } = step.command ?? { kind: step.move ?? "" };
    states.push(row(kind, picks, { actor: step.actor, reply: step.reply ?? null }, states.length));
  }
  const vars = Object.keys(states[0]!).filter((name) => name !== "#meta");
  return {
    "#meta": { format: "ITF", description: `${machine}: ${property}`, source: machine },
    params: [],
    vars,
    states,
    ...(trace.loopsTo === undefined ? {} : { loop: trace.loopsTo }),
  };
}
