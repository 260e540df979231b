/**
 * Zero-copy index, the mechanism: the kernel's error queue and the sender's books, number by number.
 *
 * Kernel: `sends` are the zero-copy sends that are not notified, in order, each with the buffers whose bytes it reads
 * in place. A send may join the notification of the one before it. When notifications complete (in order, or in any)
 * each goes to the end of the error queue; it is merged with the record there when its first number follows that
 * record's last, modulo the counter, and the merged record keeps the code of the one that was there. A reader may
 * take a record before the next one could be merged with it.
 *
 * Sender: `books.nextId` counts the sends that use up a number; `books.entries` say for each number in flight which
 * requests it carried, `books.requests` how many numbers each still waits for. Records are checked, then counted off
 * one by one. A request ends when it was sent whole, waits for none, and is the oldest.
 *
 * The two counters must agree. Each known mistake is one rule of the sender changed: `senderMistakes`.
 *
 * The queue is empty between commands although the kernel fills it at any time: nobody sees it before it is read, so
 * completions are decided when it is. The model refuses to know segments and sequence numbers, and it does not damage
 * what the reader finds: that the bytes of a send in flight changed is an invariant broken.
 *
 * @module
 */
import type { World } from "../lockstep/machine.ts";
import { abortAll, bookedSpan, bookSend, endThrough, letGo, makesSense } from "./zerocopy_books.ts";
import { flush, type SendEffects } from "./zerocopy_flush.ts";
import { arrivedUnits, putOnWire, takeFromWire, unitsOf, wireHasRoom } from "./zerocopy_kernel.ts";
import {
  type MechanismMachine,
  mechanismSchema,
  type MechanismState,
  type SendInFlight,
} from "./zerocopy_mechanism_state.ts";
import {
  mechanismAlways,
  mechanismEveryStep,
  mechanismLiveness,
  mechanismSomeStep,
  mechanismSometimes,
} from "./zerocopy_promises.ts";
import {
  type Attempt,
  checkZerocopyScope,
  idCount,
  type NotificationRecord,
  zerocopyActor,
  type ZerocopyCommand,
  zerocopyCommands,
  type ZerocopyReply,
  zerocopySchemas,
  type ZerocopyScope,
} from "./zerocopy_scope.ts";
import {
  type SenderMistake,
  senderMistakes,
  type SenderRules,
  senderRules,
} from "./zerocopy_sender_rules.ts";

/** One machine: a scope, and the rules its sender follows. */
class Mechanism {
  readonly #scope: ZerocopyScope;
  readonly #rules: SenderRules;
  readonly #ids: number;

  constructor(scope: ZerocopyScope, rules: SenderRules) {
    this.#scope = scope;
    this.#rules = rules;
    this.#ids = idCount(scope);
  }

  step(
    state: MechanismState,
    command: ZerocopyCommand,
    world: World<ZerocopyReply>,
  ): ZerocopyReply | undefined {
    switch (command.kind) {
      case "submit":
        return wireHasRoom(this.#scope, state.wire)
          ? this.#submit(state, command.units, command.hold, world)
          : undefined;
      case "poll":
        return state.closed ? undefined : this.#poll(state, command.records === "all" ? Infinity : 1, world);
      case "read":
        return {
          kind: "read",
          runs: takeFromWire(state.wire, arrivedUnits(this.#scope, state.wire, world)),
        };
      case "settle":
        return this.#settle(state);
      case "starve":
      case "relieve":
        if (state.closed || state.starved === (command.kind === "starve")) return undefined;
        state.starved = command.kind === "starve";
        return { kind: "done" };
      case "close":
        if (state.closed) return undefined;
        state.closed = true;
        return { kind: "closed", aborted: abortAll(state.books, this.#rules) };
    }
  }

  #submit(
    state: MechanismState,
    units: number,
    hold: boolean,
    world: World<ZerocopyReply>,
  ): ZerocopyReply {
    const { books } = state;
    const buffer = books.free.indexOf(true);
    if (buffer < 0) return { kind: "full" };
    state.parity[buffer] = 1 - state.parity[buffer]!;
    if (state.closed) return { kind: "filled", buffer };
    books.free[buffer] = false;
    books.requests.push({ buffer, units, sent: 0, waits: 0, lastId: 0, ended: false });
    if (hold) return { kind: "submitted", buffer, attempts: [], ended: [] };
    const attempts = this.#flush(state, world);
    return { kind: "submitted", buffer, attempts, ended: endThrough(books, this.#rules) };
  }

  #poll(state: MechanismState, most: number, world: World<ZerocopyReply>): ZerocopyReply {
    const records = this.#completions(state, most, world);
    let refused = 0;
    for (const { low, high } of records) {
      if (makesSense(this.#ids, state.books, low, high)) {
        letGo(this.#ids, state.books, this.#rules, low, high, world);
      } else refused++;
    }
    const attempts = this.#flush(state, world);
    return { kind: "polled", records, refused, attempts, ended: endThrough(state.books, this.#rules) };
  }

  #settle(state: MechanismState): ZerocopyReply {
    if (state.closed) state.sends = [];
    for (const send of state.sends) send.due = true;
    state.acknowledged = true;
    return { kind: "settled", runs: takeFromWire(state.wire, unitsOf(state.wire)) };
  }

  #flush(state: MechanismState, world: World<ZerocopyReply>): Attempt[] {
    return flush(this.#scope, state.books, state, this.#effects(state, world), world);
  }

  #effects(state: MechanismState, world: World<ZerocopyReply>): SendEffects {
    const { books, sends } = state;
    return {
      spanIsUsedUp: () => bookedSpan(this.#ids, books) >= this.#scope.spanLimit,
      inFlight: () => sends.length,
      copiesInstead: () => this.#rules.copiesInstead(books.entries.length),
      answered: (result, zerocopy) => this.#answered(state, result, zerocopy, world),
    };
  }

  /** The kernel numbers the send, the sender books it: each by its own rules. */
  #answered(state: MechanismState, result: number, zerocopy: boolean, world: World<ZerocopyReply>): void {
    const { books } = state;
    let booked: number | undefined;
    if (this.#rules.usesId(result, zerocopy)) {
      booked = books.nextId;
      books.nextId = this.#rules.successor(booked, this.#ids);
    }
    if (result < 0) return;
    const touched = bookSend(books, this.#rules, result, booked);
    for (const { request: { buffer }, taken } of touched) {
      putOnWire(this.#scope, state.wire, buffer, state.parity[buffer]!, taken);
    }
    if (result === 0) return;
    state.acknowledged = false;
    if (!zerocopy) return;
    const previous = state.sends.at(-1);
    const mayJoin = this.#scope.coalescing && previous !== undefined && !previous.due &&
      (previous.id + 1) % this.#ids === state.kernelNextId;
    state.sends.push({
      id: state.kernelNextId,
      joined: mayJoin && world.choose(2) === 1,
      due: false,
      reads: touched.map(({ request: { buffer } }) => ({ buffer, parity: state.parity[buffer]! })),
    });
    state.kernelNextId = (state.kernelNextId + 1) % this.#ids;
  }

  /** The notifications that complete before or during this poll, as the records that it reads. */
  #completions(state: MechanismState, most: number, world: World<ZerocopyReply>): NotificationRecord[] {
    const queue: NotificationRecord[] = [];
    while (true) {
      world.tick();
      const groups = this.#groups(state.sends);
      const first = this.#scope.order === "any" ? groups.length : Math.min(groups.length, 1);
      const candidates = groups.slice(0, first).filter(([send]) =>
        queue.length < most || this.#follows(queue.at(-1)!, send!.id)
      );
      const owed = queue.length < most && state.sends.some(({ due }) => due);
      if (candidates.length === 0) return queue;
      const pick = world.choose(candidates.length + (owed ? 0 : 1), (heard) => {
        const wanted = heard.kind === "polled" ? this.#nextHeard(heard.records, queue) : undefined;
        if (wanted === undefined) return owed ? "impossible" : candidates.length;
        const found = candidates.findIndex(([send]) => send!.id === wanted);
        return found < 0 ? "impossible" : found;
      });
      if (pick === candidates.length) return queue;
      const completed = candidates[pick]!;
      state.sends = state.sends.filter((send) => !completed.includes(send));
      this.#append(queue, completed, most, world);
    }
  }

  /** The sends in flight, those that share a notification together. */
  #groups(sends: readonly SendInFlight[]): SendInFlight[][] {
    const groups: SendInFlight[][] = [];
    for (const send of sends) {
      if (send.joined) groups.at(-1)!.push(send);
      else groups.push([send]);
    }
    return groups;
  }

  #follows(record: NotificationRecord, id: number): boolean {
    return id === (record.high + 1) % this.#ids;
  }

  /** The first number that an answer names beyond what is in the queue; `undefined` = none. */
  #nextHeard(heard: readonly NotificationRecord[], queue: readonly NotificationRecord[]): number | undefined {
    const tail = queue.at(-1);
    if (tail === undefined) return heard[0]?.low;
    const same = heard[queue.length - 1];
    return same === undefined || same.high === tail.high
      ? heard[queue.length]?.low
      : (tail.high + 1) % this.#ids;
  }

  /** Puts a completed notification at the end of the error queue. */
  #append(
    queue: NotificationRecord[],
    completed: readonly SendInFlight[],
    most: number,
    world: World<ZerocopyReply>,
  ): void {
    const low = completed[0]!.id;
    const high = completed.at(-1)!.id;
    const tail = queue.at(-1);
    const merges = tail !== undefined && this.#follows(tail, low) && (queue.length === most ||
      world.choose(2, (heard) => {
          const same = heard.kind === "polled" ? heard.records[queue.length - 1] : undefined;
          return same === undefined ? "impossible" : same.high === tail.high ? 1 : 0;
        }) === 0);
    if (merges) {
      queue[queue.length - 1] = { low: tail.low, high, copied: tail.copied };
      return;
    }
    const copied = this.#scope.copied === "always" || world.choose(2, (heard) => {
          const record = heard.kind === "polled" ? heard.records[queue.length] : undefined;
          return record === undefined ? "impossible" : record.copied ? 1 : 0;
        }) === 1;
    queue.push({ low, high, copied });
  }
}

/**
 * Makes the mechanism for a scope, correct or with one of the known mistakes.
 *
 * @throws {RangeError} for a scope out of range
 */
export function zerocopyMechanism(scope: ZerocopyScope, mistake?: SenderMistake): MechanismMachine {
  checkZerocopyScope(scope);
  const rules = { ...senderRules, ...(mistake === undefined ? {} : senderMistakes[mistake]) };
  const mechanism = new Mechanism(scope, rules);
  return {
    name: mistake === undefined ? "zerocopy-mechanism" : `zerocopy-mechanism with ${mistake}`,
    schema: { state: mechanismSchema(scope), ...zerocopySchemas(scope) },
    starts: scope.firstIds.map((firstId) => ({ firstId })),
    commands: zerocopyCommands(scope),
    initial: ({ firstId }) => ({
      kernelNextId: firstId,
      sends: [],
      wire: [],
      books: {
        nextId: rules.start(firstId, idCount(scope)),
        entries: [],
        requests: [],
        unsent: 0,
        free: Array.from({ length: scope.buffers }, () => true),
      },
      parity: Array.from({ length: scope.buffers }, () => 0),
      acknowledged: true,
      starved: false,
      closed: false,
    }),
    step: (state, command, world) => mechanism.step(state, command, world),
    view: ({ books }) => ({
      freeBuffers: books.free.filter((free) => free).length,
      pendingRequests: books.requests.filter(({ ended }) => !ended).length,
    }),
    settle: { kind: "settle" },
    always: mechanismAlways(scope),
    sometimes: mechanismSometimes(scope),
    everyStep: mechanismEveryStep,
    someStep: mechanismSomeStep(scope),
    leadsTo: mechanismLiveness(scope),
    actor: zerocopyActor,
  };
}
