/**
 * A small machine with every kind of thing that a search notes, whose steps take some time or other: threads that
 * explore it overtake each other in other orders on every run.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../machine.ts";

interface SlowState {
  left: number;
  right: number;
  flags: boolean[];
}

type SlowCommand = { readonly kind: "left" | "right" | "swap" | "jump" } | {
  readonly kind: "flip";
  readonly flag: number;
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** @param pausedEvery A step in about so many waits for some microseconds; 0 = none does. */
export function slowMachine(
  { size, pausedEvery, lively = false }: {
    readonly size: number;
    readonly pausedEvery: number;
    /** Whether a promise about progress is to be decided, and no step leads nowhere. */
    readonly lively?: boolean;
  },
): Machine<SlowState, SlowCommand, number> {
  const bound = z.int().min(0).max(size);
  const flags = 3;
  const machine: Machine<SlowState, SlowCommand, number> = {
    name: "slow",
    schema: {
      state: z.strictObject({ left: bound, right: bound, flags: z.array(z.boolean()).length(flags) }),
      command: z.union([
        z.strictObject({ kind: z.enum(["left", "right", "swap", "jump"]) }),
        z.strictObject({ kind: z.literal("flip"), flag: z.int().min(0).max(flags - 1) }),
      ]),
      reply: z.int(),
      start: z.null(),
    },
    starts: [null],
    commands: [
      ...(["left", "right", "swap", "jump"] as const).map((kind) => ({ kind })),
      ...Array.from({ length: flags }, (_, flag) => ({ kind: "flip" as const, flag })),
    ],
    initial: () => ({ left: 0, right: 0, flags: Array.from({ length: flags }, () => false) }),
    step(state, command, world) {
      if (pausedEvery > 0 && Math.random() * pausedEvery < 1) {
        Atomics.wait(sleeper, 0, 0, Math.random() / 10);
      }
      switch (command.kind) {
        case "left":
          if (state.left === size) return lively ? undefined : world.cut("left has come to its end");
          state.left++;
          return state.left;
        case "right":
          state.right = Math.min(size, state.right + 1 + world.choose(2));
          return state.right;
        case "swap":
          if (state.left === state.right) return undefined;
          [state.left, state.right] = [state.right, state.left];
          return 0;
        case "jump":
          // Outside of the schema now and then, and an exception now and then.
          if (lively) return undefined;
          if (state.left + state.right === size + 3) throw new Error("no way to jump");
          if (!state.flags[0] || state.left < size / 2) return undefined;
          state.right += state.left;
          return 0;
        case "flip":
          if (state.flags[command.flag] && state.left % 2 === 0) return undefined;
          state.flags[command.flag] = !state.flags[command.flag];
          return 1;
      }
    },
    always: {
      "not both at the end": ({ left, right }) => left < size || right < size,
      "equal with all flags": {
        when: ({ flags }) => flags.every((flag) => flag),
        then: ({ left, right }) => left !== 5 || right !== 7,
      },
    },
    sometimes: {
      "the middle": ({ left, right }) => left === right && left === Math.floor(size / 2),
      "the moon": ({ left }) => left < 0,
    },
    actor: () => "somebody",
  };
  if (!lively) return machine;
  return {
    ...machine,
    leadsTo: {
      "the left end": {
        from: () => true,
        to: ({ left }) => left === size,
        weak: ["left"],
      },
    },
  };
}

/** A machine that no thread but the first can build. */
export function shyMachine(): Machine<SlowState, SlowCommand, number> {
  if (globalThis.constructor.name !== "Window") throw new Error("not in a thread");
  return slowMachine({ size: 60, pausedEvery: 0 });
}
