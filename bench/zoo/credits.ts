/**
 * Flow control by credits: a sender may have so many messages under way, and a pause takes away half of them.
 *
 * The model counts what is under way; the implementation subtracts counters that wrap.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "acknowledge"; readonly count: number }
  | { readonly kind: "send" | "pause" | "credits" };

type Reply =
  | { readonly kind: "sent" | "blocked" | "acknowledged" | "paused" | "resumed" }
  | { readonly kind: "credits"; readonly left: number };

interface CountState {
  underWay: number;
  isPaused: boolean;
}

interface CounterState {
  sent: number;
  acknowledged: number;
  isPaused: boolean;
  pauses: number;
}

interface Rules {
  underWay(state: CounterState): number;
  limit(state: CounterState): number;
  acknowledged(state: CounterState, count: number): number;
  left(limit: number, underWay: number): number;
}

const limit = 4;
const period = 24;

const correct: Rules = {
  underWay: ({ sent, acknowledged }) => (sent - acknowledged + period) % period,
  limit: ({ isPaused }) => isPaused ? limit / 2 : limit,
  acknowledged: ({ acknowledged }, count) => (acknowledged + count) % period,
  left: (limit, underWay) => Math.max(0, limit - underWay),
};

const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("acknowledge"), count: z.int().min(1).max(2) }),
    z.strictObject({ kind: z.enum(["send", "pause", "credits"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "send" },
  { kind: "acknowledge", count: 1 },
  { kind: "acknowledge", count: 2 },
  { kind: "pause" },
  { kind: "credits" },
];

const model: Machine<CountState, Command, Reply> = {
  ...plain,
  name: "credits",
  schema: {
    ...schema,
    state: z.strictObject({ underWay: z.int().min(0).max(limit), isPaused: z.boolean() }),
  },
  starts: [null],
  commands,
  initial: () => ({ underWay: 0, isPaused: false }),
  step(state, command) {
    const most = state.isPaused ? limit / 2 : limit;
    switch (command.kind) {
      case "send":
        if (state.underWay >= most) return { kind: "blocked" };
        state.underWay++;
        return { kind: "sent" };
      case "acknowledge":
        if (state.underWay < command.count) return undefined;
        state.underWay -= command.count;
        return { kind: "acknowledged" };
      case "pause":
        state.isPaused = !state.isPaused;
        return { kind: state.isPaused ? "paused" : "resumed" };
      case "credits":
        return { kind: "credits", left: Math.max(0, most - state.underWay) };
    }
  },
};

function implementation(rules: Rules): Machine<CounterState, Command, Reply> {
  return {
    ...plain,
    name: "credits by counters",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ sent: 0, acknowledged: 0, isPaused: false, pauses: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "send":
          if (rules.underWay(state) >= rules.limit(state)) return { kind: "blocked" };
          state.sent = (state.sent + 1) % period;
          return { kind: "sent" };
        case "acknowledge":
          state.acknowledged = rules.acknowledged(state, command.count);
          return { kind: "acknowledged" };
        case "pause":
          state.isPaused = !state.isPaused;
          state.pauses = Math.min(15, state.pauses + 1);
          return { kind: state.isPaused ? "paused" : "resumed" };
        case "credits":
          return { kind: "credits", left: rules.left(rules.limit(state), rules.underWay(state)) };
      }
    },
  };
}

/** The sender's house. */
export function creditsHouse(): ZooHouse {
  return {
    name: "credits",
    model,
    walk: { weights: { send: 5, acknowledge: 4, pause: 1, credits: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "under-way-across-wrap": {
        title: "what is under way across the wrap is not counted",
        rule: { underWay: ({ sent, acknowledged }) => Math.max(0, sent - acknowledged) },
      },
      "two-across-wrap": {
        title: "acknowledging the last number and the first one counts as one",
        rule: {
          acknowledged: ({ acknowledged }, count) =>
            count === 2 && acknowledged === period - 1 ? 0 : (acknowledged + count) % period,
        },
      },
      "paused-credits": {
        title: "a pause with more under way than it allows leaves less than nothing",
        rule: { left: (limit, underWay) => limit - underWay },
      },
      "sixth-pause": {
        title: "from the sixth time on, pausing takes three quarters",
        rule: { limit: ({ isPaused, pauses }) => !isPaused ? limit : pauses > 10 ? 1 : limit / 2 },
      },
      "one-across-wrap": {
        title: "a single message across the wrap is not under way",
        rule: {
          underWay: (state) =>
            state.sent === 0 && state.acknowledged === period - 1 ? 0 : correct.underWay(state),
        },
      },
      "less-at-twelve": {
        title: "after twelve messages, one less may be under way",
        rule: { limit: (state) => correct.limit(state) - (state.sent === 12 ? 1 : 0) },
      },
      "two-while-paused": {
        title: "after eight messages, acknowledging two in a pause counts as one",
        rule: {
          acknowledged: (state, count) =>
            (state.acknowledged + (state.isPaused && state.sent >= 8 ? 1 : count)) % period,
        },
      },
      "fourth-pause": {
        title: "the fourth pause takes nothing away",
        rule: { limit: (state) => state.pauses === 7 ? limit : correct.limit(state) },
      },
    }),
  };
}
