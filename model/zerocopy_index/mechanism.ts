/**
 * Zero-copy index, the mechanism: the kernel's error queue and the sender's books, number by number.
 *
 * Kernel: `sends` are the zero-copy sends that are not notified, in order, each with the buffers whose bytes it reads
 * in place. A send may join the notification of the one before it. When notifications complete (in order, or in any)
 * each goes to the end of the error queue, where neighbours are merged: `zerocopy_error_queue.ts`.
 *
 * Sender: `books.nextId` counts the sends that use up a number; `books.entries` say for each number in flight which
 * requests it carried, `books.requests` how many numbers each still waits for. Records are checked, then counted off
 * one by one. A request ends when it was sent whole, waits for none, and is the oldest.
 *
 * The two counters must agree. Each known mistake is one rule of the sender changed: `senderMistakes`.
 *
 * Nobody sees the queue before it is read, so completions are decided when it is: it is empty between commands. That
 * this loses nothing is shown with `completions: "any time"`, where the kernel fills it when it likes and the same
 * specification still explains every answer. The model refuses to know segments and sequence numbers.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { abortAll, bookedSpan, bookSend, endThrough, letGo, makesSense } from "./books.ts";
import { completeForReader, completeOne, notificationCount } from "./error_queue.ts";
import { flush, type SendEffects } from "./flush.ts";
import { arrivedUnits, isNotifiedAtOnce, takeFromWire, unitsOf, wireHasRoom } from "./kernel.ts";
import {
  type MechanismMachine,
  mechanismSchema,
  type MechanismState,
  type SendInFlight,
} from "./mechanism_state.ts";
import { found, overwrite, pin } from "./pinned_wire.ts";
import {
  mechanismAlways,
  mechanismEveryStep,
  mechanismLiveness,
  mechanismSomeStep,
  mechanismSometimes,
} from "./promises.ts";
import {
  type Attempt,
  checkZerocopyScope,
  hasNumbersLeft,
  idCount,
  listed,
  type Run,
  showSurroundings,
  zerocopyActor,
  type ZerocopyCommand,
  zerocopyCommands,
  type ZerocopyReply,
  zerocopySchemas,
  type ZerocopyScope,
} from "./scope.ts";
import { type SenderMistake, senderMistakes, type SenderRules, senderRules } from "./sender_rules.ts";
import { refusals } from "./state.ts";

/** One machine: a scope, and the rules its sender follows. */
class Mechanism implements SendEffects<MechanismState> {
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
        if (!wireHasRoom(this.#scope, state.wire)) return world.refuse(refusals.wireFull);
        if (!hasNumbersLeft(this.#scope, state.kernelNextId)) return world.refuse(refusals.numbersSpent);
        return this.#submit(state, command.units, command.hold, world);
      case "poll":
        if (state.closed) return world.refuse(refusals.closed);
        return this.#poll(state, command.records === "all" ? Infinity : 1, world);
      case "read":
        return { kind: "read", runs: this.#taken(state, arrivedUnits(this.#scope, state.wire, world)) };
      case "settle":
        return this.#settle(state, world);
      case "starve":
      case "relieve":
        if (state.closed) return world.refuse(refusals.closed);
        if (state.starved === (command.kind === "starve")) return world.refuse(refusals[command.kind]);
        state.starved = command.kind === "starve";
        return { kind: "done" };
      case "close":
        if (state.closed) return world.refuse(refusals.closed);
        state.closed = true;
        state.queue = [];
        return { kind: "closed", aborted: abortAll(state.books, this.#rules) };
    }
  }

  /** The kernel lets go of sends when it likes; after `close` nobody is told. */
  internal(): NonNullable<MechanismMachine["internal"]> {
    return {
      complete: {
        actor: "kernel",
        move: (state, world) => {
          if (state.closed) return world.refuse(refusals.closed);
          const tail = completeOne(this.#scope, state, world);
          return tail === undefined
            ? world.refuse("nothing is in flight")
            : `[${tail.low}, ${tail.high}] is at the end of the queue`;
        },
      },
    };
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
    overwrite(state.wire, buffer);
    if (state.closed) return { kind: "filled", buffer };
    books.free[buffer] = false;
    books.requests.push({ buffer, units, sent: 0, waits: 0, lastId: 0, ended: false });
    if (hold) return { kind: "submitted", buffer, attempts: [], ended: [] };
    const attempts = this.#flush(state, world);
    return { kind: "submitted", buffer, attempts, ended: endThrough(books, this.#rules) };
  }

  #poll(state: MechanismState, most: number, world: World<ZerocopyReply>): ZerocopyReply {
    const records = this.#scope.completions === "any time"
      ? state.queue.splice(0, most)
      : completeForReader(this.#scope, state, most, world);
    let refused = 0;
    for (const { low, high } of records) {
      if (makesSense(this.#ids, state.books, low, high)) {
        letGo(this.#ids, state.books, this.#rules, low, high, world);
      } else refused++;
    }
    const attempts = this.#flush(state, world);
    return { kind: "polled", records, refused, attempts, ended: endThrough(state.books, this.#rules) };
  }

  #settle(state: MechanismState, world: World<ZerocopyReply>): ZerocopyReply {
    if (state.closed) state.sends = [];
    if (this.#scope.completions === "any time") {
      while (completeOne(this.#scope, state, world) !== undefined) world.tick();
    }
    for (const send of state.sends) send.due = true;
    state.acknowledged = true;
    return { kind: "settled", runs: this.#taken(state, unitsOf(state.wire)) };
  }

  /** What the reader finds when it takes `units` units. */
  #taken(state: MechanismState, units: number): readonly Run[] {
    return found(this.#scope, takeFromWire(state.wire, units));
  }

  #flush(state: MechanismState, world: World<ZerocopyReply>): Attempt[] {
    return flush(this.#scope, state, state.books, this, world);
  }

  spanIsUsedUp({ books }: MechanismState): boolean {
    return bookedSpan(this.#ids, books) >= this.#scope.spanLimit;
  }

  inFlight({ sends, queue }: MechanismState): number {
    return notificationCount(sends) + queue.length;
  }

  copiesInstead({ books }: MechanismState): boolean {
    return this.#rules.copiesInstead(books.entries.length);
  }

  /** The kernel numbers the send, the sender books it: each by its own rules. */
  answered(state: MechanismState, result: number, zerocopy: boolean, world: World<ZerocopyReply>): void {
    const { books, sends } = state;
    let booked: number | undefined;
    if (this.#rules.usesId(result, zerocopy)) {
      booked = books.nextId;
      books.nextId = this.#rules.successor(booked, this.#ids);
    }
    if (result < 0) return;
    const id = state.kernelNextId;
    const reads: SendInFlight["reads"] = [];
    bookSend(books, this.#rules, result, booked, (buffer, units) => {
      const parity = state.parity[buffer]!;
      reads.push({ buffer, parity });
      const run = { buffer, parity, units, pinned: zerocopy, id: zerocopy ? id : 0, damaged: false };
      pin(this.#scope, state.wire, run);
    });
    if (result === 0) return;
    state.acknowledged = false;
    if (!zerocopy) return;
    const previous = sends.at(-1);
    const mayJoin = this.#scope.coalescing && previous !== undefined && !previous.due &&
      (previous.id + 1) % this.#ids === id;
    const joined = mayJoin && world.choose(2) === 1;
    sends.push({ id, joined, due: isNotifiedAtOnce(this.#scope), reads });
    state.kernelNextId = (id + 1) % this.#ids;
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
      queue: [],
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
    ...(scope.completions === "any time" ? { internal: mechanism.internal() } : {}),
    settle: { kind: "settle" },
    always: mechanismAlways(scope),
    sometimes: mechanismSometimes(scope),
    everyStep: mechanismEveryStep,
    someStep: mechanismSomeStep(scope),
    leadsTo: mechanismLiveness(scope),
    actor: zerocopyActor,
    show: ({ kernelNextId, sends, books, wire }) =>
      `kernel ${kernelNextId}: ${listed(sends.map(({ id }) => id))} | sender ${books.nextId}: ${
        listed(books.entries.map(({ id }) => id))
      } | requests ${
        listed(books.requests.map(({ buffer, sent, units, waits }) =>
          `${buffer}:${sent}/${units} waits ${waits}`
        ))
      } | ${showSurroundings(books.free, wire)}`,
  };
}
