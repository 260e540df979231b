/**
 * Transactions that lock resources, shared or exclusive, until they commit; who would close a circle of waiting is
 * the victim, and loses all it holds.
 *
 * The model looks for circles in what is held and queued; the implementation keeps for each transaction a word of those
 * that it waits for.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** How a resource is locked. */
export type Mode = "shared" | "exclusive";

/** What a transaction does; `give up` ends its waiting, and it keeps what it holds. */
export type Command =
  | { readonly kind: "lock"; readonly transaction: number; readonly resource: number; readonly mode: Mode }
  | { readonly kind: "commit" | "give up"; readonly transaction: number };

/** What it is told; `woken` are the transactions that got what they waited for, by resource and in order. */
export type Reply =
  | { readonly kind: "granted" | "waits" }
  | { readonly kind: "deadlock" | "done"; readonly woken: readonly number[] };

/** A transaction that waits for a resource. */
export interface Request {
  transaction: number;
  mode: Mode;
}

/** Who holds what, and who waits. */
export interface LockState {
  /** By resource and transaction. */
  holds: ("none" | Mode)[][];
  /** By resource. */
  queues: Request[][];
}

/** What the implementation knows. Words have a bit for each transaction. */
export interface TableState {
  locks: { mode: "none" | Mode; holders: number; queue: Request[] }[];
  /** By transaction: the ones that it waits for. */
  waitsFor: number[];
}

/** What a mistake may replace. */
export interface TableRules {
  /** The others in the way of a request. */
  inTheWay(others: number, lockMode: "none" | Mode, mode: Mode): number;
  /** The ones that stand before a place in a queue. */
  queuedBefore(queue: readonly Request[], place: number): number;
  /** Whether a transaction waits for itself, through others. */
  waitsForItself(waitsFor: readonly number[], transaction: number): boolean;
  /** Whether all in a queue wait for a transaction whose upgrade is granted past them. */
  waitForUpgraded: boolean;
  /** Whether those behind one that gives up still wait for it. */
  staysInTheWay(holdsShared: boolean, mode: Mode): boolean;
  /** The mode of a lock whose holder asks for it again. */
  again(held: Mode, mode: Mode): Mode;
  /** Whether a victim loses a lock. */
  loses(mode: "none" | Mode): boolean;
  /** Whether a transaction that leaves a queue no longer counts as waiting. */
  waitsNoLonger(holdsShared: boolean): boolean;
  /** Resources whose queues are looked at after a transaction has let go of what it held. */
  served(by: "commit" | "victim", waitedFor: number): readonly number[];
  /** Whether the next one in a queue is looked at after one was woken. */
  wakesOn: boolean;
  /** The ones in a queue that no longer wait for a transaction that has let go. */
  released(queue: readonly Request[]): readonly Request[];
}

/** How many transactions there are. */
export const transactions = 3;
/** How many resources there are. */
export const resources = 3;

/** The bit of a transaction. */
export const bit = (transaction: number): number => 1 << transaction;

/** The rules without a mistake. */
export const correct: TableRules = {
  inTheWay: (others, lockMode, mode) => mode === "exclusive" || lockMode === "exclusive" ? others : 0,
  queuedBefore: (queue, place) =>
    queue.slice(0, place).reduce((word, { transaction }) => word | bit(transaction), 0),
  waitsForItself(waitsFor, transaction) {
    let reached = waitsFor[transaction]!;
    for (const _ of waitsFor) {
      waitsFor.forEach((others, each) => reached |= reached & bit(each) ? others : 0);
    }
    return (reached & bit(transaction)) !== 0;
  },
  waitForUpgraded: true,
  staysInTheWay: (holdsShared, mode) => holdsShared && mode === "exclusive",
  again: (held) => held,
  loses: () => true,
  waitsNoLonger: () => true,
  served: () => below(resources),
  wakesOn: true,
  released: (queue) => queue,
};

const transaction = z.int().min(0).max(transactions - 1);
const mode = z.enum(["shared", "exclusive"]);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("lock"),
      transaction,
      resource: z.int().min(0).max(resources - 1),
      mode,
    }),
    z.strictObject({ kind: z.enum(["commit", "give up"]), transaction }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(transactions).flatMap((transaction) =>
    below(resources).flatMap((resource) =>
      mode.options.map((mode) => ({ kind: "lock", transaction, resource, mode }) as const)
    )
  ),
  ...(["commit", "give up"] as const).flatMap((kind) =>
    below(transactions).map((transaction) => ({ kind, transaction }))
  ),
];

const conflict = (one: "none" | Mode, other: Mode): boolean =>
  one === "exclusive" || (one === "shared" && other === "exclusive");

/** Grants what can be granted, from the front of each queue. */
function serveAll({ holds, queues }: LockState): number[] {
  const woken: number[] = [];
  for (const [resource, queue] of queues.entries()) {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const { transaction, mode } = first;
      if (holds[resource]!.some((held, each) => each !== transaction && conflict(held, mode))) break;
      holds[resource]![transaction] = mode;
      woken.push(transaction);
      queue.shift();
    }
  }
  return woken;
}

/** The transactions that one waits for: holders in its way, and all that stand before it. */
function waitedFor({ holds, queues }: LockState, transaction: number): number[] {
  return queues.flatMap((queue, resource) => {
    const place = queue.findIndex((request) => request.transaction === transaction);
    if (place < 0) return [];
    const before = queue.slice(0, place).map((request) => request.transaction);
    const inTheWay = below(transactions).filter((each) =>
      each !== transaction && conflict(holds[resource]![each]!, queue[place]!.mode)
    );
    return [...before, ...inTheWay];
  });
}

function isInCircle(state: LockState, transaction: number): boolean {
  let reached = waitedFor(state, transaction);
  for (const _ of below(transactions)) {
    reached = [...new Set([...reached, ...reached.flatMap((each) => waitedFor(state, each))])];
  }
  return reached.includes(transaction);
}

/** Locks and queues. */
export const model: Machine<LockState, Command, Reply> = {
  ...plain,
  name: "lock-table",
  schema: {
    ...schema,
    state: z.strictObject({
      holds: z.array(z.array(z.enum(["none", "shared", "exclusive"])).length(transactions)).length(resources),
      queues: z.array(z.array(z.strictObject({ transaction, mode })).max(transactions)).length(resources),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({
    holds: below(resources).map(() => below(transactions).map(() => "none")),
    queues: below(resources).map(() => []),
  }),
  step(state, command) {
    const { holds } = state;
    const { transaction } = command;
    const leaveQueues = (): void => {
      state.queues = state.queues.map((queue) => queue.filter((each) => each.transaction !== transaction));
    };
    const release = (): void => holds.forEach((held) => held[transaction] = "none");
    const isWaiting = state.queues.some((queue) => queue.some((each) => each.transaction === transaction));
    if (isWaiting !== (command.kind === "give up")) return undefined;
    switch (command.kind) {
      case "give up":
        leaveQueues();
        return { kind: "done", woken: serveAll(state) };
      case "commit":
        release();
        return { kind: "done", woken: serveAll(state) };
      case "lock": {
        const held = holds[command.resource]![transaction]!;
        if (held === "exclusive" || held === command.mode) return { kind: "granted" };
        const queue = state.queues[command.resource]!;
        const request = { transaction, mode: command.mode };
        if (held === "shared") queue.unshift(request);
        else queue.push(request);
        if (serveAll(state).includes(transaction)) return { kind: "granted" };
        if (!isInCircle(state, transaction)) return { kind: "waits" };
        leaveQueues();
        release();
        return { kind: "deadlock", woken: serveAll(state) };
      }
    }
  },
};
