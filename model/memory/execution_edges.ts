/**
 * The relations of an execution as edges between named accesses, for reports and pictures: program order, reads-from,
 * modification order, synchronizes-with, and happens-before as their consequence.
 *
 * @module
 */
import { hasBit } from "./bit_rows.ts";
import type { ExecutionGraph, ReleaseSequences } from "./execution_graph.ts";
import { accessLimit, forEachSynchronizing, initialWrite, linearized } from "./execution_graph.ts";
import type { Access } from "./memory_model.ts";
import { rc11 } from "./rc11.ts";

/** The `index`-th access of `thread`, both counted from 0. */
export interface EventName {
  readonly thread: number;
  readonly index: number;
}

/** Which relation an edge belongs to. */
export type EdgeKind = "program-order" | "reads-from" | "modification-order" | "synchronizes-with";

/** One edge. Program order and modification order are given from each access to the next only. */
export interface ExecutionEdge {
  readonly kind: EdgeKind;
  readonly from: EventName;
  readonly to: EventName;
}

/** What {@link executionEdges} tells. */
export interface ExecutionEdges {
  /** No edge begins at an initial value. */
  readonly edges: readonly ExecutionEdge[];
  /** Whether `first` happens before `second`: there is a way along program order and synchronizes-with. */
  happensBefore(first: EventName, second: EventName): boolean;
}

const nameOf = (id: number): EventName => ({ thread: Math.floor(id / accessLimit), index: id % accessLimit });

/**
 * The edges of an execution, thread by thread; release sequences are those of C11 unless `sequences` says otherwise.
 *
 * @example Message passing synchronizes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { executionEdges, executionOf } from "./execution_edges.ts";
 *
 * const graph = executionOf([0, 0], 2, [
 *   { thread: 0, access: { kind: "store", location: 0, value: 1, order: "plain" } },
 *   { thread: 0, access: { kind: "store", location: 1, value: 1, order: "release" } },
 *   { thread: 1, access: { kind: "load", location: 1, order: "acquire" } },
 *   { thread: 1, access: { kind: "load", location: 0, order: "plain" } },
 * ]);
 * const { edges, happensBefore } = executionEdges(graph);
 * assertEquals(edges.filter(({ kind }) => kind === "synchronizes-with"), [
 *   { kind: "synchronizes-with", from: { thread: 0, index: 1 }, to: { thread: 1, index: 0 } },
 * ]);
 * assertEquals(happensBefore({ thread: 0, index: 0 }, { thread: 1, index: 1 }), true);
 * ```
 */
export function executionEdges(graph: ExecutionGraph, sequences: ReleaseSequences = "c11"): ExecutionEdges {
  const lin = linearized(graph, sequences);
  const edges: ExecutionEdge[] = [];
  const add = (kind: EdgeKind, from: number, to: number) => {
    edges.push({ kind, from: nameOf(from), to: nameOf(to) });
  };
  for (const [thread, events] of graph.threads.entries()) {
    for (const [index, event] of events.entries()) {
      const id = thread * accessLimit + index;
      if (index > 0) add("program-order", id - 1, id);
      if (event.from !== initialWrite) add("reads-from", event.from, id);
      const sources = new Set<number>();
      forEachSynchronizing(lin, lin.places[id]!, sequences, (source) => sources.add(lin.ids[source]!));
      for (const source of sources) {
        if (Math.floor(source / accessLimit) !== thread) add("synchronizes-with", source, id);
      }
    }
  }
  for (const writes of graph.writes) {
    for (let at = 1; at < writes.length; at++) add("modification-order", writes[at - 1]!, writes[at]!);
  }
  const place = ({ thread, index }: EventName) => lin.places[thread * accessLimit + index]!;
  return { edges, happensBefore: (first, second) => hasBit(lin.before, place(second), place(first)) };
}

/**
 * The execution of accesses that were made one after another on one memory: every read takes the newest value.
 *
 * @throws {RangeError} for more than 64 accesses of one thread
 */
export function executionOf(
  initial: readonly number[],
  threads: number,
  steps: readonly { readonly thread: number; readonly access: Access }[],
): ExecutionGraph {
  const graph = rc11.initial(initial, threads);
  for (const { thread, access } of steps) {
    rc11.perform(graph, thread, access, { choose: (count) => count - 1 });
  }
  return graph;
}
