/**
 * What a search can not be asked for.
 *
 * @module
 */
import { checkLists } from "../check_lists.ts";
import type { AnyCommand, AnyMachine, Machine } from "../machine.ts";
import type { ExploreOptions } from "./exploration.ts";
import { plainKey } from "./plain_key.ts";

/** A start is kept with its state where other states have the move that led to them, in 16 bits. */
const maximumStarts = 65_536;

/**
 * @throws {RangeError} for a limit that is not positive, a question about no command of the machine, too many starts,
 * and as {@link checkLists}.
 */
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
  if (options.why === undefined || options.why.length === 0) return;
  const known = new Set(machine.commands.map(plainKey));
  const unknown = options.why.find((asked) => !known.has(plainKey(asked)));
  if (unknown === undefined) return;
  throw new RangeError(
    `Cannot explore ${machine.name}: why asks about ${JSON.stringify(unknown)}, must be one of its commands`,
  );
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
