/**
 * What `explore` says beside verdicts: what a reduction has saved, and why commands were not possible.
 *
 * @module
 */
import { cyan, dim, yellow } from "@std/colors";
import type { Exploration, Refusals } from "../lockstep/explore/mod.ts";
import type { AnyCommand } from "../lockstep/machine.ts";
import { oneLine, phrase } from "../lockstep/report/phrase.ts";

type Result = Exploration<unknown, AnyCommand, unknown, unknown>;

const count = (value: number): string => value.toLocaleString("en-US");
const states = (value: number): string => `${count(value)} ${value === 1 ? "state" : "states"}`;

/** Classes and orders that stand for more than was stored. */
export function reductionLines(
  { symmetry, representedStates, reduction, reducedStates = 0, states: stored }: Result,
): readonly string[] {
  const classes = representedStates === undefined
    ? "these are classes of states that differ only in names, --no-symmetry counts every state"
    : `${count(stored)} classes stand for ${states(representedStates)}`;
  const orders = reducedStates === 0
    ? "reduction: nothing could be left out, this was a full search"
    : `reduction: orders of commands were left out in ${count(reducedStates)} of ${states(stored)}`;
  return [...(symmetry ? [`symmetry: ${classes}`] : []), ...(reduction ? [orders] : [])];
}

function commandsOf(
  trace: Refusals<unknown, AnyCommand, unknown, unknown>["conditions"][number]["trace"],
): string {
  const shown = trace.steps.slice(0, 8).map(({ command, move }) =>
    command === undefined ? oneLine(move ?? "") : phrase(command)
  );
  if (shown.length === 0) return "at the start";
  return `after ${shown.join(", ")}${trace.steps.length > 8 ? ", …" : ""}`;
}

/** Which conditions refused a command, the most frequent first. */
export function refusalLines(
  { command, tried, possible, conditions }: Refusals<unknown, AnyCommand, unknown, unknown>,
): readonly string[] {
  const name = phrase(command);
  const head = possible === 0
    ? yellow(`${name} was never possible in ${states(tried)}`)
    : `${cyan(name)} was possible in ${count(possible)} of ${states(tried)}`;
  const first = (trace: Parameters<typeof commandsOf>[0]): string => dim(`, first ${commandsOf(trace)}`);
  return [
    head,
    ...conditions.map(({ condition = "refused without a reason", states: times, trace }) =>
      `  ${oneLine(condition)}: ${states(times)}${first(trace)}`
    ),
  ];
}
