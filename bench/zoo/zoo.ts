/**
 * The bug zoo: small data structures with planted bugs, each a machine of its own, so that the length of the
 * shortest case that shows the bug is known exactly.
 *
 * @module
 */
import type { AnyMachine } from "../../lockstep/machine.ts";
import type { AnyWalk } from "../../lockstep/walk.ts";

/** One planted bug. */
export interface ZooBug {
  readonly name: string;
  /** One line: what is wrong. */
  readonly title: string;
  /** The implementation that has it, as a machine. */
  readonly implementation: AnyMachine;
}

/** A data structure with its model and its bugs. */
export interface ZooHouse {
  readonly name: string;
  readonly model: AnyMachine;
  readonly walk: AnyWalk;
  /** The implementation without a bug: it must agree with the model. */
  readonly correct: AnyMachine;
  readonly bugs: readonly ZooBug[];
}

/** What a bug is made of, before its implementation is built. */
export interface PlantedRule<Rules> {
  readonly title: string;
  readonly rule: Partial<Rules>;
}

/** Builds the bugs of one house: each is the correct implementation with one rule changed. */
export function plant<Rules>(
  build: (rules: Rules) => AnyMachine,
  correct: Rules,
  bugs: Readonly<Record<string, PlantedRule<Rules>>>,
): readonly ZooBug[] {
  return Object.entries(bugs).map(([name, { title, rule }]) => ({
    name,
    title,
    implementation: build({ ...correct, ...rule }),
  }));
}

/** What the machines of the zoo do not need to say. */
export const plain: {
  readonly always: Readonly<Record<string, never>>;
  readonly sometimes: Readonly<Record<string, never>>;
  actor(): string;
} = {
  always: {},
  sometimes: {},
  actor: () => "client",
};

/** The whole numbers from 0 to `count` less 1. */
export function below(count: number): number[] {
  // Not by Array.from: in some machines that was half of all that is measured.
  const numbers: number[] = [];
  for (let number = 0; number < count; number++) numbers.push(number);
  return numbers;
}
