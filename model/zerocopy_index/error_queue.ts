/**
 * The kernel's error queue: notifications complete, are appended, and merged with the record at the end.
 *
 * A record is merged when its first number follows the last one's last, modulo the counter; the merged record keeps
 * the code of the one that was there.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import type { SendInFlight } from "./mechanism_state.ts";
import { type PinnedRun, unpin } from "./pinned_wire.ts";
import { remove } from "./remove.ts";
import { idCount, type NotificationRecord, type ZerocopyReply, type ZerocopyScope } from "./scope.ts";

/** How many notifications are owed for sends in flight: those that are joined share one. */
export function notificationCount(sends: readonly SendInFlight[]): number {
  let count = 0;
  for (const { joined } of sends) if (!joined) count++;
  return count;
}

/** How many sends, from place `first` on, share one notification. */
function shareLength(sends: readonly SendInFlight[], first: number): number {
  let end = first + 1;
  while (end < sends.length && sends[end]!.joined) end++;
  return end - first;
}

/** The number that a notification must begin with to be merged with a record. */
function successor(scope: ZerocopyScope, record: NotificationRecord): number {
  return (record.high + 1) % idCount(scope);
}

/** A completed notification: the numbers from `low` to `high`. */
interface Completed {
  readonly low: number;
  readonly high: number;
}

/** Puts a completed notification at the end, merged if it can be and `merging` says so. */
function append(
  scope: ZerocopyScope,
  queue: NotificationRecord[],
  { low, high }: Completed,
  merging: boolean,
  world: World<ZerocopyReply>,
): void {
  const tail = queue.at(-1);
  if (merging && tail !== undefined && low === successor(scope, tail)) {
    queue[queue.length - 1] = { low: tail.low, high, copied: tail.copied };
    return;
  }
  const copied = scope.copied === "always" || world.choose(2, (heard) => {
        const record = heard.kind === "polled" ? heard.records[queue.length] : undefined;
        return record === undefined ? "impossible" : record.copied ? 1 : 0;
      }) === 1;
  queue.push({ low, high, copied });
}

/**
 * Whether the notification that begins at `place` may complete next: the oldest one, or any. Of these, only one that
 * begins with `id`, unless that is `undefined`.
 */
function mayComplete(
  scope: ZerocopyScope,
  sends: readonly SendInFlight[],
  place: number,
  id: number | undefined,
): boolean {
  const send = sends[place]!;
  return !send.joined && (place === 0 || scope.order === "any") && (id === undefined || send.id === id);
}

/** How many notifications may complete next. */
function candidateCount(
  scope: ZerocopyScope,
  sends: readonly SendInFlight[],
  id: number | undefined,
): number {
  let count = 0;
  for (let place = 0; place < sends.length; place++) {
    if (mayComplete(scope, sends, place, id)) count++;
  }
  return count;
}

/** The place where the `nth` of them begins. */
function candidate(
  scope: ZerocopyScope,
  sends: readonly SendInFlight[],
  id: number | undefined,
  nth: number,
): number {
  let place = 0;
  for (let rest = nth; !mayComplete(scope, sends, place, id) || rest-- > 0;) place++;
  return place;
}

/** The sends that the kernel has not let go of, and what of them is unread. */
interface InFlight {
  readonly sends: SendInFlight[];
  readonly wire: PinnedRun[];
}

/** The kernel lets go of the send at place `first` and of those that share its notification. */
function complete(scope: ZerocopyScope, { sends, wire }: InFlight, first: number): Completed {
  const count = shareLength(sends, first);
  const low = sends[first]!.id;
  const high = sends[first + count - 1]!.id;
  remove(sends, first, count);
  unpin(scope, wire, low, count);
  return { low, high };
}

/** Completes one notification at a time when nobody reads; says which, or `undefined` when nothing is in flight. */
export function completeOne(
  scope: ZerocopyScope,
  state: InFlight & { readonly queue: NotificationRecord[] },
  world: World<ZerocopyReply>,
): NotificationRecord | undefined {
  const count = candidateCount(scope, state.sends, undefined);
  if (count === 0) return undefined;
  const first = candidate(scope, state.sends, undefined, world.choose(count));
  append(scope, state.queue, complete(scope, state, first), true, world);
  return state.queue.at(-1);
}

/** The first number that an answer names beyond what is in the queue; `undefined` = none. */
function nextHeard(
  scope: ZerocopyScope,
  heard: readonly NotificationRecord[],
  queue: readonly NotificationRecord[],
): number | undefined {
  const tail = queue.at(-1);
  if (tail === undefined) return heard[0]?.low;
  const same = heard[queue.length - 1];
  return same === undefined || same.high === tail.high ? heard[queue.length]?.low : successor(scope, tail);
}

/**
 * The notifications that complete before or during a poll that reads at most `most` records, as those records.
 *
 * What is due must be among them if it fits. A reader may take a record before the next could be merged with it.
 */
export function completeForReader(
  scope: ZerocopyScope,
  state: InFlight,
  most: number,
  world: World<ZerocopyReply>,
): NotificationRecord[] {
  const { sends } = state;
  const queue: NotificationRecord[] = [];
  // What is due came before the reader did: in order, it is all in one record.
  const inOrder = scope.order === "in order";
  let tailIsDue = false;
  while (true) {
    world.tick();
    // A reader that has its records leaves only what is merged with the last one.
    const id = queue.length < most ? undefined : successor(scope, queue.at(-1)!);
    const count = candidateCount(scope, sends, id);
    if (count === 0) return queue;
    const owed = queue.length < most ? isAnyDue(sends) : inOrder && tailIsDue && sends[0]!.due;
    const pick = world.choose(count + (owed ? 0 : 1), (heard) => {
      const wanted = heard.kind === "polled" ? nextHeard(scope, heard.records, queue) : undefined;
      if (wanted === undefined) return owed ? "impossible" : count;
      for (let nth = 0; nth < count; nth++) {
        if (sends[candidate(scope, sends, id, nth)]!.id === wanted) return nth;
      }
      return "impossible";
    });
    if (pick === count) return queue;
    const first = candidate(scope, sends, id, pick);
    const { due } = sends[first]!;
    const completed = complete(scope, state, first);
    const merging = inOrder && tailIsDue && due || mergesNow(scope, queue, completed, most, world);
    append(scope, queue, completed, merging, world);
    tailIsDue = due;
  }
}

function isAnyDue(sends: readonly SendInFlight[]): boolean {
  for (const { due } of sends) if (due) return true;
  return false;
}

/** Whether the record at the end is still there when the next one completes. */
function mergesNow(
  scope: ZerocopyScope,
  queue: readonly NotificationRecord[],
  { low }: Completed,
  most: number,
  world: World<ZerocopyReply>,
): boolean {
  const tail = queue.at(-1);
  if (tail === undefined || low !== successor(scope, tail)) return false;
  if (queue.length === most) return true;
  return world.choose(2, (heard) => {
    const same = heard.kind === "polled" ? heard.records[queue.length - 1] : undefined;
    return same === undefined ? "impossible" : same.high === tail.high ? 1 : 0;
  }) === 0;
}
