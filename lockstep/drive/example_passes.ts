/**
 * What the tests of shrinking passes share.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import type { SumCommand, SumMachine } from "./example_sum.ts";
import { CommandOrder } from "./shrink/values.ts";
import { type Candidates, Repairs, type Shrinkable } from "./shrink/shrinkable.ts";
import type { WidePasses } from "./shrink/wide_search.ts";

/** A case that a pass proposes. */
export interface Tried {
  readonly start: unknown;
  readonly commands: readonly AnyCommand[];
}

/** All that a pass proposes as long as nothing fails. */
export function candidatesOf(pass: Candidates): Tried[] {
  return [...pass].map(({ start, commands }) => ({
    start,
    commands: commands.map(({ command }) => command),
  }));
}

/** A case that fails, as passes see it. */
export function failing(start: number, ...commands: readonly SumCommand[]): Shrinkable {
  return { start, commands: commands.map((command) => ({ command })) };
}

/** What one lane of the wide search proposes. @throws where there is no such lane. */
export function laneOf(passes: WidePasses, name: string, of: Shrinkable): Candidates {
  const lane = passes.wide(of).find((each) => each.name === name);
  if (lane === undefined) throw new RangeError(`Cannot find lane: there is no ${name}`);
  return lane.candidates;
}

/** The order of the commands of a machine without handles. */
export function orderOf(machine: SumMachine): CommandOrder {
  return new CommandOrder(machine, new Map(), {});
}

/** Repairs through a machine without handles. */
export function repairsOf(machine: SumMachine): Repairs {
  return new Repairs(machine, new Map(), 100);
}
