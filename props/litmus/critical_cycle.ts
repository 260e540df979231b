/**
 * Critical cycles: litmus tests whose verdict is known before any model is asked.
 *
 * A cycle goes from thread to thread along communication (a read takes its value from a write, precedes a write that
 * it does not see, or a write precedes another one) and through each thread along program order. Its test asks for
 * the one outcome in which all these edges hold. Sequential consistency forbids every cycle. What another model says
 * follows from the edges alone, see {@link tsoAllows}, {@link relaxedAllows} and {@link releaseAcquireAllows}. Every
 * weak behaviour has such a cycle in it, so a model that is right about all of them is right about little programs.
 *
 * @see Shasha, Snir, "Efficient and correct execution of parallel programs that share memory", TOPLAS 1988
 * @see Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 2014, section 9
 * @module
 */

/** The accesses of one thread that lie on the cycle, one or two of them. */
export type Directions = "W" | "RR" | "RW" | "WR" | "WW";

/**
 * How a thread gets from its first access to its second: `po` in program order, `fence` with a full fence between,
 * `locked` where the first one, a store, is a locked exchange, `forwarded` where the thread reads its own first store
 * back before it goes on; these four lead to another location. `pos` stays at the location, `posFence` too.
 */
export type Link = "po" | "fence" | "locked" | "forwarded" | "pos" | "posFence";

/** Whether the thread goes on to another location. */
function moves({ link }: CycleThread): boolean {
  return link !== "pos" && link !== "posFence";
}

/** One thread of a cycle. The link of a thread with one access is `pos`: it stays at its location. */
export interface CycleThread {
  readonly directions: Directions;
  readonly link: Link;
}

/** The threads of a cycle; the last access of each one communicates with the first of the next, all around. */
export type Cycle = readonly CycleThread[];

const firstOf = ({ directions }: CycleThread) => directions[0];
const lastOf = ({ directions }: CycleThread) => directions.at(-1);

function threadsWith(links: readonly Link[]): CycleThread[] {
  const threads: CycleThread[] = [{ directions: "W", link: "pos" }];
  for (const directions of ["RR", "RW", "WR", "WW"] as const) {
    for (const link of links) {
      if (directions.startsWith("R") && (link === "locked" || link === "forwarded")) continue;
      threads.push({ directions, link });
    }
  }
  return threads;
}

/** Nothing on the cycle can be left out: two edges at one location never make a third one. */
function isCritical(cycle: Cycle): boolean {
  return cycle.filter(moves).length >= 2 && cycle.every((thread, index) => {
    const next = cycle[(index + 1) % cycle.length]!;
    if (lastOf(thread) === "R" && firstOf(next) === "R") return false;
    // A lone write that is followed by another write: whatever precedes the one precedes the other.
    return thread.directions !== "W" || firstOf(next) === "R";
  });
}

/** The same cycle begun at another thread has the same name. */
function nameOf(cycle: Cycle): string {
  const words = cycle.map(({ directions, link }) => directions === "W" ? "W" : `${directions}-${link}`);
  return words.map((_, start) => [...words.slice(start), ...words.slice(0, start)].join("+")).sort()[0]!;
}

/** All cycles of that many threads, each once, with the links given, by name. At most two writes go to a location. */
export function criticalCycles(threads: number, links: readonly Link[]): Map<string, Cycle> {
  const choices = threadsWith(links);
  const found = new Map<string, Cycle>();
  const extend = (cycle: Cycle) => {
    if (cycle.length < threads) {
      for (const thread of choices) extend([...cycle, thread]);
    } else if (isCritical(cycle) && !found.has(nameOf(cycle)) && writesAreOrdered(cycle)) {
      found.set(nameOf(cycle), cycle);
    }
  };
  extend([]);
  return found;
}

/** One access with its place and the value that the cycle demands. */
export interface CycleAccess {
  readonly direction: "R" | "W";
  readonly location: string;
  readonly value: number;
  /** The access is a locked exchange. */
  readonly locked: boolean;
}

/** A thread of the test; `fenceAfter` is the index of the access that a fence follows, -1 = none does. */
export interface PlacedThread {
  readonly accesses: readonly CycleAccess[];
  readonly fenceAfter: number;
}

/** The test of a cycle, in no dialect yet. */
export interface CycleTest {
  readonly name: string;
  readonly threads: readonly PlacedThread[];
  /** Locations with two writes, and the value that must be left. */
  readonly finals: ReadonlyMap<string, number>;
}

const locationNames = ["x", "y", "z", "a", "b", "c"];

/** Index of the location of each thread's first and last access; the cycle begins behind a thread that moves on. */
function locationsOf(cycle: Cycle): { readonly first: number; readonly last: number }[] {
  const count = cycle.filter(moves).length;
  let at = 0;
  return cycle.map((thread) => {
    const first = at % count;
    if (moves(thread)) at++;
    return { first, last: at % count };
  });
}

/** The cycle begun right behind a thread that moves to another location, so that no location is split. */
function begun(cycle: Cycle): Cycle {
  const mover = cycle.findLastIndex(moves);
  return [...cycle.slice(mover), ...cycle.slice(0, mover)];
}

function writesAreOrdered(cycle: Cycle): boolean {
  return [...testOf("", cycle).finals.values()].every((last) => last <= 2);
}

/** Works out locations and values. Along the cycle, each location is written 1, 2, … and read as it then is. */
export function testOf(name: string, cycle: Cycle): CycleTest {
  const ordered = begun(cycle);
  const places = locationsOf(ordered);
  const written = new Map<string, number>();
  const access = (direction: "R" | "W", place: number, locked = false): CycleAccess => {
    const location = locationNames[place]!;
    const value = (written.get(location) ?? 0) + (direction === "W" ? 1 : 0);
    written.set(location, value);
    return { direction, location, value, locked };
  };
  // Accesses are met in the order of the cycle; it comes back to the first location with the first thread's first one.
  const lasts: CycleAccess[] = [];
  const firsts: CycleAccess[] = [];
  for (let index = 0; index < ordered.length; index++) {
    const { directions, link } = ordered[index]!;
    const { first, last } = places[index]!;
    if (index > 0) firsts[index] = access(directions[0] as "R" | "W", first, link === "locked");
    if (directions.length === 2) lasts[index] = access(directions[1] as "R" | "W", last);
  }
  const opening = ordered[0]!;
  firsts[0] = access(opening.directions[0] as "R" | "W", places[0]!.first, opening.link === "locked");
  const threads = ordered.map(({ directions, link }, index): PlacedThread => {
    const first = firsts[index]!;
    const own: CycleAccess[] = [first];
    if (link === "forwarded") own.push({ ...first, direction: "R" });
    if (directions.length === 2) own.push(lasts[index]!);
    return { accesses: own, fenceAfter: link === "fence" || link === "posFence" ? 0 : -1 };
  });
  return { name, threads, finals: new Map([...written].filter(([, value]) => value > 1)) };
}

/**
 * Whether x86-TSO allows the outcome: some thread writes, then reads another location, with nothing between that
 * drains the store buffer. Everything else is kept in order, and all threads see writes in one order.
 */
export function tsoAllows(cycle: Cycle): boolean {
  return cycle.some(({ directions, link }) => directions === "WR" && (link === "po" || link === "forwarded"));
}

/** Locations at which the cycle goes against reads-from: some read precedes a write there, or a write another one. */
function locationsAgainstReadsFrom(cycle: Cycle): number {
  const ordered = begun(cycle);
  const places = locationsOf(ordered);
  const against = ordered.flatMap((thread, index) => {
    const next = ordered[(index + 1) % ordered.length]!;
    return lastOf(thread) === "W" && firstOf(next) === "R" ? [] : [places[index]!.last];
  });
  return new Set(against).size;
}

/** Whether RC11 allows the outcome with relaxed accesses alone: all but cycles of program order and reads-from. */
export function relaxedAllows(cycle: Cycle): boolean {
  return locationsAgainstReadsFrom(cycle) > 0;
}

/**
 * Whether RC11 allows the outcome with release stores and acquire loads: reads-from then synchronizes, and one edge
 * against happens-before is incoherent, two are not.
 */
export function releaseAcquireAllows(cycle: Cycle): boolean {
  return locationsAgainstReadsFrom(cycle) > 1;
}
