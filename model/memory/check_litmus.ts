/**
 * Answers the question of a litmus test under a memory model.
 *
 * @module
 */
import type { Condition, Quantifier } from "./litmus_condition.ts";
import type { LitmusTest, Observed } from "./litmus.ts";
import type { DataRace, MemoryModel, RacingAccess } from "./memory_model.ts";
import type { FinalState, SearchBounds } from "./search.ts";
import { searchProgram } from "./search.ts";

/** The values of {@link LitmusTest.observed}, in its order. */
export type ObservedValues = readonly number[];

/** The answer to a litmus test. */
export interface LitmusVerdict {
  /** Different final states, as far as they are observed, in ascending order. */
  readonly states: readonly ObservedValues[];
  /** How many of them meet the condition. */
  readonly witnesses: number;
  /** Whether the condition is met by no, some or all final states. */
  readonly observation: "Never" | "Sometimes" | "Always";
  /**
   * Whether the question is answered with yes: `exists` some, `~exists` none, `forall` all; also where nothing is asked.
   * Undefined when the search is not complete and what it has seen does not decide.
   */
  readonly holds: boolean | undefined;
  /** With a race the program is undefined in C11, and the states prove nothing. */
  readonly race: DataRace | undefined;
  /** Number of complete executions; under RC11 of consistent graphs. */
  readonly executions: number;
  readonly transitions: number;
  readonly explored: number;
  /** Why the search is not complete, if it is not. */
  readonly bounded: string | undefined;
}

function valueOf(observed: Observed, final: FinalState): number {
  return observed.kind === "location"
    ? final.memory[observed.location]!
    : final.registers[observed.thread]![observed.register]!;
}

/** What a final state shows of the test. */
export function observedValues(test: LitmusTest, final: FinalState): ObservedValues {
  return test.observed.map((observed) => valueOf(observed, final));
}

/** Whether the final state counts: it meets the filter of the test, if there is one. */
export function passesFilter({ filter }: LitmusTest, final: FinalState): boolean {
  return filter === undefined || meets(filter, (observed) => valueOf(observed, final));
}

/** Whether the condition holds when `value` tells what was observed. */
export function meets(condition: Condition<Observed>, value: (observed: Observed) => number): boolean {
  switch (condition.kind) {
    case "true":
      return true;
    case "false":
      return false;
    case "equals": {
      const right = typeof condition.right === "number" ? condition.right : value(condition.right);
      return value(condition.left) === right;
    }
    case "not":
      return !meets(condition.operand, value);
    case "and":
      return meets(condition.left, value) && meets(condition.right, value);
    case "or":
      return meets(condition.left, value) || meets(condition.right, value);
    case "implies":
      return !meets(condition.left, value) || meets(condition.right, value);
  }
}

function answered(
  quantifier: Quantifier,
  witnesses: number,
  states: number,
  complete: boolean,
): boolean | undefined {
  switch (quantifier) {
    case "exists":
      return witnesses > 0 ? true : complete ? false : undefined;
    case "~exists":
      return witnesses > 0 ? false : complete ? true : undefined;
    case "forall":
      return witnesses < states ? false : complete ? true : undefined;
    case "none":
      return true;
  }
}

/** Finds all final states of the test under the model and answers its question. */
export function checkLitmus<Memory>(
  test: LitmusTest,
  model: MemoryModel<Memory>,
  bounds?: SearchBounds,
): LitmusVerdict {
  const result = searchProgram(test.program, model, bounds);
  const states = new Map<string, { values: ObservedValues; met: boolean }>();
  for (const final of result.finals) {
    if (!passesFilter(test, final)) continue;
    const values = observedValues(test, final);
    states.set(values.join(), { values, met: meets(test.condition, (observed) => valueOf(observed, final)) });
  }
  const all = [...states.values()];
  const witnesses = all.filter(({ met }) => met).length;
  const observation = witnesses === 0 ? "Never" : witnesses === all.length ? "Always" : "Sometimes";
  const { executions, race, transitions, bounded } = result;
  return {
    states: all.map(({ values }) => values).sort(byValues),
    witnesses,
    observation,
    holds: answered(test.quantifier, witnesses, all.length, bounded === undefined),
    race,
    executions,
    transitions,
    explored: result.states,
    bounded,
  };
}

function byValues(first: ObservedValues, second: ObservedValues): number {
  for (const [index, value] of first.entries()) if (value !== second[index]) return value - second[index]!;
  return 0;
}

/** One observed state in the manner of the format: `0:a=1; x=2`. */
export function showValues(test: LitmusTest, values: ObservedValues): string {
  return test.observed.map(({ name }, index) => `${name}=${values[index]}`).join("; ");
}

const ordinal = (index: number) => ["first", "second", "third"][index] ?? `${index + 1}th`;

function showAccess({ thread, index, kind, order }: RacingAccess, location: string): string {
  const verb = kind === "update" ? "read-modify-write" : kind;
  return `the ${order} ${verb} of ${location} by P${thread} (its ${ordinal(index)} access)`;
}

/** Names both accesses of a race and says why neither happens before the other. */
export function showRace(race: DataRace, locations: readonly string[]): string {
  const location = locations[race.location] ?? `location ${race.location}`;
  const { first, second, lastOrderedIndex } = race;
  const why = lastOrderedIndex < 0
    ? `nothing that P${first.thread} did happens before it`
    : `of what P${first.thread} did, only its accesses up to the ${
      ordinal(lastOrderedIndex)
    } happen before it`;
  return `data race: ${showAccess(first, location)} and ${showAccess(second, location)}; ${why}, ` +
    `and P${first.thread} had not seen P${second.thread} make it`;
}
