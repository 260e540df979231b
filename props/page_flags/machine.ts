/**
 * Page flags, the mechanism: an algorithm, run access by access under a memory model by a most general client, which
 * calls whatever its ledger of handed-out pointers permits.
 *
 * @module
 */
import { z } from "zod";
import type { Next, PageAlgorithm, PhaseStep } from "../../impl/page_flags/algorithm.ts";
import { blockOf } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, InternalMove, Machine, World } from "../../lockstep/machine.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { mayCall, pageFlagsCommands, pageFlagsSchemas, refusals } from "../../model/page_flags.ts";
import { pageHealth } from "./health.ts";

/** What one thread is doing: the phase that comes next (empty = none) and its arguments. */
export interface PageThread {
  operation: "none" | "malloc" | "mallocAligned" | "free" | "usableSize";
  pointer: number;
  phase: string;
  args: number[];
  /** What it remembers between operations. */
  local: number;
}

/** State: the memory, the threads, and the client's ledger: the pointer it holds of each block, 0 = none. */
export interface PageMechanismState<Memory> {
  memory: Memory;
  threads: PageThread[];
  held: number[];
  /** Of each held block: the thread that allocated it, and how many of its stores before the answer are still buffered. */
  handover: { thread: number; stores: number }[];
}

/** Most stores that one buffer may hold; a longer one ends the search on that path, and the result says so. */
const bufferLimit = 5;
const largestWord = 63;

/** The mechanism as a machine. */
export type PageMechanism<Memory> = Machine<
  PageMechanismState<Memory>,
  PageFlagsCommand,
  PageFlagsReply,
  null,
  readonly number[]
>;

/** What a thread can be doing. */
export function pageThreadSchema(
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

/** All threads before their first call. */
export function idleThreads(algorithm: PageAlgorithm, count: number): PageThread[] {
  return Array.from({ length: count }, (_, index) => ({
    operation: "none",
    pointer: 0,
    phase: "",
    args: [],
    local: algorithm.initialLocal(index),
  }));
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
  Object.assign(thread, { operation: "none", pointer: 0, phase: "", args: [] });
  return { kind: "answered", value };
}

/** What happens when a command is given: the next phase of the thread, after beginning the call. Undefined = refused. */
export function begin(
  algorithm: PageAlgorithm,
  threads: readonly PageThread[],
  held: number[],
  command: PageFlagsCommand,
  world: Pick<World<never>, "refuse">,
): PageFlagsReply | "access" | undefined {
  const thread = threads[command.thread]!;
  if (command.kind === "step") {
    return thread.operation === "none" ? world.refuse(refusals.nothingRuns) : "access";
  }
  if (thread.operation !== "none") return world.refuse(refusals.busy);
  const busy = threads.map(({ operation, pointer }) => ({ operation, pointer, done: false }));
  if (!mayCall(command, held.filter((one) => one !== 0), busy)) return world.refuse(refusals.notCallers);
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

/** What each thread is about to do, and what the client holds. */
export function showClient(
  { threads, held }: DeepReadonly<Pick<PageMechanismState<unknown>, "threads" | "held">>,
): string {
  const busy = threads.map(({ operation, phase, args }, index) =>
    operation === "none" ? `${index} idle` : `${index} ${operation} at ${phase}(${args.join(", ")})`
  );
  const pointers = held.filter((pointer) => pointer !== 0);
  return `threads: ${busy.join(", ")}; held: ${pointers.join(", ") || "none"}`;
}

/** The words by name, what each thread is about to do, and what the client holds. */
function showState<Memory>(
  algorithm: PageAlgorithm,
  model: MemoryModel<Memory>,
  state: DeepReadonly<PageMechanismState<Memory>>,
): string {
  const values = model.values(state.memory as Memory);
  const words = algorithm.words.map((name, word) => `${name}=${values[word]}`).join(" ");
  return `${words}; ${showClient(state)}`;
}

/** Makes the mechanism. `model` must have a memory to look at: SC or TSO. */
export function pageMechanism<Memory>(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  model: MemoryModel<Memory>,
): PageMechanism<Memory> {
  const word = z.int().min(0).max(largestWord);
  const bounds = {
    threads: scope.threads,
    locations: algorithm.words.length,
    accessesPerThread: bufferLimit,
    minValue: 0,
    maxValue: largestWord,
  };
  const buffered = ({ memory }: PageMechanismState<Memory>, index: number): number =>
    (memory as { readonly buffers?: readonly unknown[][] }).buffers?.[index]?.length ?? 0;
  const flush = (state: PageMechanismState<Memory>, index: number): boolean => {
    if (model.flush?.(state.memory, index) !== true) return false;
    for (const one of state.handover) {
      if (one.thread === index && one.stores > 0 && --one.stores === 0) one.thread = 0;
    }
    return true;
  };
  const flushes = Object.fromEntries(
    Array.from({ length: scope.threads }, (_, index): [string, InternalMove<PageMechanismState<Memory>>] => [
      `flush ${index}`,
      {
        actor: `store buffer ${index}`,
        move: (state, world) =>
          flush(state, index) ? "its oldest store reaches memory" : world.refuse("the store buffer is empty"),
      },
    ]),
  );
  // Who uses a pointer that another thread allocated has been told by a store after the answer: in order, so that
  // all stores before the answer have reached memory.
  const receive = (state: PageMechanismState<Memory>, thread: number, pointer: number) => {
    const one = state.handover[blockOf(pointer)]!;
    while (one.stores > 0 && one.thread !== thread) flush(state, one.thread);
  };
  const access = (state: PageMechanismState<Memory>, index: number, world: World<PageFlagsReply>) => {
    const own = state.threads[index]!;
    const { access: wanted, then } = phaseStep(algorithm, index, own);
    // A locked instruction waits for its own buffer: here it drains the rest of it in the same step.
    let read = model.perform(state.memory, index, wanted, world);
    while (read === undefined && flush(state, index)) {
      read = model.perform(state.memory, index, wanted, world);
    }
    if (read === undefined) return undefined;
    if (buffered(state, index) > bufferLimit) {
      world.cut(`a store buffer holds more than ${bufferLimit} stores`);
    }
    const allocates = own.operation === "malloc" || own.operation === "mallocAligned";
    const reply = follow(own, state.held, then(read));
    if (allocates && reply.kind === "answered" && state.held.includes(reply.value)) {
      const stores = buffered(state, index);
      state.handover[blockOf(reply.value)] = { thread: stores === 0 ? 0 : index, stores };
    }
    return reply;
  };
  return {
    name: `page-flags-${algorithm.name.replaceAll(" ", "-")}-${model.name}`,
    schema: {
      state: z.strictObject({
        memory: model.schema(bounds),
        threads: z.array(pageThreadSchema(algorithm, scope)).length(scope.threads),
        held: z.array(z.int().min(0).max(2 * scope.blocks + 1)).length(scope.blocks),
        handover: z.array(
          z.strictObject({
            thread: z.int().min(0).max(scope.threads - 1),
            stores: z.int().min(0).max(bufferLimit),
          }),
        ).length(scope.blocks),
      }),
      ...pageFlagsSchemas(scope),
      start: z.null(),
      view: z.array(word),
    },
    starts: [null],
    commands: pageFlagsCommands(scope),
    initial: () => ({
      memory: model.initial(algorithm.initial, scope.threads),
      threads: idleThreads(algorithm, scope.threads),
      held: Array.from({ length: scope.blocks }, () => 0),
      handover: Array.from({ length: scope.blocks }, () => ({ thread: 0, stores: 0 })),
    }),
    step(state, command, world) {
      const begun = begin(algorithm, state.threads, state.held, command, world);
      if (begun !== undefined && "pointer" in command) receive(state, command.thread, command.pointer);
      return begun === "access" ? access(state, command.thread, world) : begun;
    },
    view: (state) => model.values(state.memory as Memory),
    ...(model.flush === undefined ? {} : { internal: flushes }),
    always: pageHealth(algorithm, model),
    sometimes: {
      "all blocks are handed out": ({ held }) => held.every((one) => one !== 0),
      ...(scope.operations.includes("mallocAligned")
        ? { "an interior pointer is handed out": ({ held }) => held.some((one) => one % 2 === 1) }
        : {}),
    },
    actor: ({ thread: index }) => `thread ${index}`,
    show: (state) => showState(algorithm, model, state),
  };
}
