/**
 * The length of the shortest case that shows a bug, by exhaustive search of model and implementation together.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, World } from "../../lockstep/machine.ts";
import { copy, equal } from "../../lockstep/drive/plain.ts";

const world: World<unknown> = {
  choose: () => {
    throw new TypeError("Cannot search: the machines of the zoo do not choose");
  },
  tick() {},
  cut: (reason) => {
    throw new TypeError(`Cannot search: ${reason}`);
  },
  refuse: () => undefined,
};

/** Whether the two sides are told apart by what they show. */
function differ(model: AnyMachine, implementation: AnyMachine, one: unknown, other: unknown): boolean {
  return model.view !== undefined && implementation.view !== undefined &&
    !equal(model.view(one), implementation.view(other));
}

/** One of the shortest cases that show a difference. */
export interface TrueMinimum {
  readonly length: number;
  /** Pairs of states that were seen on the way. */
  readonly states: number;
}

/** How a difference shows: another answer or view, or the implementation ends with an exception. */
export type Symptom = "differs" | "crashes";

function perform(
  implementation: AnyMachine,
  state: unknown,
  command: AnyCommand,
): { heard: unknown } | "crashed" {
  try {
    const heard: unknown = implementation.step(state, command, world);
    return heard === undefined ? "crashed" : { heard };
  } catch {
    return "crashed";
  }
}

/**
 * Searches breadth-first over pairs of states until the two sides differ in the given way.
 *
 * @returns `undefined` when no case of at most `deepest` commands tells them apart.
 */
export function trueMinimum(
  model: AnyMachine,
  implementation: AnyMachine,
  symptom: Symptom = "differs",
  deepest = 100,
): TrueMinimum | undefined {
  const seen = new Set<string>();
  let frontier: { one: unknown; other: unknown }[] = [];
  const add = (one: unknown, other: unknown, to: typeof frontier): void => {
    const key = JSON.stringify([one, other]);
    if (seen.has(key)) return;
    seen.add(key);
    to.push({ one, other });
  };
  for (const start of model.starts as readonly unknown[]) {
    add(model.initial(start, world), implementation.initial(start, world), frontier);
  }
  for (let length = 1; length <= deepest && frontier.length > 0; length++) {
    const next: typeof frontier = [];
    for (const { one, other } of frontier) {
      for (const command of model.commands as readonly AnyCommand[]) {
        const after = copy(one);
        const expected: unknown = model.step(after, command, world);
        if (expected === undefined) continue;
        const real = copy(other);
        const answer = perform(implementation, real, command);
        const crashes = answer === "crashed";
        const differs = !crashes &&
          (!equal(expected, answer.heard) || differ(model, implementation, after, real));
        if (symptom === "crashes" ? crashes : differs) return { length, states: seen.size };
        if (!crashes && !differs) add(after, real, next);
      }
    }
    frontier = next;
  }
  return undefined;
}
