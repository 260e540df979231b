/**
 * RC11 without seq_cst in bounded memory: every atomic location keeps the messages that some thread may still read, and
 * every thread and message a view, which is the oldest message of each location that may be read from there on.
 *
 * An execution graph keeps all that has happened, so that a client without a budget never comes back to a state. Here
 * the past is forgotten: messages that every thread has got beyond, and what everybody knows. Locations are either
 * plain or atomic. A plain location is one cell, because RC11 gives a program that races no meaning, and without a race
 * a plain read has one write to read from; a bit for each of its accesses says who knows of it.
 *
 * Refuses to know: seq_cst, fences, locations that are accessed both ways. {@link file://./rc11.ts} knows them, and is
 * what this is compared with.
 *
 * @see Kang, Hur, Lahav, Vafeiadis, Dreyer, "A promising semantics for relaxed-memory concurrency", POPL 2017 (its
 * machine without promises)
 * @module
 */
import { z } from "zod";
import type { Access, Chooser, Order } from "./memory_model.ts";
import { acquires, releases, updated } from "./memory_model.ts";

/** What somebody knows. */
export interface View {
  /** By atomic location, the position of the oldest message that may still be read. */
  seen: number[];
  /** Bits of the plain accesses that have happened before. */
  knows: number;
}

/** A value of an atomic location. Position 0 is the oldest. */
export interface Message extends View {
  value: number;
  /** Written by a read-modify-write that read the message before: nothing gets in between. */
  attached: boolean;
}

/** The memory. */
export interface ViewMemory {
  /** By plain location. */
  cells: number[];
  /** By atomic location. */
  messages: Message[][];
  threads: View[];
  /** By thread and continued location, what the thread's last release there released. */
  heads: View[][];
  /** Views that callers hand over by means of their own. */
  kept: View[];
}

/** Sizes, and what each location is. */
export interface ViewBounds {
  readonly threads: number;
  /** Initial values, by location. */
  readonly initial: readonly number[];
  /** Locations whose accesses are all plain. Those of all others are all atomic. */
  readonly plain: readonly number[];
  /** Atomic locations that are also written without release: they continue the writer's release sequence. */
  readonly continued: readonly number[];
  /** Views that callers can keep. */
  readonly kept: number;
  /** Most messages of one location. Whoever performs an access asks {@link Views.overflows} afterwards. */
  readonly messages: number;
  readonly maxValue: number;
}

/** A plain access that an earlier one of another thread conflicts with, and nothing orders them. */
export interface ViewRace {
  readonly location: number;
  readonly kind: "read" | "write";
  readonly earlier: "read" | "write";
  /** The thread of the earlier access, where that is known. */
  readonly thread?: number;
}

/** The machine of messages and views. */
export class Views {
  readonly #bounds: ViewBounds;
  /** By location, its number among those of its sort. */
  readonly #places: readonly number[];
  readonly #isPlain: readonly boolean[];
  readonly #atomicCount: number;
  readonly #all: number;

  /** @throws {RangeError} when the plain accesses of all threads need more than 30 bits */
  constructor(bounds: ViewBounds) {
    const { initial, plain, threads } = bounds;
    this.#bounds = bounds;
    this.#isPlain = initial.map((_, location) => plain.includes(location));
    const sorts = [0, 0];
    this.#places = this.#isPlain.map((isPlain) => sorts[isPlain ? 1 : 0]!++);
    this.#atomicCount = sorts[0]!;
    const bits = sorts[1]! * (threads + 1);
    if (bits > 30) {
      throw new RangeError(
        `Cannot keep views: ${
          sorts[1]
        } plain locations of ${threads} threads need ${bits} bits, 30 are there`,
      );
    }
    this.#all = 2 ** bits - 1;
  }

  /** Of the memory. */
  schema(): z.ZodType<ViewMemory> {
    const { threads, maxValue, messages, continued, kept } = this.#bounds;
    const value = z.int().min(0).max(maxValue);
    const view = {
      seen: z.array(z.int().min(0).max(messages - 1)).length(this.#atomicCount),
      knows: z.int().min(0).max(this.#all),
    };
    const message = z.strictObject({ ...view, value, attached: z.boolean() });
    const views = (count: number) => z.array(z.strictObject(view)).length(count);
    return z.strictObject({
      cells: z.array(value).length(this.#places.length - this.#atomicCount),
      messages: z.array(z.array(message).max(messages)).length(this.#atomicCount),
      threads: views(threads),
      heads: z.array(views(continued.length)).length(threads),
      kept: views(kept),
    });
  }

  /** Before any access: all initial values are known to everybody. */
  initial(): ViewMemory {
    const { initial, threads, continued, kept } = this.#bounds;
    const views = (count: number) => Array.from({ length: count }, () => this.#knowsAll());
    return {
      cells: initial.filter((_, location) => this.#isPlain[location]),
      messages: initial.filter((_, location) => !this.#isPlain[location])
        .map((value) => [{ ...this.#knowsAll(), value, attached: false }]),
      threads: views(threads),
      heads: Array.from({ length: threads }, () => views(continued.length)),
      kept: views(kept),
    };
  }

  /**
   * Carries out an access and answers what was read (0 for stores), or the race that it makes. `undefined`: this
   * alternative does not exist, and the memory is spoilt.
   *
   * @throws {RangeError} for what views refuse to know
   */
  perform(
    memory: ViewMemory,
    thread: number,
    access: Access,
    chooser: Chooser,
  ): number | undefined | ViewRace {
    if (access.kind === "fence" || access.order === "seq_cst") {
      throw new RangeError("Cannot perform the access: views know no fence and no seq_cst");
    }
    const { location } = access;
    if (this.#isPlain[location] !== (access.order === "plain")) {
      throw new RangeError(`Cannot perform the access: location ${location} is accessed both ways`);
    }
    const answer = access.order === "plain"
      ? this.#performPlain(memory, thread, access)
      : this.#performAtomic(memory, thread, access, chooser);
    if (typeof answer === "number") this.#forget(memory);
    return answer;
  }

  /** Whether an atomic location has more messages than the bounds allow. */
  overflows({ messages }: ViewMemory): boolean {
    return messages.some(({ length }) => length > this.#bounds.messages);
  }

  /** Keeps what `thread` knows now. */
  keep(memory: ViewMemory, slot: number, thread: number): void {
    const { seen, knows } = memory.threads[thread]!;
    memory.kept[slot] = { seen: [...seen], knows };
    this.#forget(memory);
  }

  /** `thread` gets to know what was kept. */
  hear(memory: ViewMemory, slot: number, thread: number): void {
    join(memory.threads[thread]!, memory.kept[slot]!);
    this.#forget(memory);
  }

  /** Nobody will ask for what was kept. */
  drop(memory: ViewMemory, slot: number): void {
    memory.kept[slot] = this.#knowsNothing();
    this.#forget(memory);
  }

  /** All threads get to know everything. */
  meet(memory: ViewMemory): void {
    for (const view of memory.threads) {
      view.knows = this.#all;
      for (const [place, messages] of memory.messages.entries()) view.seen[place] = messages.length - 1;
    }
    this.#forget(memory);
  }

  #knowsAll(): View {
    return { seen: Array.from({ length: this.#atomicCount }, () => 0), knows: this.#all };
  }

  #knowsNothing(): View {
    return { ...this.#knowsAll(), knows: 0 };
  }

  #bit(location: number, reader?: number): number {
    return 1 <<
      (this.#places[location]! * (this.#bounds.threads + 1) + (reader === undefined ? 0 : reader + 1));
  }

  #performPlain(memory: ViewMemory, thread: number, access: Access): number | ViewRace {
    if (access.kind !== "load" && access.kind !== "store") {
      throw new RangeError("Cannot perform the access: a plain one is a load or a store");
    }
    const own = memory.threads[thread]!;
    const { location } = access;
    const kind = access.kind === "load" ? "read" : "write";
    const written = this.#bit(location);
    if ((own.knows & written) === 0) {
      const { threads } = this.#bounds;
      return { location, kind, earlier: "write", ...(threads === 2 ? { thread: 1 - thread } : {}) };
    }
    if (access.kind === "load") {
      const read = this.#bit(location, thread);
      forEachView(memory, (view) => view.knows &= ~read);
      own.knows |= read;
      return memory.cells[this.#places[location]!]!;
    }
    let reads = 0;
    for (let reader = 0; reader < this.#bounds.threads; reader++) {
      const read = this.#bit(location, reader);
      if (reader !== thread && (own.knows & read) === 0) {
        return { location, kind, earlier: "read", thread: reader };
      }
      reads |= read;
    }
    // Whoever knows of this write knows of everything before it: earlier reads are told by it from now on.
    forEachView(memory, (view) => view.knows = view.knows & ~written | reads);
    own.knows |= written;
    memory.cells[this.#places[location]!] = access.value;
    return 0;
  }

  #performAtomic(
    memory: ViewMemory,
    thread: number,
    access: Exclude<Access, { readonly kind: "fence" }>,
    chooser: Chooser,
  ): number | undefined {
    const place = this.#places[access.location]!;
    const messages = memory.messages[place]!;
    const own = memory.threads[thread]!;
    const oldest = own.seen[place]!;
    const position = oldest + chooser.choose(messages.length - oldest);
    if (access.kind === "store") {
      return this.#write(memory, thread, access.location, position, access.value, access.order, undefined)
        ? 0
        : undefined;
    }
    const message = messages[position]!;
    const { value } = message;
    own.seen[place] = position;
    if (access.kind === "load" || access.kind === "compareExchange" && value !== access.expected) {
      if (acquires(access.kind === "load" ? access.order : access.failureOrder)) join(own, message);
      return value;
    }
    const desired = access.kind === "update"
      ? updated(access.operation, value, access.operand)
      : access.desired;
    if (acquires(access.order)) join(own, message);
    return this.#write(memory, thread, access.location, position, desired, access.order, message)
      ? value
      : undefined;
  }

  /** Puts a message after `position`; with `reads`, it is attached to that one. False = it does not fit there. */
  #write(
    memory: ViewMemory,
    thread: number,
    location: number,
    position: number,
    value: number,
    order: Order,
    reads: Message | undefined,
  ): boolean {
    const place = this.#places[location]!;
    const messages = memory.messages[place]!;
    if (messages[position + 1]?.attached === true) return false;
    const at = position + 1;
    forEachView(memory, ({ seen }) => {
      if (seen[place]! >= at) seen[place]!++;
    });
    const own = memory.threads[thread]!;
    own.seen[place] = at;
    const head = this.#bounds.continued.indexOf(location);
    if (releases(order)) {
      if (head >= 0) memory.heads[thread]![head] = { seen: [...own.seen], knows: own.knows };
    } else if (head < 0) {
      throw new RangeError(`Cannot perform the access: location ${location} is written without release`);
    }
    const released = releases(order) ? own : memory.heads[thread]![head]!;
    const message = { seen: [...released.seen], knows: released.knows, value, attached: reads !== undefined };
    if (reads !== undefined) join(message, reads);
    messages.splice(at, 0, message);
    return true;
  }

  /** Brings the memory into its normal form: no two forms mean the same future. After every access, so in loops. */
  #forget(memory: ViewMemory): void {
    const { messages, threads, heads } = memory;
    let common = this.#all;
    for (const { knows } of threads) common &= knows;
    for (let place = 0; place < messages.length; place++) {
      const list = messages[place]!;
      let passed = list.length;
      for (const { seen } of threads) passed = Math.min(passed, seen[place]!);
      if (passed > 0) {
        list.splice(0, passed);
        forEachView(memory, ({ seen }) => seen[place] = Math.max(0, seen[place]! - passed));
      }
      list[0]!.attached = false;
      // Whoever reads a message has got to its place by that alone.
      for (const message of list) message.seen[place] = 0;
    }
    const { continued } = this.#bounds;
    for (const list of heads) {
      for (let index = 0; index < continued.length; index++) {
        list[index]!.seen[this.#places[continued[index]!]!] = 0;
      }
    }
    forEachView(memory, (view) => view.knows |= common);
  }
}

function join(target: View, source: View): void {
  target.knows |= source.knows;
  for (let place = 0; place < source.seen.length; place++) {
    const position = source.seen[place]!;
    if (position > target.seen[place]!) target.seen[place] = position;
  }
}

function forEachView({ threads, messages, heads, kept }: ViewMemory, visit: (view: View) => void): void {
  for (const view of threads) visit(view);
  for (const list of messages) for (const message of list) visit(message);
  for (const list of heads) for (const head of list) visit(head);
  for (const view of kept) visit(view);
}
