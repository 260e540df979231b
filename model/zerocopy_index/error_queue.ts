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
import { idCount, type NotificationRecord, type ZerocopyReply, type ZerocopyScope } from "./scope.ts";

/** The sends in flight, those that share a notification together. */
export function notificationGroups(sends: readonly SendInFlight[]): SendInFlight[][] {
  const groups: SendInFlight[][] = [];
  for (const send of sends) {
    if (send.joined) groups.at(-1)!.push(send);
    else groups.push([send]);
  }
  return groups;
}

function follows(scope: ZerocopyScope, record: NotificationRecord, id: number): boolean {
  return id === (record.high + 1) % idCount(scope);
}

/** Puts a completed notification at the end, merged if it can be and `merging` says so. */
function append(
  scope: ZerocopyScope,
  queue: NotificationRecord[],
  completed: readonly SendInFlight[],
  merging: boolean,
  world: World<ZerocopyReply>,
): void {
  const low = completed[0]!.id;
  const high = completed.at(-1)!.id;
  const tail = queue.at(-1);
  if (merging && tail !== undefined && follows(scope, tail, low)) {
    queue[queue.length - 1] = { low: tail.low, high, copied: tail.copied };
    return;
  }
  const copied = scope.copied === "always" || world.choose(2, (heard) => {
        const record = heard.kind === "polled" ? heard.records[queue.length] : undefined;
        return record === undefined ? "impossible" : record.copied ? 1 : 0;
      }) === 1;
  queue.push({ low, high, copied });
}

/** What may complete next: the oldest notification, or any. */
function candidates(scope: ZerocopyScope, sends: readonly SendInFlight[]): SendInFlight[][] {
  const groups = notificationGroups(sends);
  return scope.order === "any" ? groups : groups.slice(0, 1);
}

/** The sends that the kernel has not let go of, and what of them is unread. */
interface InFlight {
  sends: SendInFlight[];
  wire: PinnedRun[];
}

/** The kernel lets go of sends. */
function complete(scope: ZerocopyScope, state: InFlight, completed: readonly SendInFlight[]): void {
  state.sends = state.sends.filter((send) => !completed.includes(send));
  unpin(scope, state.wire, (id) => completed.some((send) => send.id === id));
}

/** Completes one notification at a time when nobody reads; says which, or `undefined` when nothing is in flight. */
export function completeOne(
  scope: ZerocopyScope,
  state: InFlight & { queue: NotificationRecord[] },
  world: World<ZerocopyReply>,
): NotificationRecord | undefined {
  const groups = candidates(scope, state.sends);
  if (groups.length === 0) return undefined;
  const completed = groups[world.choose(groups.length)]!;
  complete(scope, state, completed);
  append(scope, state.queue, completed, true, world);
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
  return same === undefined || same.high === tail.high
    ? heard[queue.length]?.low
    : (tail.high + 1) % idCount(scope);
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
  const queue: NotificationRecord[] = [];
  // What is due came before the reader did: in order, it is all in one record.
  const inOrder = scope.order === "in order";
  let tailIsDue = false;
  while (true) {
    world.tick();
    const groups = candidates(scope, state.sends)
      .filter(([send]) => queue.length < most || follows(scope, queue.at(-1)!, send!.id));
    const owed = queue.length < most
      ? state.sends.some(({ due }) => due)
      : inOrder && tailIsDue && groups.some(([send]) => send!.due);
    if (groups.length === 0) return queue;
    const pick = world.choose(groups.length + (owed ? 0 : 1), (heard) => {
      const wanted = heard.kind === "polled" ? nextHeard(scope, heard.records, queue) : undefined;
      if (wanted === undefined) return owed ? "impossible" : groups.length;
      const found = groups.findIndex(([send]) => send!.id === wanted);
      return found < 0 ? "impossible" : found;
    });
    if (pick === groups.length) return queue;
    const completed = groups[pick]!;
    complete(scope, state, completed);
    const due = completed[0]!.due;
    const merging = inOrder && tailIsDue && due || mergesNow(scope, queue, completed, most, world);
    append(scope, queue, completed, merging, world);
    tailIsDue = due;
  }
}

/** Whether the record at the end is still there when the next one completes. */
function mergesNow(
  scope: ZerocopyScope,
  queue: readonly NotificationRecord[],
  completed: readonly SendInFlight[],
  most: number,
  world: World<ZerocopyReply>,
): boolean {
  const tail = queue.at(-1);
  if (tail === undefined || !follows(scope, tail, completed[0]!.id)) return false;
  if (queue.length === most) return true;
  return world.choose(2, (heard) => {
    const same = heard.kind === "polled" ? heard.records[queue.length - 1] : undefined;
    return same === undefined ? "impossible" : same.high === tail.high ? 1 : 0;
  }) === 0;
}
