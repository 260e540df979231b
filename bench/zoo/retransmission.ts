/**
 * The sending end of a link that loses messages: what is not acknowledged in time is sent again, and what later
 * messages have overtaken twice is sent again at once.
 *
 * The model knows the age of each message under way; the implementation has slots that are used again, a word of
 * acknowledgements, and deadlines on a clock that wraps, of which the next one is kept.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What happens; an acknowledgement names one message, and may come late, twice, or for nothing. */
export type Command =
  | { readonly kind: "send" | "tick" }
  | { readonly kind: "acknowledge"; readonly number: number };

/** What is done: `again` are the messages that are sent again, the oldest first. `broken`: all are given up. */
export type Reply =
  | { readonly kind: "sent"; readonly number: number }
  | { readonly kind: "closed" | "broken" }
  | { readonly kind: "sending"; readonly again: readonly number[] };

/** What the model knows. */
export interface AgeState {
  /** The number of the oldest message under way. */
  base: number;
  /** Messages from there on: ticks since each was sent, whether again, how many later ones have arrived. */
  underWay: { isThere: boolean; age: number; tries: number; overtaken: number }[];
}

/** What the implementation knows of a message. */
export interface Slot {
  deadline: number;
  tries: number;
  overtaken: number;
}

/** What the implementation knows. */
export interface SlotState {
  base: number;
  next: number;
  /** A bit for each message from `base` on. */
  acknowledged: number;
  /** By the remainder of the number. */
  slots: Slot[];
  clock: number;
  /** The next deadline; until then nobody looks at the slots. */
  wake: number;
}

/** What a mistake may replace. */
export interface SlotRules {
  /** How many messages behind the oldest a number is; not under way when negative or too large. */
  offset(base: number, number: number): number;
  /** Whether nothing more may be sent. */
  isClosed(state: SlotState): boolean;
  /** A slot that is used again. */
  fresh(slot: Slot, deadline: number): Slot;
  /** When the next deadline is after a message was sent. */
  wakeAfterSend(state: SlotState, deadline: number): number;
  /** Whether an acknowledgement counts. */
  counts(offset: number, underWay: number): boolean;
  /** Whether one that comes for the second time is left alone. */
  ignoresDuplicates: boolean;
  /** The word of acknowledgements when so many messages are done with. */
  shifted(acknowledged: number, done: number): number;
  /** The word of acknowledgements after all messages were given up. */
  afterBreak(acknowledged: number): number;
  isDue(deadline: number, clock: number): boolean;
  /** Ticks until a message is sent again that was sent so often. */
  timeout(tries: number, offset: number): number;
  /** The deadline of a message that was overtaken and is sent at once. */
  overtakenDeadline(slot: Slot, deadline: number): number;
}

/** Numbers of messages go from 0 to one less. */
export const numbers = 8;
/** The clock goes from 0 to one less. */
export const clockPeriod = 8;
/** Messages that may be under way. */
export const window = 3;
const slots = 4;
/** Ticks before a message is sent again. */
export const firstTimeout = 2;
const mostTries = 2;

/** How many messages there are from the oldest to the last. */
export function span({ base, next }: SlotState): number {
  return (next - base + numbers) % numbers;
}

/** How many ticks ahead a deadline is. */
export function ahead(clock: number, deadline: number): number {
  return (deadline - clock + clockPeriod) % clockPeriod;
}

/** Whether a message has been acknowledged. */
export function hasArrived({ acknowledged }: SlotState, offset: number): boolean {
  return (acknowledged & (1 << offset)) !== 0;
}

/** The rules without a mistake. */
export const correct: SlotRules = {
  offset: (base, number) => (number - base + numbers) % numbers,
  isClosed: (state) => span(state) === window,
  fresh: (_slot, deadline) => ({ deadline, tries: 1, overtaken: 0 }),
  wakeAfterSend: ({ clock, wake }, deadline) => ahead(clock, deadline) < ahead(clock, wake) ? deadline : wake,
  counts: (offset, underWay) => offset >= 0 && offset < underWay,
  ignoresDuplicates: true,
  shifted: (acknowledged, done) => acknowledged >> done,
  afterBreak: () => 0,
  isDue: (deadline, clock) => deadline === clock,
  timeout: (tries) => firstTimeout * tries,
  overtakenDeadline: (_slot, deadline) => deadline,
};

const number = z.int().min(0).max(numbers - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["send", "tick"]) }),
    z.strictObject({ kind: z.literal("acknowledge"), number }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "send" },
  { kind: "tick" },
  ...below(numbers).map((number) => ({ kind: "acknowledge", number }) as const),
];

/** Messages under way. */
export const model: Machine<AgeState, Command, Reply> = {
  ...plain,
  name: "retransmission",
  schema: {
    ...schema,
    state: z.strictObject({
      base: number,
      underWay: z.array(z.strictObject({
        isThere: z.boolean(),
        age: z.int().min(0).max(firstTimeout * mostTries),
        tries: z.int().min(1).max(mostTries),
        overtaken: z.int().min(0).max(window - 1),
      })).max(window),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ base: 0, underWay: [] }),
  step(state, command) {
    const { base, underWay } = state;
    const named = (offset: number): number => (base + offset) % numbers;
    const again: number[] = [];
    switch (command.kind) {
      case "send":
        if (underWay.length === window) return { kind: "closed" };
        underWay.push({ isThere: false, age: 0, tries: 1, overtaken: 0 });
        return { kind: "sent", number: named(underWay.length - 1) };
      case "tick":
        for (const [offset, message] of underWay.entries()) {
          if (message.isThere || ++message.age < firstTimeout * message.tries) continue;
          if (message.tries === mostTries) {
            state.base = named(underWay.length);
            state.underWay = [];
            return { kind: "broken" };
          }
          message.age = 0;
          message.tries++;
          again.push(named(offset));
        }
        return { kind: "sending", again };
      case "acknowledge": {
        const there = underWay.findIndex((_, offset) => named(offset) === command.number);
        if (there < 0 || underWay[there]!.isThere) return { kind: "sending", again };
        underWay[there]!.isThere = true;
        for (const [offset, message] of underWay.slice(0, there).entries()) {
          if (message.isThere || ++message.overtaken !== 2) continue;
          message.age = 0;
          again.push(named(offset));
        }
        while (underWay[0]?.isThere) {
          underWay.shift();
          state.base = (state.base + 1) % numbers;
        }
        return { kind: "sending", again };
      }
    }
  },
};

/** The messages that are not acknowledged, the oldest first. */
function waiting(state: SlotState): { number: number; offset: number; slot: Slot }[] {
  return below(span(state)).filter((offset) => !hasArrived(state, offset)).map((offset) => {
    const number = (state.base + offset) % numbers;
    return { number, offset, slot: state.slots[number % slots]! };
  });
}

/** Looks for the next deadline. With nothing under way it is as far off as can be. */
function setWake(state: SlotState): void {
  const ticks = waiting(state).map(({ slot }) => ahead(state.clock, slot.deadline));
  state.wake = (state.clock + Math.min(...ticks, clockPeriod - 1)) % clockPeriod;
}

function send(state: SlotState, rules: SlotRules): Reply {
  if (rules.isClosed(state)) return { kind: "closed" };
  const number = state.next;
  const deadline = (state.clock + rules.timeout(1, span(state))) % clockPeriod;
  state.slots[number % slots] = rules.fresh(state.slots[number % slots]!, deadline);
  state.next = (number + 1) % numbers;
  state.wake = rules.wakeAfterSend(state, deadline);
  return { kind: "sent", number };
}

function tick(state: SlotState, rules: SlotRules): Reply {
  state.clock = (state.clock + 1) % clockPeriod;
  const again: number[] = [];
  if (state.clock !== state.wake) return { kind: "sending", again };
  for (const { number, offset, slot } of waiting(state)) {
    if (!rules.isDue(slot.deadline, state.clock)) continue;
    if (slot.tries === mostTries) {
      state.base = state.next;
      state.acknowledged = rules.afterBreak(state.acknowledged);
      setWake(state);
      return { kind: "broken" };
    }
    slot.tries++;
    slot.deadline = (state.clock + rules.timeout(slot.tries, offset)) % clockPeriod;
    again.push(number);
  }
  setWake(state);
  return { kind: "sending", again };
}

function acknowledge(state: SlotState, named: number, rules: SlotRules): Reply {
  const arrived = rules.offset(state.base, named);
  const again: number[] = [];
  if (!rules.counts(arrived, span(state))) return { kind: "sending", again };
  if (rules.ignoresDuplicates && hasArrived(state, arrived)) return { kind: "sending", again };
  state.acknowledged |= 1 << arrived;
  for (const { number, offset, slot } of waiting(state)) {
    if (offset > arrived || ++slot.overtaken !== 2) continue;
    const deadline = (state.clock + rules.timeout(slot.tries, offset)) % clockPeriod;
    slot.deadline = rules.overtakenDeadline(slot, deadline);
    again.push(number);
  }
  let done = 0;
  while (state.acknowledged & (1 << done)) done++;
  state.acknowledged = rules.shifted(state.acknowledged, done);
  state.base = (state.base + done) % numbers;
  setWake(state);
  return { kind: "sending", again };
}

/** Slots and deadlines. */
export function implementation(rules: SlotRules): Machine<SlotState, Command, Reply> {
  return {
    ...plain,
    name: "retransmission from slots",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      base: 0,
      next: 0,
      acknowledged: 0,
      slots: below(slots).map(() => ({ deadline: 0, tries: 1, overtaken: 0 })),
      clock: 0,
      wake: clockPeriod - 1,
    }),
    step(state, command) {
      switch (command.kind) {
        case "send":
          return send(state, rules);
        case "tick":
          return tick(state, rules);
        case "acknowledge":
          return acknowledge(state, command.number, rules);
      }
    },
  };
}
