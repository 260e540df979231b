/**
 * A lock for readers and writers whose waiters are served in order, with upgrades, downgrades and giving up.
 *
 * The model keeps who holds what and the queue; the implementation counts readers and links its waiters both ways.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What a thread does; `give up` ends its waiting. */
export interface Command {
  readonly kind: "read" | "write" | "release" | "upgrade" | "downgrade" | "give up";
  readonly thread: number;
}

/** What a thread is told; `woken` are the threads that got what they waited for, in this order. */
export type Reply =
  | { readonly kind: "granted" | "queued" | "deadlock" }
  | { readonly kind: "done"; readonly woken: readonly number[] };

/** Who holds the lock how, and who waits. */
export interface HolderState {
  holds: ("none" | "read" | "write")[];
  queue: { thread: number; wants: "read" | "write" }[];
  /** The reader that waits to become the writer, -1 = none; it comes before the queue. */
  upgrading: number;
}

/** What the implementation knows; threads are -1 where there is none. */
export interface LinkState {
  readers: number;
  writer: number;
  upgrading: number;
  first: number;
  last: number;
  next: number[];
  previous: number[];
  wants: ("none" | "read" | "write")[];
  /** Threads that were let in, where a rule counts them. */
  grants: number;
}

/** What a mistake may replace. */
export interface LockRules {
  /** Whether a reader that comes is let in at once. */
  letsIn(state: LinkState): boolean;
  unlink(state: LinkState, thread: number): void;
  /** The waiter that is looked at next, -1 = none. */
  candidate(state: LinkState): number;
  /** Whether readers behind one that was woken are woken too. */
  wakesOn(state: LinkState): boolean;
  /** Whether an upgrade that waits can be granted. */
  isSole(state: LinkState): boolean;
  /** Whether an upgrade that comes can be granted. */
  upgradesAtOnce(state: LinkState): boolean;
  refusesUpgrade(state: LinkState): boolean;
  /** Ends the writer's turn and lets readers in beside it. */
  downgrade(state: LinkState, wake: () => number[]): number[];
  /** Who is woken by a waiter's giving up. */
  gaveUp(state: LinkState, from: "first" | "behind" | "upgrade", wake: () => number[]): number[];
  clearsUpgrade(state: LinkState): boolean;
  order(woken: number[]): number[];
}

const threads = 4;

/** The rules without a mistake. */
export const correct: LockRules = {
  letsIn: ({ writer, first, upgrading }) => writer < 0 && first < 0 && upgrading < 0,
  unlink(state, thread) {
    const [previous, next] = [state.previous[thread]!, state.next[thread]!];
    if (previous < 0) state.first = next;
    else state.next[previous] = next;
    if (next < 0) state.last = previous;
    else state.previous[next] = previous;
    state.next[thread] = -1;
    state.previous[thread] = -1;
  },
  candidate: ({ first }) => first,
  wakesOn: () => true,
  isSole: ({ readers }) => readers === 1,
  upgradesAtOnce: ({ readers }) => readers === 1,
  refusesUpgrade: ({ upgrading }) => upgrading >= 0,
  downgrade(state, wake) {
    state.writer = -1;
    state.readers = 1;
    return wake();
  },
  gaveUp: (_state, _from, wake) => wake(),
  clearsUpgrade: () => true,
  order: (woken) => woken,
};

const kinds = ["read", "write", "release", "upgrade", "downgrade", "give up"] as const;
const thread = z.int().min(0).max(threads - 1);
const schema = {
  command: z.strictObject({ kind: z.enum(kinds), thread }) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};
const commands: readonly Command[] = kinds.flatMap((kind) =>
  below(threads).map((thread) => ({ kind, thread }))
);
const holding = z.enum(["none", "read", "write"]);

/** Grants whatever the holders allow, from the front. */
function serve(state: HolderState): number[] {
  const { holds, queue } = state;
  const woken: number[] = [];
  const holders = (): number => holds.filter((held) => held !== "none").length;
  if (state.upgrading >= 0) {
    if (holders() > 1) return [];
    holds[state.upgrading] = "write";
    woken.push(state.upgrading);
    state.upgrading = -1;
  }
  while (queue.length > 0) {
    const { thread, wants } = queue[0]!;
    if (wants === "read" ? holds.includes("write") : holders() > 0) break;
    holds[thread] = wants;
    woken.push(thread);
    queue.shift();
  }
  return woken;
}

/** Who holds, who waits. */
export const model: Machine<HolderState, Command, Reply> = {
  ...plain,
  name: "rw-lock",
  schema: {
    ...schema,
    state: z.strictObject({
      holds: z.array(holding).length(threads),
      queue: z.array(z.strictObject({ thread, wants: z.enum(["read", "write"]) })).max(threads),
      upgrading: z.int().min(-1).max(threads - 1),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ holds: below(threads).map(() => "none"), queue: [], upgrading: -1 }),
  step(state, { kind, thread }) {
    const { holds, queue } = state;
    const held = holds[thread]!;
    const isUpgrading = state.upgrading === thread;
    const place = queue.findIndex((waiter) => waiter.thread === thread);
    const isWaiting = isUpgrading || place >= 0;
    if (kind === "give up") {
      if (!isWaiting) return undefined;
      if (isUpgrading) state.upgrading = -1;
      else queue.splice(place, 1);
      return { kind: "done", woken: serve(state) };
    }
    if (isWaiting) return undefined;
    switch (kind) {
      case "read":
      case "write":
        if (held !== "none") return undefined;
        queue.push({ thread, wants: kind });
        return { kind: serve(state).includes(thread) ? "granted" : "queued" };
      case "upgrade":
        if (held !== "read") return undefined;
        if (state.upgrading >= 0) return { kind: "deadlock" };
        state.upgrading = thread;
        return { kind: serve(state).includes(thread) ? "granted" : "queued" };
      case "release":
        if (held === "none") return undefined;
        holds[thread] = "none";
        return { kind: "done", woken: serve(state) };
      case "downgrade":
        if (held !== "write") return undefined;
        holds[thread] = "read";
        return { kind: "done", woken: serve(state) };
    }
  },
};

function wake(state: LinkState, rules: LockRules): number[] {
  if (state.upgrading >= 0) {
    if (!rules.isSole(state)) return [];
    const thread = state.upgrading;
    state.writer = thread;
    state.readers = 0;
    state.upgrading = -1;
    return [thread];
  }
  const woken: number[] = [];
  for (;;) {
    const thread = rules.candidate(state);
    if (thread < 0 || state.writer >= 0) break;
    const wants = state.wants[thread]!;
    if (wants === "write" && state.readers > 0) break;
    rules.unlink(state, thread);
    state.wants[thread] = "none";
    woken.push(thread);
    if (wants === "write") state.writer = thread;
    else state.readers++;
    if (!rules.wakesOn(state)) break;
  }
  return rules.order(woken);
}

function enqueue(state: LinkState, thread: number, wants: "read" | "write"): Reply {
  state.wants[thread] = wants;
  state.previous[thread] = state.last;
  if (state.last < 0) state.first = thread;
  else state.next[state.last] = thread;
  state.last = thread;
  return { kind: "queued" };
}

function giveUp(state: LinkState, thread: number, rules: LockRules): Reply {
  const again = (): number[] => wake(state, rules);
  if (state.upgrading === thread) {
    if (rules.clearsUpgrade(state)) state.upgrading = -1;
    return { kind: "done", woken: rules.gaveUp(state, "upgrade", again) };
  }
  const from = state.first === thread ? "first" : "behind";
  rules.unlink(state, thread);
  state.wants[thread] = "none";
  return { kind: "done", woken: rules.gaveUp(state, from, again) };
}

/** Counted readers and linked waiters. */
export function implementation(rules: LockRules): Machine<LinkState, Command, Reply> {
  return {
    ...plain,
    name: "rw-lock with linked waiters",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      readers: 0,
      writer: -1,
      upgrading: -1,
      first: -1,
      last: -1,
      next: below(threads).map(() => -1),
      previous: below(threads).map(() => -1),
      wants: below(threads).map(() => "none"),
      grants: 0,
    }),
    step(state, { kind, thread }) {
      switch (kind) {
        case "read":
          if (!rules.letsIn(state)) return enqueue(state, thread, "read");
          state.readers++;
          return { kind: "granted" };
        case "write":
          if (state.writer >= 0 || state.readers > 0 || state.first >= 0) {
            return enqueue(state, thread, "write");
          }
          state.writer = thread;
          return { kind: "granted" };
        case "upgrade":
          if (rules.refusesUpgrade(state)) return { kind: "deadlock" };
          state.upgrading = thread;
          if (!rules.upgradesAtOnce(state)) return { kind: "queued" };
          state.upgrading = -1;
          state.readers = 0;
          state.writer = thread;
          return { kind: "granted" };
        case "release":
          if (state.writer === thread) state.writer = -1;
          else state.readers--;
          return { kind: "done", woken: wake(state, rules) };
        case "downgrade":
          return { kind: "done", woken: rules.downgrade(state, () => wake(state, rules)) };
        case "give up":
          return giveUp(state, thread, rules);
      }
    },
  };
}
