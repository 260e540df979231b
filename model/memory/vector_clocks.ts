/**
 * Data races of accesses that are made one after another, by happens-before: a vector clock for each thread, and for
 * each location what its newest write carries along.
 *
 * It follows C11 as RC11 does (release sequences through later stores of the same thread and through read-modify-writes),
 * in constant memory, so that runs of any length can be watched. It sees the races of the one order that it is shown; a
 * race that this order hides behind a synchronisation is left to {@link file://./rc11.ts}.
 *
 * @see Flanagan, Freund, "FastTrack: efficient and precise dynamic race detection", PLDI 2009
 * @module
 */
import type { Access, Order } from "./memory_model.ts";
import { acquires, releases } from "./memory_model.ts";

/** By thread, how many of its accesses are known to have happened. */
type Clock = Int32Array;

/** One side of a race. */
export interface WatchedAccess {
  readonly thread: number;
  readonly kind: "read" | "write" | "update";
  readonly order: Order;
}

/** Two conflicting accesses, one of them plain, neither of which happens before the other. */
export interface WatchedRace {
  readonly location: number;
  readonly earlier: WatchedAccess;
  readonly later: WatchedAccess;
  /** The earlier access is the so manieth of its thread, counted from 1. */
  readonly earlierAt: number;
  /** So many accesses of that thread happen before the later one. */
  readonly known: number;
}

interface Stamp {
  readonly at: number;
  readonly access: WatchedAccess;
}

/** What is remembered of a location: by thread the last access of each sort that can race, and what was released. */
interface Watched {
  readonly reads: (Stamp | undefined)[];
  readonly plainReads: (Stamp | undefined)[];
  readonly writes: (Stamp | undefined)[];
  readonly plainWrites: (Stamp | undefined)[];
  /** What whoever acquires the newest write gets to know. */
  carried: Clock | undefined;
  /** By thread, the clock of its last release to this location: it heads the thread's later stores too. */
  readonly heads: (Clock | undefined)[];
}

function join(target: Clock, source: Clock | undefined): void {
  if (source === undefined) return;
  for (let thread = 0; thread < target.length; thread++) {
    if (source[thread]! > target[thread]!) target[thread] = source[thread]!;
  }
}

function joined(first: Clock | undefined, second: Clock | undefined): Clock | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const both = first.slice();
  join(both, second);
  return both;
}

/** Watches the accesses of some threads. */
export class VectorClocks {
  readonly #clocks: readonly Clock[];
  /** What an acquire fence would acquire: everything that the thread's reads came by. */
  readonly #read: readonly Clock[];
  /** By thread, its clock at its last release fence. */
  readonly #fenced: (Clock | undefined)[];
  readonly #locations = new Map<number, Watched>();

  constructor(threads: number) {
    this.#clocks = Array.from({ length: threads }, () => new Int32Array(threads));
    this.#read = Array.from({ length: threads }, () => new Int32Array(threads));
    this.#fenced = Array.from({ length: threads }, () => undefined);
  }

  /** What `thread` knows now, to be handed to {@link learn}: callers synchronise in ways that are not watched. */
  knownTo(thread: number): Int32Array {
    return this.#clocks[thread]!.slice();
  }

  /** `thread` gets to know what was {@link knownTo} another. */
  learn(thread: number, known: Int32Array): void {
    join(this.#clocks[thread]!, known);
  }

  /**
   * Takes note of an access that read `read`, and answers the race that it makes with an earlier one.
   *
   * A compare-and-exchange that failed is a read.
   */
  access(thread: number, access: Access, read: number): WatchedRace | undefined {
    const clock = this.#clocks[thread]!;
    clock[thread]!++;
    if (access.kind === "fence") {
      if (acquires(access.order)) join(clock, this.#read[thread]!);
      if (releases(access.order)) this.#fenced[thread] = clock.slice();
      return undefined;
    }
    const failed = access.kind === "compareExchange" && read !== access.expected;
    const order = failed ? access.failureOrder : access.order;
    const kind = access.kind === "load" || failed ? "read" : access.kind === "store" ? "write" : "update";
    const watched = this.#watched(access.location);
    if (kind !== "write" && order !== "plain") {
      join(this.#read[thread]!, watched.carried);
      if (acquires(order)) join(clock, watched.carried);
    }
    const later: WatchedAccess = { thread, kind, order };
    const earlier = this.#unordered(watched, later);
    this.#remember(watched, later, { at: clock[thread]!, access: later });
    if (earlier === undefined) return undefined;
    return {
      location: access.location,
      earlier: earlier.access,
      later,
      earlierAt: earlier.at,
      known: clock[earlier.access.thread]!,
    };
  }

  #watched(location: number): Watched {
    const known = this.#locations.get(location);
    if (known !== undefined) return known;
    const empty = () => this.#clocks.map(() => undefined);
    const watched: Watched = {
      reads: empty(),
      plainReads: empty(),
      writes: empty(),
      plainWrites: empty(),
      carried: undefined,
      heads: empty(),
    };
    this.#locations.set(location, watched);
    return watched;
  }

  /** An earlier access of another thread that conflicts and that `later` does not know of. */
  #unordered(watched: Watched, later: WatchedAccess): Stamp | undefined {
    const clock = this.#clocks[later.thread]!;
    const plain = later.order === "plain";
    for (let thread = 0; thread < this.#clocks.length; thread++) {
      if (thread === later.thread) continue;
      const stamps = [plain ? watched.writes[thread] : watched.plainWrites[thread]];
      if (later.kind !== "read") stamps.push(plain ? watched.reads[thread] : watched.plainReads[thread]);
      for (const stamp of stamps) if (stamp !== undefined && stamp.at > clock[thread]!) return stamp;
    }
    return undefined;
  }

  #remember(watched: Watched, { thread, kind, order }: WatchedAccess, stamp: Stamp): void {
    const plain = order === "plain";
    if (kind !== "write") {
      watched.reads[thread] = stamp;
      if (plain) watched.plainReads[thread] = stamp;
    }
    if (kind === "read") return;
    watched.writes[thread] = stamp;
    if (plain) watched.plainWrites[thread] = stamp;
    if (releases(order)) watched.heads[thread] = this.#clocks[thread]!.slice();
    const released = plain ? undefined : joined(watched.heads[thread], this.#fenced[thread]);
    watched.carried = kind === "update" && !plain ? joined(watched.carried, released) : released;
  }
}
