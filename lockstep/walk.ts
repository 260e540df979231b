/**
 * What only driving needs: how commands are chosen, which cases must be reached, how hidden effects are shown.
 *
 * @module
 */
import type { Arbitrary } from "fast-check";
import type { AnyCommand, DeepReadonly } from "./machine.ts";

/** Seeded choices of a walk. The same seed draws the same values. */
export interface Draw {
  /** A whole number from `min` to `max`, both included; `max - min` below 2^32. */
  integer(min: number, max: number): number;
  /** One of `items`, all equally likely. @throws {RangeError} when there is none. */
  pick<Item>(items: readonly Item[]): Item;
  /** A value of a fast-check arbitrary. Dearer than the other two. */
  from<Value>(arbitrary: Arbitrary<Value>): Value;
}

/** A step of a walk as labels see it: the command, what was answered, and the walked machine's state afterwards. */
export interface WalkStep<State, Command, Reply> {
  /** Was possible, and was performed. */
  readonly command: Command;
  /** From the subject; allowed by all judges. */
  readonly reply: Reply;
  /** The first believed state, lent for the length of the call. */
  readonly after: DeepReadonly<State>;
}

/** How a machine is walked in lockstep with a real implementation. */
export interface Walk<State, Command extends AnyCommand, Reply> {
  /** Relative frequency of each command kind, a whole number to 1,000; 1 where absent, 0 = never drawn. */
  readonly weights?: { readonly [Kind in Command["kind"]]?: number };
  /**
   * Proposes a command for this state, with a bias to its boundaries (exactly what is left, one more, 2^32 - 1);
   * `undefined` = no idea, then one of `machine.commands` is drawn by weight. An impossible proposal is counted.
   */
  propose?(state: DeepReadonly<State>, draw: Draw): Command | undefined;
  /** The commands for this state as an arbitrary; one draw in four is taken from it. Dearer than `propose`. */
  arbitrary?(state: DeepReadonly<State>): Arbitrary<Command> | undefined;
  /**
   * Named boundaries of numeric fields, by field name, simplest first: `{ length: [1, 61, 4294967295] }`. One number
   * in four is drawn from them, and shrinking moves to the front of them.
   */
  readonly boundaries?: Readonly<Record<string, readonly number[]>>;
  /** Situations that a suite must have reached; it fails when one was never hit. */
  readonly labels: Readonly<Record<string, (step: WalkStep<State, Command, Reply>) => boolean>>;
  /** Commands after the last one that make hidden effects visible. Never shrunk away and not counted. */
  epilogue?(state: DeepReadonly<State>): readonly Command[];
}

/** A walk whose type parameters nobody here needs to know. */
// deno-lint-ignore no-explicit-any
export type AnyWalk = Walk<any, any, any>;
