/**
 * RC11 as a machine that grows execution graphs: an access is added in every way that keeps the graph consistent.
 *
 * RC11 forbids cycles of program order and reads-from, and every prefix of a consistent graph is consistent, so
 * adding accesses one after another reaches every consistent graph. Load buffering can therefore never answer 1, 1:
 * right for RC11, not for C11 as ISO wrote it nor for Arm or POWER.
 *
 * Refuses to know: mixed sizes, spurious failure of weak compare-and-exchange.
 *
 * @see Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017
 * @module
 */
import { z } from "zod";
import { hasBit, joinRow } from "./bit_rows.ts";
import type { ExecutionGraph, GraphEvent, Linearized, ReleaseSequences } from "./execution_graph.ts";
import { accessLimit, eventAt, initialWrite, isWrite, linearized } from "./execution_graph.ts";
import type { Access, Chooser, DataRace, MemoryModel } from "./memory_model.ts";
import { updated } from "./memory_model.ts";
import { observedPosition, partialScOrder, seqCstOrderExists } from "./rc11_consistency.ts";

/** The rules of RC11, one by one, so that a test can break each of them. */
export interface Rc11Rules {
  readonly releaseSequences: ReleaseSequences;
  /** The seq_cst axiom is checked. */
  readonly ordersSeqCst: boolean;
  /** No store gets between a read-modify-write and the write that it read. */
  readonly keepsUpdatesAdjacent: boolean;
  /** Mistake: the order of seq_cst fences counts as happens-before when races are looked for. */
  readonly fencesSynchronize: boolean;
}

const rightRules: Rc11Rules = {
  releaseSequences: "c11",
  ordersSeqCst: true,
  keepsUpdatesAdjacent: true,
  fencesSynchronize: false,
};

const kinds = ["read", "write", "update", "fence"] as const;
const orders = ["plain", "relaxed", "acquire", "release", "acq_rel", "seq_cst"] as const;

/** The write at `position` of a location; 0 is the initial one. */
function writeAt(graph: ExecutionGraph, location: number, position: number): number {
  return position === 0 ? initialWrite : graph.writes[location]![position - 1]!;
}

function valueOf(graph: ExecutionGraph, location: number, write: number): number {
  return write === initialWrite ? graph.initial[location]! : eventAt(graph, write).value;
}

/** Whether the write at `position + 1` is a read-modify-write, so that nothing fits in between. */
function followedByUpdate(graph: ExecutionGraph, location: number, position: number): boolean {
  const next = graph.writes[location]![position];
  return next !== undefined && eventAt(graph, next).kind === "update";
}

/** The event that `access` becomes when it reads position `position`, or is written after it. */
function eventOf(graph: ExecutionGraph, access: Access, position: number): GraphEvent {
  if (access.kind === "fence") {
    return { kind: "fence", location: -1, order: access.order, value: 0, from: initialWrite };
  }
  const { location, order } = access;
  if (access.kind === "store") {
    return { kind: "write", location, order, value: access.value, from: initialWrite };
  }
  const from = writeAt(graph, location, position);
  const old = valueOf(graph, location, from);
  switch (access.kind) {
    case "load":
      return { kind: "read", location, order, value: old, from };
    case "update":
      return { kind: "update", location, order, value: updated(access.operation, old, access.operand), from };
    case "compareExchange":
      return old === access.expected
        ? { kind: "update", location, order, value: access.desired, from }
        : { kind: "read", location, order: access.failureOrder, value: old, from };
  }
}

/** Adds the access to the graph after `position`, and says whether the graph stays consistent. */
function add(
  graph: ExecutionGraph,
  thread: number,
  event: GraphEvent,
  position: number,
  rules: Rc11Rules,
): boolean {
  const id = thread * accessLimit + graph.threads[thread]!.length;
  if (isWrite(event)) {
    if (rules.keepsUpdatesAdjacent && followedByUpdate(graph, event.location, position)) return false;
    graph.writes[event.location]!.splice(position, 0, id);
  }
  graph.threads[thread]!.push(event);
  const lin = linearized(graph, rules.releaseSequences);
  if (event.location >= 0 && observedPosition(lin, lin.places[id]!, event.location) > position) return false;
  return !rules.ordersSeqCst || seqCstOrderExists(lin);
}

function perform(
  graph: ExecutionGraph,
  thread: number,
  access: Access,
  chooser: Chooser,
  rules: Rc11Rules,
): number | undefined {
  const own = graph.threads[thread]!;
  if (own.length >= accessLimit) {
    throw new RangeError(
      `Cannot add an access to thread ${thread}: it has ${accessLimit}, the most a graph holds`,
    );
  }
  let [oldest, count] = [0, 1];
  if (access.kind !== "fence") {
    // Everything up to the newest write that the thread's last access observed is out of reach for sure.
    const lin = linearized(graph, rules.releaseSequences);
    const last = own.length === 0 ? -1 : lin.places[thread * accessLimit + own.length - 1]!;
    oldest = last < 0 ? 0 : observedPosition(lin, last, access.location);
    const lastEvent = own[own.length - 1];
    if (lastEvent !== undefined && lastEvent.location === access.location) {
      const write = isWrite(lastEvent) ? lin.ids[last]! : lastEvent.from;
      oldest = Math.max(oldest, graph.writes[access.location]!.indexOf(write) + 1);
    }
    count = graph.writes[access.location]!.length + 1 - oldest;
  }
  // Also asked when there is one alternative: it may turn out not to exist, after the graph has been edited.
  const position = oldest + chooser.choose(count);
  const event = eventOf(graph, access, position);
  if (!add(graph, thread, event, position, rules)) return undefined;
  return access.kind === "fence" || access.kind === "store" ? 0 : valueOf(graph, access.location, event.from);
}

/** What is ordered before `place` if seq_cst fences were taken to synchronise: the planted mistake. */
function addFenceOrder(lin: Linearized, place: number): void {
  const psc = partialScOrder(lin);
  for (let later = 0; later < lin.events.length; later++) {
    if (lin.events[later]!.kind !== "fence" || !hasBit(lin.before, place, later)) continue;
    for (let earlier = 0; earlier < lin.events.length; earlier++) {
      if (hasBit(psc, earlier, later)) joinRow(lin.before, place, lin.before, earlier);
    }
  }
}

function raceOfLast(graph: ExecutionGraph, thread: number, rules: Rc11Rules): DataRace | undefined {
  const index = graph.threads[thread]!.length - 1;
  const second = graph.threads[thread]![index];
  if (second === undefined || second.kind === "fence") return undefined;
  const lin = linearized(graph, rules.releaseSequences);
  const place = lin.places[thread * accessLimit + index]!;
  if (rules.fencesSynchronize) addFenceOrder(lin, place);
  const before = (id: number) => hasBit(lin.before, place, lin.places[id]!);
  for (let other = 0; other < graph.threads.length; other++) {
    if (other === thread) continue;
    const events = graph.threads[other]!;
    for (const [at, first] of events.entries()) {
      if (first.kind === "fence" || first.location !== second.location) continue;
      if (!isWrite(first) && !isWrite(second)) continue;
      if (first.order !== "plain" && second.order !== "plain") continue;
      const id = other * accessLimit + at;
      if (before(id) || hasBit(lin.before, lin.places[id]!, place)) continue;
      const ordered = events.findLastIndex((_, earlier) => before(other * accessLimit + earlier));
      return {
        location: second.location,
        first: { thread: other, index: at, kind: first.kind, order: first.order },
        second: { thread, index, kind: second.kind, order: second.order },
        lastOrderedIndex: ordered,
      };
    }
  }
  return undefined;
}

/** RC11 with the given rules; {@link rc11} has the right ones. */
export function rc11WithRules(changed: Partial<Rc11Rules>): MemoryModel<ExecutionGraph> {
  const rules = { ...rightRules, ...changed };
  return {
    name: "c11",
    schema({ threads, locations, accessesPerThread, minValue, maxValue }) {
      const most = Math.min(accessesPerThread, accessLimit);
      const value = z.int().min(minValue).max(maxValue);
      const event = z.strictObject({
        kind: z.enum(kinds),
        location: z.int().min(-1).max(locations - 1),
        order: z.enum(orders),
        value,
        from: z.int().min(initialWrite).max(threads * accessLimit - 1),
      });
      const writes = z.array(z.int().min(0).max(threads * accessLimit - 1)).max(threads * most);
      return z.strictObject({
        initial: z.array(value).length(locations),
        threads: z.array(z.array(event).max(most)).length(threads),
        writes: z.array(writes).length(locations),
      });
    },
    initial: (values, threads) => ({
      initial: [...values],
      threads: Array.from({ length: threads }, () => []),
      writes: values.map(() => []),
    }),
    copy: ({ initial, threads, writes }) => ({
      initial,
      threads: threads.map((events) => events.slice()),
      writes: writes.map((ids) => ids.slice()),
    }),
    perform: (graph, thread, access, chooser) => perform(graph, thread, access, chooser, rules),
    settled: () => true,
    values: (graph) =>
      graph.initial.map((_, location) => valueOf(graph, location, graph.writes[location]!.at(-1) ?? -1)),
    key: ({ threads, writes }) =>
      threads.map((events) =>
        events.map(({ kind, location, order, value, from }) =>
          `${kinds.indexOf(kind)}.${location}.${orders.indexOf(order)}.${value}.${from}`
        ).join()
      ).join("|") + "/" + writes.join("|"),
    raceOfLast: (graph, thread) => raceOfLast(graph, thread, rules),
  };
}

/** RC11, with release sequences as C11 and RC11 have them: later stores of the same thread continue them. */
export const rc11: MemoryModel<ExecutionGraph> = rc11WithRules({});

/** RC11 with the release sequences of C++20 (P0982): only read-modify-writes continue them. */
export const rc11Cpp20: MemoryModel<ExecutionGraph> = rc11WithRules({ releaseSequences: "c++20" });
