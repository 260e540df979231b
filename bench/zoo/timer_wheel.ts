/**
 * Timers: each fires a number of ticks after it was set, unless it is cancelled.
 *
 * The model counts each timer down; the implementation hangs timers into the slots of a wheel, with the turns that
 * are left.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "set"; readonly ticks: number; readonly as: number }
  | { readonly kind: "cancel"; readonly timer: number }
  | { readonly kind: "tick" | "next" };

type Reply =
  | { readonly kind: "set" | "cancelled" | "idle" }
  | { readonly kind: "fired"; readonly timers: readonly number[] }
  | { readonly kind: "next"; readonly ticks: number };

interface CountState {
  /** Ticks that are left by timer, 0 = not set. */
  left: number[];
}

interface Hung {
  timer: number;
  turns: number;
}

interface WheelState {
  slots: Hung[][];
  /** Ticks so far, up to a large period. */
  now: number;
}

interface Rules {
  slot(now: number, ticks: number): number;
  turns(ticks: number): number;
  /** What fires in a slot; the others stay. */
  due(slot: readonly Hung[]): readonly Hung[];
  cancelled(slot: readonly Hung[], timer: number): number;
  advanced(now: number): number;
  /** Ticks until what hangs in a slot so far ahead fires. */
  ahead(slotsAhead: number, turns: number): number;
}

const timers = 3;
const mostTicks = 6;
const wheel = 4;
const period = 32;

const correct: Rules = {
  slot: (now, ticks) => (now + ticks) % wheel,
  turns: (ticks) => Math.floor((ticks - 1) / wheel),
  due: (slot) => slot.filter(({ turns }) => turns === 0),
  cancelled: (slot, timer) => slot.findIndex((hung) => hung.timer === timer),
  advanced: (now) => (now + 1) % period,
  ahead: (slotsAhead, turns) => slotsAhead + turns * wheel,
};

const timer = z.int().min(0).max(timers - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("set"),
      ticks: z.int().min(1).max(mostTicks),
      as: timer.meta({ creates: "timer" }),
    }),
    z.strictObject({ kind: z.literal("cancel"), timer: timer.meta({ refersTo: "timer" }) }),
    z.strictObject({ kind: z.enum(["tick", "next"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "tick" },
  { kind: "next" },
  ...below(mostTicks).flatMap((less) =>
    below(timers).map((as) => ({ kind: "set", ticks: less + 1, as }) as const)
  ),
  ...below(timers).map((timer) => ({ kind: "cancel", timer }) as const),
];

const model: Machine<CountState, Command, Reply> = {
  ...plain,
  name: "timer-wheel",
  schema: {
    ...schema,
    state: z.strictObject({ left: z.array(z.int().min(0).max(mostTicks)).length(timers) }),
  },
  starts: [null],
  commands,
  initial: () => ({ left: below(timers).map(() => 0) }),
  step({ left }, command) {
    switch (command.kind) {
      case "set":
        if (command.as !== left.indexOf(0)) return undefined;
        left[command.as] = command.ticks;
        return { kind: "set" };
      case "cancel":
        if (left[command.timer] === 0) return undefined;
        left[command.timer] = 0;
        return { kind: "cancelled" };
      case "tick": {
        const fired = below(timers).filter((timer) => left[timer] === 1);
        left.forEach((ticks, timer) => left[timer] = Math.max(0, ticks - 1));
        return { kind: "fired", timers: fired };
      }
      case "next": {
        const set = left.filter((ticks) => ticks > 0);
        return set.length === 0 ? { kind: "idle" } : { kind: "next", ticks: Math.min(...set) };
      }
    }
  },
};

function fire(state: WheelState, rules: Rules): Reply {
  state.now = rules.advanced(state.now);
  const slot = state.slots[state.now % wheel]!;
  const due = rules.due(slot);
  state.slots[state.now % wheel] = slot
    .filter((hung) => !due.includes(hung))
    .map(({ timer, turns }) => ({ timer, turns: Math.max(0, turns - 1) }));
  return { kind: "fired", timers: due.map(({ timer }) => timer).sort((one, other) => one - other) };
}

function implementation(rules: Rules): Machine<WheelState, Command, Reply> {
  return {
    ...plain,
    name: "timer-wheel of slots",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ slots: below(wheel).map(() => []), now: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "set":
          state.slots[rules.slot(state.now, command.ticks)]!.push({
            timer: command.as,
            turns: rules.turns(command.ticks),
          });
          return { kind: "set" };
        case "cancel": {
          const slot = state.slots.find((slot) => slot.some(({ timer }) => timer === command.timer));
          if (slot !== undefined) slot.splice(rules.cancelled(slot, command.timer), 1);
          return { kind: "cancelled" };
        }
        case "tick":
          return fire(state, rules);
        case "next": {
          const ticks = below(wheel).flatMap((less) =>
            state.slots[(state.now + less + 1) % wheel]!.map(({ turns }) => rules.ahead(less + 1, turns))
          );
          return ticks.length === 0 ? { kind: "idle" } : { kind: "next", ticks: Math.min(...ticks) };
        }
      }
    },
  };
}

/** The timer wheel's house. */
export function timerWheelHouse(): ZooHouse {
  return {
    name: "timer-wheel",
    model,
    walk: { weights: { set: 4, cancel: 1, tick: 5, next: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "turns-forgotten": {
        title: "six ticks count as two",
        rule: { turns: (ticks) => ticks === mostTicks ? 0 : correct.turns(ticks) },
      },
      "whole-turn-late": {
        title: "a timer of exactly one turn is set one turn too late",
        rule: { turns: (ticks) => Math.floor(ticks / wheel) },
      },
      "cancels-first": {
        title: "cancelling takes the first timer of the slot",
        rule: { cancelled: () => 0 },
      },
      "next-ignores-turns": {
        title: "the next timer is looked for without its turns when it is three slots ahead",
        rule: { ahead: (ahead, turns) => ahead === 2 ? ahead : ahead + turns * wheel },
      },
      "two-at-most": {
        title: "of three timers that are due at once, the last has to wait for a turn",
        rule: { due: (slot) => correct.due(slot).slice(0, 2) },
      },
      "wheel-skips": {
        title: "when 31 ticks are over, the wheel goes on by two slots",
        rule: { advanced: (now) => now === period - 2 ? 0 : now + 1 },
      },
      "five-at-twelve": {
        title: "five ticks are six when they begin at the twelfth",
        rule: { slot: (now, ticks) => (now + ticks + (now === 12 && ticks === 5 ? 1 : 0)) % wheel },
      },
      "due-in-order-only": {
        title: "of two timers in a slot, the one with the smaller name waits for a turn when it came last",
        rule: {
          due: (slot) =>
            slot.length === 2 && slot[0]!.timer > slot[1]!.timer
              ? correct.due(slot).slice(0, 1)
              : correct.due(slot),
        },
      },
      "cancels-first-of-three": {
        title: "where three timers are in a slot, the first one is cancelled",
        rule: {
          cancelled: (slot, timer) => slot.length === 3 ? 0 : correct.cancelled(slot, timer),
        },
      },
      "ninth-tick-skipped": {
        title: "the ninth tick counts as two",
        rule: { advanced: (now) => now === 8 ? 10 : correct.advanced(now) },
      },
      "five-ahead-is-one": {
        title: "a timer that is five ticks ahead is said to be the next one",
        rule: { ahead: (ahead, turns) => ahead === 1 ? 1 : ahead + turns * wheel },
      },
    }),
  };
}
