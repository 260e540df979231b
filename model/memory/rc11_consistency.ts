/**
 * Whether an execution graph obeys RC11, given that it did before its last event was added.
 *
 * The added event has no successor, which makes coherence a matter of one lower bound; the seq_cst axiom is worked
 * out from scratch.
 *
 * @see Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017, section 3
 * @module
 */
import type { BitRows } from "./bit_rows.ts";
import {
  bitRows,
  closeTransitively,
  hasBit,
  hasCycle,
  joinRow,
  rowsMeet,
  setBit,
  transposed,
} from "./bit_rows.ts";
import type { Linearized } from "./execution_graph.ts";
import { accessLimit, isRead, isWrite, writePosition } from "./execution_graph.ts";

/** The newest write of `location`, as a position, that has been seen by anything that happens before `place`. */
export function observedPosition(lin: Linearized, place: number, location: number): number {
  let newest = 0;
  for (let other = 0; other < lin.events.length; other++) {
    const event = lin.events[other]!;
    if (event.location !== location || !hasBit(lin.before, place, other)) continue;
    const write = isWrite(event) ? lin.ids[other]! : event.from;
    newest = Math.max(newest, writePosition(lin.graph, location, write));
  }
  return newest;
}

/** Writes of one location in order (`mo`), reads before the writes that follow their source (`rb`). */
function addCoherence(lin: Linearized, coherence: BitRows): void {
  for (let place = 0; place < lin.events.length; place++) {
    const event = lin.events[place]!;
    if (event.kind === "fence") continue;
    const writes = lin.graph.writes[event.location]!;
    const own = isWrite(event)
      ? writes.indexOf(lin.ids[place]!) + 1
      : writePosition(lin.graph, event.location, event.from);
    for (let later = own; later < writes.length; later++) {
      setBit(coherence, place, lin.places[writes[later]!]!);
    }
  }
}

/** Relations that the seq_cst axiom is made of; rows point forwards. */
interface Relations {
  readonly after: BitRows;
  readonly coherence: BitRows;
  readonly extended: BitRows;
}

function relations(lin: Linearized): Relations {
  const after = transposed(lin.before);
  const coherence = bitRows(lin.events.length);
  addCoherence(lin, coherence);
  const extended = bitRows(lin.events.length);
  extended.bits.set(coherence.bits);
  for (let place = 0; place < lin.events.length; place++) {
    const event = lin.events[place]!;
    if (isRead(event) && event.from >= 0) setBit(extended, lin.places[event.from]!, place);
  }
  closeTransitively(extended);
  return { after, coherence, extended };
}

/** Row `place` of `scb = sb | (sb\loc);hb;(sb\loc) | hb&loc | mo | rb`. */
function scbRow(lin: Linearized, { after, coherence }: Relations, place: number): BitRows {
  const count = lin.events.length;
  const row = bitRows(count);
  const thread = (at: number) => Math.floor(lin.ids[at]! / accessLimit);
  const laterInThread = (from: number, to: number) => thread(from) === thread(to) && hasBit(after, from, to);
  const sameLocation = (first: number, second: number) =>
    lin.events[first]!.location >= 0 && lin.events[first]!.location === lin.events[second]!.location;
  joinRow(row, place, coherence, place);
  for (let first = 0; first < count; first++) {
    if (!hasBit(after, place, first)) continue;
    if (sameLocation(place, first)) setBit(row, place, first);
    if (!laterInThread(place, first)) continue;
    setBit(row, place, first);
    if (sameLocation(place, first)) continue;
    for (let second = 0; second < count; second++) {
      if (!hasBit(after, first, second)) continue;
      for (let last = 0; last < count; last++) {
        if (laterInThread(second, last) && !sameLocation(second, last)) setBit(row, place, last);
      }
    }
  }
  return row;
}

/** The partial seq_cst order of RC11 (`psc`) over all events; empty rows for events that are not seq_cst. */
export function partialScOrder(lin: Linearized): BitRows {
  const count = lin.events.length;
  const psc = bitRows(count);
  const seqCst = [...lin.events.keys()].filter((place) => lin.events[place]!.order === "seq_cst");
  const rel = relations(lin);
  const scb = Array.from({ length: count }, (): BitRows | undefined => undefined);
  const isFence = (place: number) => lin.events[place]!.kind === "fence";
  for (const start of seqCst) {
    // `begun` is [SC] or [Fsc];hb? followed by scb; `between` is [Fsc];hb;eco, which only a fence can end.
    const begun = bitRows(count);
    const between = bitRows(count);
    for (let from = 0; from < count; from++) {
      const follows = isFence(start) && hasBit(rel.after, start, from);
      if (from !== start && !follows) continue;
      joinRow(begun, start, scb[from] ??= scbRow(lin, rel, from), from);
      if (follows) joinRow(between, start, rel.extended, from);
    }
    for (const end of seqCst) {
      const ends = hasBit(begun, start, end) ||
        isFence(end) &&
          (rowsMeet(begun, start, lin.before, end) || rowsMeet(between, start, lin.before, end) ||
            isFence(start) && hasBit(rel.after, start, end));
      if (ends) setBit(psc, start, end);
    }
  }
  return psc;
}

/** Whether the seq_cst accesses and fences can be put into one order. */
export function seqCstOrderExists(lin: Linearized): boolean {
  if (!lin.events.some((event) => event.order === "seq_cst")) return true;
  return !hasCycle(partialScOrder(lin));
}
