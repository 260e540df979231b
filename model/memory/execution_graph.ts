/**
 * Execution graphs: what every thread has done, which write each read took its value from, and the order of the
 * writes of each location; and the relations that follow from them.
 *
 * @module
 */
import type { BitRows } from "./bit_rows.ts";
import { bitRows, joinRow, setBit } from "./bit_rows.ts";
import type { Order } from "./memory_model.ts";
import { acquires, releases } from "./memory_model.ts";

/** Most accesses of one thread; an event's number is `thread * accessLimit + index`. */
export const accessLimit = 64;
/** As the source of a read: the initial value of its location. */
export const initialWrite = -1;

/** One access that has happened. `value` is what was written, for a plain read what was read, for a fence 0. */
export interface GraphEvent {
  kind: "read" | "write" | "update" | "fence";
  /** -1 for a fence. */
  location: number;
  order: Order;
  value: number;
  /** Number of the event whose value was read; {@link initialWrite} also for writes and fences. */
  from: number;
}

/** An execution graph. `writes[location]` has the numbers of its writes, oldest first, without the initial one. */
export interface ExecutionGraph {
  initial: number[];
  threads: GraphEvent[][];
  writes: number[][];
}

/** Whether the event writes. */
export function isWrite(event: GraphEvent): boolean {
  return event.kind === "write" || event.kind === "update";
}

/** Whether the event reads. */
export function isRead(event: GraphEvent): boolean {
  return event.kind === "read" || event.kind === "update";
}

/** The event with this number. */
export function eventAt(graph: ExecutionGraph, id: number): GraphEvent {
  return graph.threads[Math.floor(id / accessLimit)]![id % accessLimit]!;
}

/** A graph whose events have been given places in an order that respects program order and reads-from. */
export interface Linearized {
  readonly graph: ExecutionGraph;
  /** By place. */
  readonly ids: readonly number[];
  /** By place. */
  readonly events: readonly GraphEvent[];
  /** Place by number of event. */
  readonly places: Int16Array;
  /** Row `e` has what happens before `e`. */
  readonly before: BitRows;
}

/**
 * Which later stores continue a release sequence: those of the same thread and read-modify-writes (`c11`, also what
 * RC11 says), read-modify-writes only (`c++20`); `none` is a planted mistake.
 */
export type ReleaseSequences = "c11" | "c++20" | "none";

/** The place of the last event that releases to whoever reads `write`, or -1. */
function releaseSource(lin: Linearized, write: number, sequences: ReleaseSequences): number {
  const thread = Math.floor(lin.ids[write]! / accessLimit);
  const index = lin.ids[write]! % accessLimit;
  const events = lin.graph.threads[thread]!;
  const { location } = lin.events[write]!;
  for (let at = index; at >= 0; at--) {
    const event = events[at]!;
    // C++20 and the mistake know only the write itself as the head of its sequence.
    const isHead = isWrite(event) && event.location === location && (at === index || sequences === "c11");
    if (releases(event.order) && (event.kind === "fence" || isHead)) {
      return lin.places[thread * accessLimit + at]!;
    }
  }
  return -1;
}

/** Calls `acquired` with the place of every event that releases to whoever acquires through the write `from`. */
function forEachRelease(
  lin: Linearized,
  from: number,
  sequences: ReleaseSequences,
  acquired: (source: number) => void,
): void {
  for (let id = from; id !== initialWrite;) {
    const write = lin.places[id]!;
    const event = lin.events[write]!;
    if (event.order === "plain") return;
    const source = releaseSource(lin, write, sequences);
    if (source >= 0) acquired(source);
    if (event.kind !== "update" || sequences === "none") return;
    id = event.from;
  }
}

/** Calls `acquired` with the place of every event that synchronizes with the one at `place`. */
export function forEachSynchronizing(
  lin: Linearized,
  place: number,
  sequences: ReleaseSequences,
  acquired: (source: number) => void,
): void {
  const id = lin.ids[place]!;
  const event = lin.events[place]!;
  if (!acquires(event.order)) return;
  if (isRead(event)) forEachRelease(lin, event.from, sequences, acquired);
  if (event.kind !== "fence") return;
  // An acquire fence acquires what the atomic reads before it have read.
  for (const earlier of lin.graph.threads[Math.floor(id / accessLimit)]!.slice(0, id % accessLimit)) {
    if (isRead(earlier) && earlier.order !== "plain") {
      forEachRelease(lin, earlier.from, sequences, acquired);
    }
  }
}

/** Fills row `place` of happens-before; all earlier places are done. */
function orderEvent(lin: Linearized, place: number, sequences: ReleaseSequences): void {
  const follow = (source: number) => {
    joinRow(lin.before, place, lin.before, source);
    setBit(lin.before, place, source);
  };
  const id = lin.ids[place]!;
  if (id % accessLimit > 0) follow(lin.places[id - 1]!);
  forEachSynchronizing(lin, place, sequences, follow);
}

/** Gives every event a place after all that it follows in its thread and reads from, and works out happens-before. */
export function linearized(graph: ExecutionGraph, sequences: ReleaseSequences): Linearized {
  const { threads } = graph;
  const count = threads.reduce((sum, events) => sum + events.length, 0);
  const ids: number[] = [];
  const events: GraphEvent[] = [];
  const places = new Int16Array(threads.length * accessLimit).fill(-1);
  const lin: Linearized = { graph, ids, events, places, before: bitRows(count) };
  const next = threads.map(() => 0);
  while (ids.length < count) {
    for (let thread = 0; thread < threads.length; thread++) {
      const own = threads[thread]!;
      while (next[thread]! < own.length) {
        const event = own[next[thread]!]!;
        if (event.from !== initialWrite && places[event.from]! < 0) break;
        const id = thread * accessLimit + next[thread]!;
        const place = ids.length;
        places[id] = place;
        ids.push(id);
        events.push(event);
        next[thread]!++;
        orderEvent(lin, place, sequences);
      }
    }
  }
  return lin;
}

/** Position of a write in the order of its location; 0 is the initial write. */
export function writePosition(graph: ExecutionGraph, location: number, id: number): number {
  return id === initialWrite ? 0 : graph.writes[location]!.indexOf(id) + 1;
}
