/**
 * The most general client of a page: threads that call whatever its ledger of handed-out pointers permits, and what each
 * of them is in the middle of. How memory answers their accesses is not known here.
 *
 * @module
 */
import { z } from "zod";
import { allocateAll } from "../../impl/page_flags/allocate_all.ts";
import type { Next, PageAlgorithm, PhaseStep } from "../../impl/page_flags/algorithm.ts";
import { blockOf } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, World } from "../../lockstep/machine.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import type { PageFlagsReply, PageFlagsScope, PageThreadCommand } from "../../model/page_flags.ts";
import { mayCall, refusals } from "../../model/page_flags.ts";

/** Largest value of a word of a page, and of an argument of a phase. */
export const largestWord = 63;

/** What one thread is doing: the phase that comes next (empty = none) and its arguments. */
export interface PageThread {
  operation: "none" | "malloc" | "mallocAligned" | "free" | "usableSize";
  pointer: number;
  phase: string;
  args: number[];
  /** What it remembers between operations. */
  local: number;
}

/** The threads and the ledger: the pointer that callers hold of each block, 0 = none. */
export interface PageClient {
  threads: PageThread[];
  held: number[];
}

/** What a thread can be doing. */
function pageThreadSchema(
  algorithm: PageAlgorithm,
  { blocks }: PageFlagsScope,
): z.ZodType<PageThread> {
  return z.strictObject({
    operation: z.enum(["none", "malloc", "mallocAligned", "free", "usableSize"]),
    pointer: z.int().min(0).max(2 * blocks + 1),
    phase: z.enum(["", ...Object.keys(algorithm.phases)]),
    args: z.array(z.int().min(0).max(largestWord)).max(5),
    local: z.int().min(0).max(1),
  });
}

/** What a client can be. The fields of a strict object. */
export function pageClientSchema(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
): { readonly threads: z.ZodType<PageThread[]>; readonly held: z.ZodType<number[]> } {
  return {
    threads: z.array(pageThreadSchema(algorithm, scope)).length(scope.threads),
    held: z.array(z.int().min(0).max(2 * scope.blocks + 1)).length(scope.blocks),
  };
}

/** A client before its first call. */
export function idleClient(algorithm: PageAlgorithm, { threads, blocks }: PageFlagsScope): PageClient {
  return {
    threads: Array.from({ length: threads }, (_, index) => ({
      operation: "none",
      pointer: 0,
      phase: "",
      args: [],
      local: algorithm.initialLocal(index),
    })),
    held: Array.from({ length: blocks }, () => 0),
  };
}

/** The access that comes next, and what follows it. */
export function phaseStep(
  algorithm: PageAlgorithm,
  index: number,
  thread: PageThread,
): PhaseStep {
  const [a = 0, b = 0, c = 0, d = 0] = thread.args;
  return algorithm.phases[thread.phase]!({ thread: index, local: thread.local }, a, b, c, d);
}

/** Takes note of what follows an access, in `thread` and in the client's ledger. */
export function follow(
  thread: PageThread,
  held: number[],
  next: Next,
): PageFlagsReply {
  if (next.local !== undefined) thread.local = next.local;
  if (next.kind === "go") {
    thread.phase = next.phase;
    thread.args = [...next.args];
    return { kind: "running" };
  }
  const { value } = next;
  const allocated = thread.operation === "malloc" || thread.operation === "mallocAligned";
  if (allocated && value !== 0 && blockOf(value) < held.length) held[blockOf(value)] = value;
  thread.operation = "none";
  thread.pointer = 0;
  thread.phase = "";
  thread.args = [];
  return { kind: "answered", value };
}

/** What happens when a command is given: the next phase of the thread, after beginning the call. Undefined = refused. */
export function begin(
  algorithm: PageAlgorithm,
  { threads, held }: PageClient,
  command: PageThreadCommand,
  world: Pick<World<never>, "refuse">,
): PageFlagsReply | "access" | undefined {
  const thread = threads[command.thread]!;
  if (command.kind === "step") {
    return thread.operation === "none" ? world.refuse(refusals.nothingRuns) : "access";
  }
  if (thread.operation !== "none") return world.refuse(refusals.busy);
  if (!mayCall(command, held, threads)) return world.refuse(refusals.notCallers);
  thread.operation = command.operation;
  thread.pointer = "pointer" in command ? command.pointer : 0;
  if (command.operation === "free") held[blockOf(command.pointer)] = 0;
  const next = algorithm.start(
    command.operation,
    { thread: command.thread, local: thread.local },
    thread.pointer,
  );
  const reply = follow(thread, held, next);
  return reply.kind === "running" ? "access" : reply;
}

/** The threads, none of them busy, allocate in turn until none is answered a block; `perform` makes each access. */
export function takeEverything(
  algorithm: PageAlgorithm,
  { threads, held }: PageClient,
  perform: (thread: number, access: Access) => number,
): PageFlagsReply {
  const memories = threads.map(({ local }, thread) => ({ thread, local }));
  const running = allocateAll(algorithm, memories);
  let next = running.next(0);
  while (next.done !== true) next = running.next(perform(next.value.thread, next.value.access));
  for (const [thread, { local }] of memories.entries()) threads[thread]!.local = local;
  for (const pointer of next.value) if (blockOf(pointer) < held.length) held[blockOf(pointer)] = pointer;
  return { kind: "allocated", pointers: next.value };
}

/** What each thread is about to do, and what the client holds. */
export function showClient(
  { threads, held }: DeepReadonly<PageClient>,
): string {
  const busy = threads.map(({ operation, phase, args }, index) =>
    operation === "none" ? `${index} idle` : `${index} ${operation} at ${phase}(${args.join(", ")})`
  );
  const pointers = held.filter((pointer) => pointer !== 0);
  return `threads: ${busy.join(", ")}; held: ${pointers.join(", ") || "none"}`;
}

/**
 * Why neither of two accesses happens before the other: the earlier one was the `made`-th of `thread`, of whose accesses
 * the later one follows the first `known` only.
 */
export function whyUnordered(thread: number, made: number, known: number): string {
  const follows = known === 0 ? "none happens" : known === 1 ? "1 happens" : `only ${known} happen`;
  return `it was made earlier, as number ${made} of thread ${thread}, of which ${follows} before this one`;
}
