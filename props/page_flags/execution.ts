/**
 * The execution of a walk of page flags: which access each step made, and which write each read took its value from.
 *
 * A step's access follows from the state before it; what a store buffer has given to memory, from how long it still
 * is. Callers also hand pointers over, which is no access to the page and not part of the execution.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { allocateAll } from "../../impl/page_flags/allocate_all.ts";
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Moment } from "../../lockstep/picture.ts";
import {
  accessLimit,
  eventAt,
  type ExecutionGraph,
  type GraphEvent,
  initialWrite,
  isWrite,
} from "../../model/memory/execution_graph.ts";
import type { EventName } from "../../model/memory/execution_edges.ts";
import { type Access, updated } from "../../model/memory/memory_model.ts";
import type { ScMemory } from "../../model/memory/sc.ts";
import type { TsoMemory } from "../../model/memory/tso.ts";
import type { PageFlagsCommand, PageThreadCommand } from "../../model/page_flags.ts";
import { begin, phaseStep } from "./client.ts";
import type { PageMechanismState } from "./machine.ts";

type PageState = DeepReadonly<PageMechanismState<ScMemory | TsoMemory>>;

/** What a step did to memory. */
export interface WalkedStep {
  /** The access that it made. */
  readonly event?: EventName;
  /** What came with it: a pointer was handed over or taken, or all threads allocated in turn. */
  readonly beside?: readonly EventName[];
  /** Stores that reached memory with it, oldest first. */
  readonly drained: readonly EventName[];
}

/** An execution, step by step; steps are counted from 0. */
export interface WalkedExecution {
  readonly graph: ExecutionGraph;
  readonly steps: readonly WalkedStep[];
}

const nameOf = (id: number): EventName => ({ thread: Math.floor(id / accessLimit), index: id % accessLimit });

function isCommand(command: unknown): command is PageFlagsCommand {
  return typeof command === "object" && command !== null && "kind" in command;
}

/** The access that a command makes; undefined when it makes none. */
function accessOf(
  algorithm: PageAlgorithm,
  state: PageState,
  command: PageThreadCommand,
): Access | undefined {
  const threads = state.threads.map((thread) => ({ ...thread, args: [...thread.args] }));
  const begun = begin(algorithm, { threads, held: [...state.held] }, command, { refuse: () => undefined });
  if (begun !== "access") return undefined;
  return phaseStep(algorithm, command.thread, threads[command.thread]!).access;
}

class Recorder {
  readonly graph: ExecutionGraph;
  /** Numbers of the stores that each thread has not given to memory, oldest first. */
  readonly #buffers: number[][];

  constructor({ memory, threads }: PageState) {
    this.graph = {
      initial: [...memory.cells],
      threads: threads.map(() => []),
      writes: memory.cells.map(() => []),
    };
    this.#buffers = threads.map(() => []);
  }

  /** Gives to memory what is no longer buffered; `pushes` is the thread that adds a store of its own afterwards. */
  drain({ memory }: PageState, pushes: number | undefined): EventName[] {
    return this.#buffers.flatMap((buffer, thread) => {
      const left = "buffers" in memory ? memory.buffers[thread]!.length : 0;
      const drained = buffer.splice(0, buffer.length - left + (pushes === thread ? 1 : 0));
      for (const id of drained) this.graph.writes[eventAt(this.graph, id).location]!.push(id);
      return drained.map(nameOf);
    });
  }

  /** All threads allocate in turn; nothing is buffered meanwhile. */
  performAll(algorithm: PageAlgorithm, { threads }: PageState): EventName[] {
    const events: EventName[] = [];
    const running = allocateAll(algorithm, threads.map(({ local }, thread) => ({ thread, local })));
    let next = running.next(0);
    while (next.done !== true) {
      const { thread, access } = next.value;
      const event = this.perform(thread, access, false);
      events.push(event);
      next = running.next(readBy(this.graph, this.graph.threads[thread]![event.index]!));
    }
    return events;
  }

  perform(thread: number, access: Access, buffered: boolean): EventName {
    const own = this.graph.threads[thread]!;
    const id = thread * accessLimit + own.length;
    if (own.length >= accessLimit) {
      throw new RangeError(`Cannot draw thread ${thread}: it has more than ${accessLimit} accesses`);
    }
    if (access.kind === "fence") {
      own.push({ kind: "fence", location: -1, order: access.order, value: 0, from: initialWrite });
      return nameOf(id);
    }
    const { location, order } = access;
    if (access.kind === "store") {
      own.push({ kind: "write", location, order, value: access.value, from: initialWrite });
      if (buffered) this.#buffers[thread]!.push(id);
      else this.graph.writes[location]!.push(id);
      return nameOf(id);
    }
    const newest = this.#buffers[thread]!.findLast((store) =>
      eventAt(this.graph, store).location === location
    );
    const from = newest ?? this.graph.writes[location]!.at(-1) ?? initialWrite;
    const old = from === initialWrite ? this.graph.initial[location]! : eventAt(this.graph, from).value;
    if (access.kind === "load") own.push({ kind: "read", location, order, value: old, from });
    else if (access.kind === "update") {
      own.push({
        kind: "update",
        location,
        order,
        value: updated(access.operation, old, access.operand),
        from,
      });
    } else if (old === access.expected) {
      own.push({ kind: "update", location, order, value: access.desired, from });
    } else own.push({ kind: "read", location, order: access.failureOrder, value: old, from });
    if (isWrite(own.at(-1)!)) this.graph.writes[location]!.push(id);
    return nameOf(id);
  }
}

/** What an event read; of a store and a fence, 0. */
function readBy(graph: ExecutionGraph, { kind, location, from }: GraphEvent): number {
  if (kind === "fence" || kind === "write") return 0;
  return from === initialWrite ? graph.initial[location]! : eventAt(graph, from).value;
}

/**
 * The execution of a walk under SC or x86-TSO; the first moment is the start.
 *
 * A last step without a state after it (its answer was not allowed) is taken to have drained nothing.
 *
 * @throws {RangeError} for more than 64 accesses of one thread
 */
export function executionOfWalk(
  algorithm: PageAlgorithm,
  moments: readonly Moment<PageState>[],
): WalkedExecution {
  let before = moments[0]!.state!;
  const recorder = new Recorder(before);
  const steps = moments.slice(1).map(({ state, command }): WalkedStep => {
    if (isCommand(command) && command.kind === "allocateAll") {
      const drained = state === undefined ? [] : recorder.drain(state, undefined);
      const beside = recorder.performAll(algorithm, before);
      before = state ?? before;
      return { drained, beside };
    }
    const own = isCommand(command) ? command as PageThreadCommand : undefined;
    const access = own === undefined ? undefined : accessOf(algorithm, before, own);
    const thread = own?.thread ?? -1;
    const buffered = access?.kind === "store" && access.order !== "seq_cst" && "buffers" in before.memory;
    const drained = state === undefined ? [] : recorder.drain(state, buffered ? thread : undefined);
    before = state ?? before;
    if (access === undefined) return { drained };
    return { drained, event: recorder.perform(thread, access, buffered) };
  });
  return { graph: recorder.graph, steps };
}
