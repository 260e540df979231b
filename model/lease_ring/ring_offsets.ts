/**
 * Lease ring, the mechanism: start, end, split, restart and gap, byte by byte.
 *
 * State: `start` is where the oldest held byte is (written only by the reader), `end` is where the next byte will be
 * written (written only by the writer), `cells` says for every byte of the area which outstanding message it was
 * last written for. Equal offsets mean an empty ring, so one byte always stays free (the gap).
 *
 * Rules, for a message of n bytes, capacity C and `available` = bytes from end to start around the ring:
 * - n fits when n < available.
 * - It is placed at `end` when the contiguous room there suffices; otherwise at the front ("restart", leaving the
 *   tail as a hole) when half of the ring and three times n are available; otherwise in two chunks ("split"). A message
 *   that restarts is longer than the tail, so more than twice its length lies before `start`.
 * - A message in one chunk is leased as a view, one in two chunks is copied and its bytes are given back at once.
 * - Bytes that are given back move `start` to the end of the longest prefix of held messages that is given back.
 *
 * Each known mistake is one of these rules changed: {@link ringMistakes}.
 *
 * The model refuses to know how words reach the memory: an operation is one step, the header's bytes are not data,
 * and contents are names, never values.
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly, Machine } from "../../lockstep/machine.ts";
import { endOf, type RingMistake, ringMistakes, type RingRules, ringRules } from "./ring_rules.ts";
import { availableBytes, type RingOffsetsState, step, view } from "./ring_steps.ts";
import {
  checkLeaseRingScope,
  leaseRingActor,
  type LeaseRingCommand,
  leaseRingCommands,
  leaseRingLiveness,
  type LeaseRingReply,
  leaseRingSchemas,
  type LeaseRingScope,
  type LeaseRingStart,
  leaseRingStarts,
  type LeaseRingView,
} from "./vocabulary.ts";

/** The machine of the mechanism. */
export type RingOffsetsMachine = Machine<
  RingOffsetsState,
  LeaseRingCommand,
  LeaseRingReply,
  LeaseRingStart,
  LeaseRingView
>;

/** Whether the held messages cover the ring from `start` to `end`, with at most one hole before a restart. */
function tiles(state: DeepReadonly<RingOffsetsState>): boolean {
  let position = state.start;
  let holes = 0;
  for (const held of state.held) {
    if (held.offset !== position) {
      if (held.offset !== 0 || position > state.cells.length) return false;
      holes++;
    }
    position = endOf(held, state.cells.length);
  }
  return position === state.end && holes <= 1;
}

function hasHole(state: DeepReadonly<RingOffsetsState>): boolean {
  return state.held.some((held, index) => {
    const before = state.held[index - 1];
    return held.offset !== (before === undefined ? state.start : endOf(before, state.cells.length));
  });
}

function stateSchema(scope: LeaseRingScope): z.ZodType<RingOffsetsState> {
  const offset = z.int().min(0).max(scope.capacityBytes - 1);
  const message = z.int().min(0).max(scope.messages - 1);
  const length = z.int().min(0).max(Math.max(...scope.lengths));
  const content = z.int().min(-1).max(scope.messages - 1);
  return z.strictObject({
    start: offset,
    end: offset,
    cells: z.array(content).length(scope.capacityBytes),
    held: z.array(z.strictObject({ message, offset, length, status: z.enum(["unread", "leased", "done"]) }))
      .max(scope.messages),
    leases: z.array(z.strictObject({
      status: z.enum(["unused", "live", "ended"]),
      message,
      offset,
      length,
      copied: z.boolean(),
      content,
    })).length(scope.leases),
  });
}

function forwardBytes(from: number, to: number, capacity: number): number {
  return (to - from + capacity) % capacity;
}

function damaged(seen: LeaseRingView): boolean {
  return seen.leases.includes(-1) || seen.unread.includes(-1);
}

/**
 * Builds the mechanism for a scope, correct or with one mistake.
 *
 * A state holds one number per byte of the area: meant for capacities up to a few hundred bytes.
 *
 * @throws {RangeError} when the scope is out of range.
 */
export function ringOffsets(scope: LeaseRingScope, mistake?: RingMistake): RingOffsetsMachine {
  checkLeaseRingScope(scope);
  const rules: RingRules = mistake === undefined ? ringRules : { ...ringRules, ...ringMistakes[mistake] };
  return {
    name: mistake === undefined ? "ring-offsets" : `ring-offsets with ${mistake}`,
    schema: { ...leaseRingSchemas(scope), state: stateSchema(scope) },
    starts: leaseRingStarts(scope),
    commands: leaseRingCommands(scope),
    initial: ({ offset }) => ({
      start: offset,
      end: offset,
      cells: Array.from({ length: scope.capacityBytes }, () => -1),
      held: [],
      leases: Array.from({ length: scope.leases }, () => ({
        status: "unused",
        message: 0,
        offset: 0,
        length: 0,
        copied: false,
        content: 0,
      })),
    }),
    step: (state, command, world) => step(state, command, rules, world),
    view: (state) => view(state, rules),
    always: {
      "no byte of a live lease or an unread message is written": (state) => !damaged(view(state, rules)),
      "equal offsets mean an empty ring": (state) =>
        (state.start === state.end) === (state.held.length === 0),
      "held messages cover the ring from start to end": (state) => tiles(state),
      "only the free prefix has been given back": (state) => state.held[0]?.status !== "done",
    },
    sometimes: {
      "a message is split": (state) =>
        state.held.some((held) =>
          held.offset + held.length > scope.capacityBytes && held.status === "unread"
        ),
      "a hole is left at the end": hasHole,
      "a release waits for an older lease": (state) => state.held.some((held) => held.status === "done"),
      "the ring is full but for the gap": (state) => availableBytes(state, scope.capacityBytes) === 1,
      "a copy outlives its bytes in the ring": (state) =>
        state.leases.some((lease) =>
          lease.status === "live" && lease.copied &&
          state.held.every((held) => held.message !== lease.message)
        ),
    },
    everyStep: {
      "start moves forward, and never past end": ({ before, after }) =>
        forwardBytes(before.start, after.start, scope.capacityBytes) <=
          forwardBytes(before.start, before.end, scope.capacityBytes),
      "a lease that has ended is refused": {
        when: ({ before, command }) =>
          command?.kind === "read" && before.leases[command.lease]?.status === "ended",
        then: ({ reply }) => reply?.kind === "stale",
      },
    },
    someStep: {
      "an exact fill is refused": ({ before, command, reply }) =>
        command?.kind === "write" && reply?.kind === "full" &&
        command.length === availableBytes(before, scope.capacityBytes),
      "a stale lease is refused": ({ reply }) => reply?.kind === "stale",
    },
    leadsTo: leaseRingLiveness(scope),
    actor: leaseRingActor,
    show: (state) =>
      `start ${state.start} end ${state.end} |${
        state.cells.map((name) => name < 0 ? "." : name.toString(36)).join("")
      }|`,
  };
}
