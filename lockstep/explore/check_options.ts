/**
 * What a search can not be asked for.
 *
 * @module
 */
import { checkLists } from "../check_lists.ts";
import type { AnyCommand, AnyMachine, Machine } from "../machine.ts";
import type { ExploreOptions } from "./exploration.ts";

/** A start is kept with its state where other states have the move that led to them, in 16 bits. */
const maximumStarts = 65_536;

/** @throws {RangeError} for a limit that is not positive, for too many starts, and as {@link checkLists}. */
export function checkAsked<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  options: ExploreOptions,
): void {
  if (machine.starts.length > maximumStarts) {
    throw new RangeError(
      `Cannot explore ${machine.name}: it has ${machine.starts.length} starts, must be at most ${maximumStarts}`,
    );
  }
  checkLists(machine as unknown as AnyMachine);
  for (const name of ["maximumStates", "maximumDepth", "maximumMs", "maximumBytes", "tickBudget"] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) {
      throw new RangeError(`Cannot explore ${machine.name}: ${name} is ${value}, must be above 0`);
    }
  }
}

/** @throws {RangeError} where reduction would not be sound. */
export function checkReducible<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  symmetric: boolean,
  observed: boolean,
): void {
  const why = machine.independence === undefined
    ? "it declares no independence"
    : symmetric
    ? "it can not be combined with symmetry, set symmetry to false"
    : observed
    ? "another machine observes the order of its commands"
    : undefined;
  if (why !== undefined) throw new RangeError(`Cannot explore ${machine.name} with reduction: ${why}`);
}
