/**
 * The ways through a thread: which branches are taken and which compare-and-exchanges succeed. Along one way the events
 * are fixed, and what they read and write follows from where the reads take their values.
 *
 * @module
 */
import type { Order, UpdateOperation } from "./memory_model.ts";
import { updated } from "./memory_model.ts";
import type { Expression, ProgramThread } from "./program.ts";
import { evaluate } from "./program.ts";

/** A read, a write or a fence. A read-modify-write is two events, a read and the write behind it. */
export interface PathEvent {
  readonly kind: "R" | "W" | "F";
  /** -1 for fences. */
  readonly location: number;
  readonly order: Order;
  /** Part of a read-modify-write, or of a compare-and-exchange that fails: on x86 a locked instruction. */
  readonly locked: boolean;
  /** The write belongs to the read in front of it. */
  readonly updates: boolean;
}

/** What happens between the events, in order. Events are numbered from 0 within the path. */
type Step =
  | { readonly kind: "set"; readonly register: number; readonly value: Expression }
  | { readonly kind: "require"; readonly condition: Expression; readonly holds: boolean }
  | { readonly kind: "read"; readonly event: number; readonly into: number }
  | { readonly kind: "write"; readonly event: number; readonly value: Expression }
  | {
    readonly kind: "update";
    /** Of the write; its read is the one before. */
    readonly event: number;
    readonly into: number;
    readonly operation: UpdateOperation;
    readonly operand: Expression;
  }
  | {
    readonly kind: "compare";
    readonly read: number;
    /** The write, when the values are to be equal. */
    readonly write: number | undefined;
    readonly into: number;
    readonly expected: Expression;
    readonly desired: Expression;
  };

/** One way through a thread. */
export interface ThreadPath {
  readonly events: readonly PathEvent[];
  readonly steps: readonly Step[];
  readonly initial: readonly number[];
}

/** All ways through a thread whose jumps go forward. */
export function pathsOf({ instructions, initial }: ProgramThread): ThreadPath[] {
  const paths: ThreadPath[] = [];
  const follow = (at: number, events: readonly PathEvent[], steps: readonly Step[]): void => {
    const instruction = instructions[at];
    if (instruction === undefined) {
      paths.push({ events, steps, initial });
      return;
    }
    const next = events.length;
    const go = (made: readonly PathEvent[], step: Step) =>
      follow(at + 1, [...events, ...made], [...steps, step]);
    switch (instruction.kind) {
      case "set":
        return go([], instruction);
      case "jump":
        return follow(instruction.to, events, steps);
      case "jumpUnless": {
        const { condition, to } = instruction;
        go([], { kind: "require", condition, holds: true });
        return follow(to, events, [...steps, { kind: "require", condition, holds: false }]);
      }
      case "fence": {
        const { order } = instruction;
        const fence = { kind: "F", location: -1, order, locked: false, updates: false } as const;
        return follow(at + 1, [...events, fence], steps);
      }
    }
    const { location, order } = instruction;
    const read = { kind: "R", location, order, locked: instruction.kind !== "load", updates: false } as const;
    const write = { ...read, kind: "W", updates: true } as const;
    switch (instruction.kind) {
      case "load":
        return go([read], { kind: "read", event: next, into: instruction.into });
      case "store":
        return go([{ ...write, locked: false, updates: false }], {
          kind: "write",
          event: next,
          value: instruction.value,
        });
      case "update":
        return go([read, write], { ...instruction, event: next + 1 });
      case "compareExchange": {
        const step = { ...instruction, kind: "compare", read: next } as const;
        go([read, write], { ...step, write: next + 1 });
        return go([{ ...read, order: instruction.failureOrder }], { ...step, write: undefined });
      }
    }
  };
  follow(0, [], []);
  return paths;
}

/**
 * Runs along a path as far as the values of its reads are known, and notes what is written in `values`, from `offset`
 * on. Answers the registers at the end, `undefined` before it, or false when the values lead another way.
 */
export function runPath(
  { steps, initial }: ThreadPath,
  offset: number,
  values: (number | undefined)[],
): readonly number[] | undefined | false {
  const registers = [...initial];
  for (const step of steps) {
    switch (step.kind) {
      case "set":
        registers[step.register] = evaluate(step.value, registers);
        break;
      case "require":
        if ((evaluate(step.condition, registers) !== 0) !== step.holds) return false;
        break;
      case "write":
        values[offset + step.event] = evaluate(step.value, registers);
        break;
      case "read": {
        const value = values[offset + step.event];
        if (value === undefined) return undefined;
        registers[step.into] = value;
        break;
      }
      case "update": {
        const value = values[offset + step.event - 1];
        if (value === undefined) return undefined;
        values[offset + step.event] = updated(step.operation, value, evaluate(step.operand, registers));
        registers[step.into] = value;
        break;
      }
      case "compare": {
        const value = values[offset + step.read];
        if (value === undefined) return undefined;
        if ((value === evaluate(step.expected, registers)) !== (step.write !== undefined)) return false;
        if (step.write !== undefined) values[offset + step.write] = evaluate(step.desired, registers);
        registers[step.into] = value;
        break;
      }
    }
  }
  return registers;
}
