/**
 * The lock table with words of who waits for whom, kept up to date with each change.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import {
  bit,
  type Command,
  type Mode,
  model,
  type Reply,
  resources,
  type TableRules,
  type TableState,
  transactions,
} from "./lock_table.ts";
import { below, plain } from "./zoo.ts";

const lockOf = (state: TableState, resource: number): TableState["locks"][number] => state.locks[resource]!;

/** The others that hold a resource in the way of a request. */
function othersInTheWay(
  state: TableState,
  resource: number,
  transaction: number,
  mode: Mode,
  rules: TableRules,
): number {
  const lock = lockOf(state, resource);
  return rules.inTheWay(lock.holders & ~bit(transaction), lock.mode, mode);
}

function serve(state: TableState, served: readonly number[], rules: TableRules): number[] {
  const woken: number[] = [];
  for (const resource of served) {
    const lock = lockOf(state, resource);
    for (let first = lock.queue[0]; first !== undefined; first = lock.queue[0]) {
      const { transaction, mode } = first;
      if (othersInTheWay(state, resource, transaction, mode, rules) !== 0) break;
      // Those behind wait for it as before: it stood in front of them, and holds now what they want.
      lock.queue.shift();
      lock.holders |= bit(transaction);
      lock.mode = mode;
      state.waitsFor[transaction] = 0;
      woken.push(transaction);
      if (!rules.wakesOn) break;
    }
  }
  return woken;
}

/** Takes a transaction out of the queue of a resource. */
function leaveQueue(state: TableState, resource: number, transaction: number, rules: TableRules): void {
  const lock = lockOf(state, resource);
  const place = lock.queue.findIndex((request) => request.transaction === transaction);
  lock.queue.splice(place, 1);
  const holdsShared = (lock.holders & bit(transaction)) !== 0;
  if (rules.waitsNoLonger(holdsShared)) state.waitsFor[transaction] = 0;
  for (const behind of lock.queue.slice(place)) {
    if (!rules.staysInTheWay(holdsShared, behind.mode)) {
      state.waitsFor[behind.transaction]! &= ~bit(transaction);
    }
  }
}

function release(
  state: TableState,
  resource: number,
  transaction: number,
  rules: TableRules,
): void {
  const lock = lockOf(state, resource);
  if ((lock.holders & bit(transaction)) === 0) return;
  lock.holders &= ~bit(transaction);
  if (lock.holders === 0) lock.mode = "none";
  for (const waiting of rules.released(lock.queue)) state.waitsFor[waiting.transaction]! &= ~bit(transaction);
}

function waitOrFail(
  state: TableState,
  resource: number,
  transaction: number,
  mode: Mode,
  isFirst: boolean,
  rules: TableRules,
): Reply {
  const { queue } = lockOf(state, resource);
  const place = isFirst ? 0 : queue.length;
  state.waitsFor[transaction] = othersInTheWay(state, resource, transaction, mode, rules) |
    rules.queuedBefore(queue, place);
  for (const behind of queue.slice(place)) state.waitsFor[behind.transaction]! |= bit(transaction);
  queue.splice(place, 0, { transaction, mode });
  if (!rules.waitsForItself(state.waitsFor, transaction)) return { kind: "waits" };
  leaveQueue(state, resource, transaction, rules);
  for (const [each, lock] of state.locks.entries()) {
    if (rules.loses(lock.mode)) release(state, each, transaction, rules);
  }
  return { kind: "deadlock", woken: serve(state, rules.served("victim", resource), rules) };
}

function lock(
  state: TableState,
  resource: number,
  transaction: number,
  mode: Mode,
  rules: TableRules,
): Reply {
  const lock = lockOf(state, resource);
  const isHeld = (lock.holders & bit(transaction)) !== 0;
  if (isHeld && lock.mode !== "none" && (lock.mode === "exclusive" || lock.mode === mode)) {
    lock.mode = rules.again(lock.mode, mode);
    return { kind: "granted" };
  }
  const isFirst = lock.queue.length === 0 || isHeld;
  if (!isFirst || othersInTheWay(state, resource, transaction, mode, rules) !== 0) {
    return waitOrFail(state, resource, transaction, mode, isFirst, rules);
  }
  lock.holders |= bit(transaction);
  lock.mode = mode;
  // Readers in the queue did not wait for it while it was one.
  if (rules.waitForUpgraded) {
    for (const behind of lock.queue) state.waitsFor[behind.transaction]! |= bit(transaction);
  }
  return { kind: "granted" };
}

function giveUp(state: TableState, transaction: number, rules: TableRules): Reply {
  const resource = state.locks.findIndex(({ queue }) =>
    queue.some((request) => request.transaction === transaction)
  );
  leaveQueue(state, resource, transaction, rules);
  return { kind: "done", woken: serve(state, [resource], rules) };
}

/** Locks, and words of who waits for whom. */
export function implementation(rules: TableRules): Machine<TableState, Command, Reply> {
  return {
    ...plain,
    name: "lock-table with words",
    schema: { ...model.schema, state: z.any() },
    starts: [null],
    commands: model.commands,
    initial: () => ({
      locks: below(resources).map(() => ({ mode: "none", holders: 0, queue: [] })),
      waitsFor: below(transactions).map(() => 0),
    }),
    step(state, command) {
      switch (command.kind) {
        case "lock":
          return lock(state, command.resource, command.transaction, command.mode, rules);
        case "give up":
          return giveUp(state, command.transaction, rules);
        case "commit":
          for (const resource of state.locks.keys()) {
            release(state, resource, command.transaction, rules);
          }
          return { kind: "done", woken: serve(state, rules.served("commit", -1), rules) };
      }
    },
  };
}
