/**
 * Page flags, the mechanism: an algorithm, run access by access under a memory model by a most general client, which
 * calls whatever its ledger of handed-out pointers permits.
 *
 * @module
 */
import { z } from "zod";
import { blockOf, type PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, InternalMove, Machine, World } from "../../lockstep/machine.ts";
import type { Access, MemoryModel } from "../../model/memory/memory_model.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { pageActor, pageFlagsCommands, pageFlagsSchemas, refusals } from "../../model/page_flags.ts";
import {
  begin,
  follow,
  idleClient,
  largestWord,
  type PageClient,
  pageClientSchema,
  phaseStep,
  showClient,
  takeEverything,
} from "./client.ts";
import { pageHealth } from "./health.ts";

/** State: the memory, and the client. */
export interface PageMechanismState<Memory> extends PageClient {
  memory: Memory;
  /** Of each held block: the thread that allocated it, and how many of its stores before the answer are still buffered. */
  handover: { thread: number; stores: number }[];
}

/** Most stores that one buffer may hold; a longer one ends the search on that path, and the result says so. */
const bufferLimit = 5;

/** The mechanism as a machine. */
export type PageMechanism<Memory> = Machine<
  PageMechanismState<Memory>,
  PageFlagsCommand,
  PageFlagsReply,
  null,
  readonly number[]
>;

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

/** Carries out accesses of the threads on the memory of a state, and keeps track of what is still buffered. */
class BufferedAccesses<Memory> {
  readonly #algorithm: PageAlgorithm;
  readonly #model: MemoryModel<Memory>;

  constructor(algorithm: PageAlgorithm, model: MemoryModel<Memory>) {
    this.#algorithm = algorithm;
    this.#model = model;
  }

  /** The oldest buffered store of a thread reaches memory. False = there is none. */
  flush(state: PageMechanismState<Memory>, index: number): boolean {
    if (this.#model.flush?.(state.memory, index) !== true) return false;
    for (const one of state.handover) {
      if (one.thread === index && one.stores > 0 && --one.stores === 0) one.thread = 0;
    }
    return true;
  }

  /**
   * Who uses a pointer that another thread allocated has been told by a store after the answer: in order, so that all
   * stores before the answer have reached memory.
   */
  receive(state: PageMechanismState<Memory>, thread: number, pointer: number): void {
    const one = state.handover[blockOf(pointer)]!;
    while (one.stores > 0 && one.thread !== thread) this.flush(state, one.thread);
  }

  /** The next access of a thread. */
  next(
    state: PageMechanismState<Memory>,
    index: number,
    world: World<PageFlagsReply>,
  ): PageFlagsReply | undefined {
    const own = state.threads[index]!;
    const { access, then } = phaseStep(this.#algorithm, index, own);
    const read = this.#perform(state, index, access, world);
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
  }

  /** Nothing is going on, and everybody knows: no store stays buffered. */
  everything(
    state: PageMechanismState<Memory>,
    world: World<PageFlagsReply>,
  ): PageFlagsReply | undefined {
    if (state.threads.some(({ operation }) => operation !== "none")) return world.refuse(refusals.notQuiet);
    for (const index of state.threads.keys()) this.#drain(state, index);
    return takeEverything(this.#algorithm, state, (index, access) => {
      const read = this.#perform(state, index, access, world)!;
      this.#drain(state, index);
      return read;
    });
  }

  #drain(state: PageMechanismState<Memory>, index: number): void {
    while (this.flush(state, index));
  }

  /** A locked instruction waits for its own buffer: here it drains the rest of it in the same step. */
  #perform(
    state: PageMechanismState<Memory>,
    index: number,
    access: Access,
    world: World<PageFlagsReply>,
  ): number | undefined {
    let read = this.#model.perform(state.memory, index, access, world);
    while (read === undefined && this.flush(state, index)) {
      read = this.#model.perform(state.memory, index, access, world);
    }
    return read;
  }
}

function buffered({ memory }: PageMechanismState<unknown>, index: number): number {
  return (memory as { readonly buffers?: readonly unknown[][] }).buffers?.[index]?.length ?? 0;
}

function stateSchema<Memory>(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  model: MemoryModel<Memory>,
): z.ZodType<PageMechanismState<Memory>> {
  return z.strictObject({
    memory: model.schema({
      threads: scope.threads,
      locations: algorithm.words.length,
      accessesPerThread: bufferLimit,
      minValue: 0,
      maxValue: largestWord,
    }),
    ...pageClientSchema(algorithm, scope),
    handover: z.array(
      z.strictObject({
        thread: z.int().min(0).max(scope.threads - 1),
        stores: z.int().min(0).max(bufferLimit),
      }),
    ).length(scope.blocks),
  });
}

/** Makes the mechanism. `model` must have a memory to look at: SC or TSO. */
export function pageMechanism<Memory>(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  model: MemoryModel<Memory>,
): PageMechanism<Memory> {
  const accesses = new BufferedAccesses(algorithm, model);
  const flushes = Object.fromEntries(
    Array.from({ length: scope.threads }, (_, index): [string, InternalMove<PageMechanismState<Memory>>] => [
      `flush ${index}`,
      {
        actor: `store buffer ${index}`,
        move: (state, world) =>
          accesses.flush(state, index)
            ? "its oldest store reaches memory"
            : world.refuse("the store buffer is empty"),
      },
    ]),
  );
  return {
    name: `page-flags-${algorithm.name.replaceAll(" ", "-")}-${model.name}`,
    schema: {
      state: stateSchema(algorithm, scope, model),
      ...pageFlagsSchemas(scope),
      start: z.null(),
      view: z.array(z.int().min(0).max(largestWord)),
    },
    starts: [null],
    commands: pageFlagsCommands(scope),
    initial: () => ({
      memory: model.initial(algorithm.initial, scope.threads),
      ...idleClient(algorithm, scope),
      handover: Array.from({ length: scope.blocks }, () => ({ thread: 0, stores: 0 })),
    }),
    step(state, command, world) {
      if (command.kind === "allocateAll") return accesses.everything(state, world);
      const begun = begin(algorithm, state, command, world);
      if (begun !== undefined && "pointer" in command) {
        accesses.receive(state, command.thread, command.pointer);
      }
      return begun === "access" ? accesses.next(state, command.thread, world) : begun;
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
    actor: pageActor,
    show: (state) => showState(algorithm, model, state),
  };
}
