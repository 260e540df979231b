/**
 * What the mechanism of the zero-copy index promises, and what its exploration must have seen.
 *
 * @module
 */
import type { DeepReadonly, Step } from "../../lockstep/machine.ts";
import { damagedUnits } from "./pinned_wire.ts";
import { buffersComeBack } from "./state.ts";
import type { MechanismMachine, MechanismState, SendInFlight } from "./mechanism_state.ts";
import {
  type Attempt,
  idCount,
  type NotificationRecord,
  type ZerocopyCommand,
  type ZerocopyReply,
  type ZerocopyScope,
} from "./scope.ts";

type MechanismStep = DeepReadonly<Step<MechanismState, ZerocopyCommand, ZerocopyReply>>;

/** What holds in every state of a mechanism that is correct. */
export function mechanismAlways(scope: ZerocopyScope): MechanismMachine["always"] {
  return {
    "no buffer is free while the kernel reads it": (state) =>
      state.sends.every(({ reads }) => reads.every(({ buffer }) => !state.books.free[buffer])),
    "the bytes of a send in flight are unchanged": (state) =>
      state.sends.every(({ reads }) => reads.every(({ buffer, parity }) => state.parity[buffer] === parity)),
    "numbers in flight stay within the span": {
      when: (state) => state.sends.length > 1,
      then: (state) =>
        (state.kernelNextId - state.sends[0]!.id + idCount(scope)) % idCount(scope) <= scope.spanLimit,
    },
  };
}

/** What every step of a correct mechanism keeps. */
export const mechanismEveryStep: NonNullable<MechanismMachine["everyStep"]> = {
  "after a send, the sender's counter is the kernel's": {
    when: (step) => resultsOf(step).length > 0,
    then: ({ after }) => after.books.nextId === after.kernelNextId,
  },
  "requests end in the order of submission, once": {
    when: ({ reply }) => endedOf(reply).length > 0,
    then: ({ before, reply }) => {
      const pending = before.books.requests.map(({ buffer }) => buffer);
      if (reply?.kind === "submitted") pending.push(reply.buffer);
      return endedOf(reply).every((buffer, place) => pending[place] === buffer);
    },
  },
  "a request ends after every number that carried it": {
    when: ({ reply }) => endedOf(reply).length > 0,
    then: ({ after, reply }) =>
      after.sends.every(({ reads }) => reads.every(({ buffer }) => !endedOf(reply).includes(buffer))),
  },
  "nothing is pending at rest": {
    when: (step) => step.reply?.kind === "polled" && isAtRest(step),
    then: ({ after }) => after.books.requests.length === 0,
  },
  "what a poll leaves unsent has something to wait for": {
    when: ({ reply, after }) => reply?.kind === "polled" && after.books.unsent < after.books.requests.length,
    then: ({ after }) => after.sends.length + after.queue.length > 0 || !after.acknowledged,
  },
  "the reader finds what was submitted": {
    when: ({ reply }) => (reply?.kind === "read" || reply?.kind === "settled") && reply.runs.length > 0,
    then: ({ before, after }) => damagedUnits(before.wire) === damagedUnits(after.wire),
  },
  "every record makes sense": {
    when: ({ reply }) => reply?.kind === "polled" && reply.records.length > 0,
    then: ({ reply }) => reply?.kind === "polled" && reply.refused === 0,
  },
};

function endedOf(reply: MechanismStep["reply"]): readonly number[] {
  return reply?.kind === "polled" || reply?.kind === "submitted" ? reply.ended : [];
}

/** Nothing is in flight and nothing waits to be sent. */
function isAtRest({ after }: MechanismStep): boolean {
  return after.sends.length + after.queue.length === 0 && after.books.unsent === after.books.requests.length;
}

function recordsOf({ reply }: MechanismStep): readonly NotificationRecord[] {
  return reply?.kind === "polled" ? reply.records : [];
}

function resultsOf({ reply }: MechanismStep): readonly Attempt[] {
  return reply?.kind === "polled" || reply?.kind === "submitted" ? reply.attempts : [];
}

/** What must be seen in a scope, or its exploration proves less than it seems. */
export function mechanismSomeStep(scope: ZerocopyScope): NonNullable<MechanismMachine["someStep"]> {
  const stream = scope.transport === "stream" && scope.room === "tight";
  return {
    "a range wraps": (step) => recordsOf(step).some(({ low, high }) => high < low),
    "records are merged": (step) => recordsOf(step).some(({ low, high }) => high !== low),
    ...(scope.order === "any" && scope.completions === "when read"
      ? { "a notification overtakes": (step) => overtakes(recordsOf(step), step.before.sends) }
      : {}),
    ...(stream
      ? { "a send is refused": (step) => resultsOf(step).some(({ result }) => result === "EAGAIN") }
      : {}),
    ...(stream && scope.chunkUnits > 1
      ? {
        "a send takes a part": (step) =>
          resultsOf(step).some(({ units, result }) => result !== 0 && Number(result) < units),
      }
      : {}),
    ...(scope.starving || scope.notificationLimit > 0
      ? { "there is no memory": (step) => resultsOf(step).some(({ result }) => result === "ENOBUFS") }
      : {}),
    ...(scope.thresholdUnits > 1
      ? { "a send copies": (step) => resultsOf(step).some(({ zerocopy }) => !zerocopy) }
      : {}),
  };
}

/** Whether the first record is not about the oldest send. */
function overtakes(
  records: readonly NotificationRecord[],
  sends: DeepReadonly<SendInFlight[]>,
): boolean {
  return records.length > 0 && records[0]!.low !== sends[0]!.id;
}

/** Situations of single states that a scope must reach. */
export function mechanismSometimes(scope: ZerocopyScope): MechanismMachine["sometimes"] {
  const longest = Math.max(...scope.requestUnits);
  return {
    ...(longest > scope.chunkUnits
      ? { "a request spans several sends": (state) => state.books.requests.some(({ waits }) => waits > 1) }
      : {}),
    ...(scope.batchRequests > 1
      ? { "a send carries several requests": (state) => state.sends.some(({ reads }) => reads.length > 1) }
      : {}),
    ...(scope.coalescing
      ? { "sends share a notification": (state) => state.sends.some(({ joined }) => joined) }
      : {}),
    "the span is used up": (state) => state.sends.length >= Math.min(scope.spanLimit, scope.buffers),
  };
}

/** "Buffer n comes back", over the sender's books. */
export function mechanismLiveness(scope: ZerocopyScope): NonNullable<MechanismMachine["leadsTo"]> {
  return Object.fromEntries(
    Object.entries(buffersComeBack(scope)).map(([name, promise]) => [name, {
      ...promise,
      from: (state) => promise.from({ free: state.books.free, closed: state.closed }),
      to: (state) => promise.to({ free: state.books.free, closed: state.closed }),
    }]),
  );
}
