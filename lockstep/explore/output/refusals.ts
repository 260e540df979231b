/**
 * Which conditions refused a command, over all states that a search has stored.
 *
 * @module
 */
import type { AnyCommand } from "../../machine.ts";
import { Choices, defaultTickBudget } from "../choices.ts";
import type { Refusals } from "../exploration.ts";
import { plainKey } from "../plain_key.ts";
import type { Search } from "../search.ts";
import { Tracer } from "./trace.ts";

/** Tries of all commands together that were never possible, and how many of those commands are tried. */
const maximumTries = 20_000;
const maximumCommands = 64;

/** Most conditions of one command that are told. */
const maximumConditions = 20;

/** States in which a command that was asked about is tried once more. */
const maximumAskedStates = 1_000_000;

/**
 * Of the commands that `options.why` asks about, and after an exhaustive search of those that were never possible;
 * in the machine's order.
 */
export function refusalsOf<State, Command extends AnyCommand, Reply, Start>(
  search: Search<State, Command, Reply, Start, unknown>,
  exhausted: boolean,
): readonly Refusals<State, Command, Reply, Start>[] {
  const { machine, options } = search;
  const asked = new Set((options.why ?? []).map(plainKey));
  const isAsked = (command: Command): boolean => asked.size > 0 && asked.has(plainKey(command));
  const never = exhausted
    ? machine.commands.flatMap((_, move) => wasNeverPossible(search, move) ? [move] : []).slice(
      0,
      maximumCommands,
    )
    : [];
  const triesEach = Math.ceil(maximumTries / Math.max(1, never.length));
  return machine.commands.flatMap((command, move) =>
    isAsked(command)
      ? [refusalsOfMove(search, command, move, maximumAskedStates)]
      : never.includes(move)
      ? [refusalsOfMove(search, command, move, triesEach)]
      : []
  );
}

/** With symmetry only tried in normal forms, a command stands for all of its kind. */
function wasNeverPossible<State, Command extends AnyCommand, Reply, Start>(
  { machine, canonical, taken }: Search<State, Command, Reply, Start, unknown>,
  move: number,
): boolean {
  if (taken[move]! > 0) return false;
  const { kind } = machine.commands[move]!;
  return canonical === undefined ||
    machine.commands.every((other, index) => other.kind !== kind || taken[index] === 0);
}

function refusalsOfMove<State, Command extends AnyCommand, Reply, Start>(
  search: Search<State, Command, Reply, Start, unknown>,
  command: Command,
  move: number,
  maximumStates: number,
): Refusals<State, Command, Reply, Start> {
  const { store, codec, moves, options } = search;
  const tracer = new Tracer(search);
  const choices = new Choices(options.tickBudget ?? defaultTickBudget);
  const tried = Math.min(store.count, maximumStates);
  const byCondition = new Map<string | undefined, { states: number; readonly first: number }>();
  let possible = 0;
  for (let index = 0; index < tried; index++) {
    let condition: string | undefined;
    let isPossible = false;
    choices.reset();
    do {
      choices.rewind();
      try {
        const state = codec.unpack(store.arena, index * store.words);
        isPossible = moves.run(move, state, choices) !== undefined;
      } catch {
        isPossible = true;
      }
      condition ??= choices.refusal;
    } while (!isPossible && choices.advance());
    if (isPossible) {
      possible++;
      continue;
    }
    const known = byCondition.get(condition);
    if (known === undefined) byCondition.set(condition, { states: 1, first: index });
    else known.states++;
  }
  const conditions = [...byCondition].sort(([, one], [, other]) => other.states - one.states)
    .slice(0, maximumConditions).map(([condition, { states, first }]) => ({
      ...(condition === undefined ? {} : { condition }),
      states,
      trace: tracer.to(first),
    }));
  return { command, tried, possible, conditions };
}
