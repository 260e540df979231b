/**
 * Page flags under RC11: an algorithm, run access by access by a client that calls whatever its ledger of handed-out
 * pointers permits, as often as its budget allows. An execution graph keeps all that has happened, so that a client
 * without a budget would never come back to a state.
 *
 * Who uses a pointer that another thread allocated has been told so: the allocating thread releases it to a word of the
 * block right after its answer, and whoever uses it acquires it there. Callers that synchronise more hide more races.
 *
 * @module
 */
import { z } from "zod";
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { blockOf } from "../../impl/page_flags/algorithm.ts";
import type { Machine, World } from "../../lockstep/machine.ts";
import { showRace } from "../../model/memory/check_litmus.ts";
import type { ExecutionGraph } from "../../model/memory/execution_graph.ts";
import type { Chooser, DataRace } from "../../model/memory/memory_model.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { pageActor, pageFlagsCommands, pageFlagsSchemas } from "../../model/page_flags.ts";
import {
  begin,
  follow,
  idleClient,
  largestWord,
  type PageClient,
  pageClientSchema,
  phaseStep,
  showClient,
  whyUnordered,
} from "./client.ts";

/** State: the execution so far, the threads, the client's ledger, and the calls that it may still make. */
export interface PageC11State extends PageClient {
  graph: ExecutionGraph;
  /** Of each held block: the thread that allocated it. */
  allocatedBy: number[];
  calls: number;
  raced: boolean;
}

/** The mechanism under RC11; it shows no words, since there is no memory to look at. */
export type PageC11Machine = Machine<PageC11State, PageFlagsCommand, PageFlagsReply>;

/** Most accesses of one thread; more end the search on that path, and the result says so. */
const mostAccesses = 32;

const newest: Chooser = { choose: (count) => count - 1 };

/** Carries out accesses of the threads on the execution of a state. */
class GraphAccesses {
  readonly #algorithm: PageAlgorithm;
  /** Names of the page's words, and of those by which callers tell each other of blocks. */
  readonly words: readonly string[];

  constructor(algorithm: PageAlgorithm) {
    this.#algorithm = algorithm;
    const told = Array.from({ length: algorithm.blocks }, (_, block) => `told[${block}]`);
    this.words = [...algorithm.words, ...told];
  }

  /** A thread uses a pointer that another one allocated: it has been told so. */
  hear({ graph }: PageC11State, thread: number, pointer: number): void {
    const location = this.#algorithm.words.length + blockOf(pointer);
    rc11.perform(graph, thread, { kind: "load", location, order: "acquire" }, newest);
  }

  /** The next access of a thread. */
  next(state: PageC11State, index: number, world: World<PageFlagsReply>): PageFlagsReply | undefined {
    const own = state.threads[index]!;
    const allocates = own.operation === "malloc" || own.operation === "mallocAligned";
    const { access, then } = phaseStep(this.#algorithm, index, own);
    // One access more than the own one: a pointer that is answered is told.
    if (state.graph.threads[index]!.length > mostAccesses - 2) {
      world.cut(`a thread makes more than ${mostAccesses - 2} accesses`);
    }
    const read = rc11.perform(state.graph, index, access, world);
    if (read === undefined) return undefined;
    const race = rc11.raceOfLast!(state.graph, index);
    if (race !== undefined) return this.#raced(state, race);
    const reply = follow(own, state.held, then(read));
    if (allocates && reply.kind === "answered" && state.held.includes(reply.value) && reply.value !== 0) {
      state.allocatedBy[blockOf(reply.value)] = index;
      this.#tell(state, index, reply.value);
    }
    return reply;
  }

  #tell({ graph }: PageC11State, thread: number, pointer: number): void {
    const location = this.#algorithm.words.length + blockOf(pointer);
    rc11.perform(graph, thread, { kind: "store", location, value: pointer, order: "release" }, newest);
  }

  #raced(state: PageC11State, race: DataRace): PageFlagsReply {
    state.raced = true;
    const said = ({ order, kind, thread }: DataRace["first"]) =>
      `${order} ${kind} of ${this.words[race.location]} by thread ${thread}`;
    return {
      kind: "raced",
      access: said(race.second),
      with: said(race.first),
      because: whyUnordered(race.first.thread, race.first.index + 1, race.lastOrderedIndex + 1),
    };
  }
}

function stateSchema(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  locations: number,
  calls: number,
): z.ZodType<PageC11State> {
  return z.strictObject({
    graph: rc11.schema({
      threads: scope.threads,
      locations,
      accessesPerThread: mostAccesses,
      minValue: 0,
      maxValue: largestWord,
    }),
    ...pageClientSchema(algorithm, scope),
    allocatedBy: z.array(z.int().min(0).max(scope.threads - 1)).length(scope.blocks),
    calls: z.int().min(0).max(calls),
    raced: z.boolean(),
  });
}

/** Makes the machine; `calls` is the budget of the client. */
export function pageC11Machine(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  calls: number,
): PageC11Machine {
  const accesses = new GraphAccesses(algorithm);
  const { words } = accesses;
  const blocks = Array.from({ length: scope.blocks }, () => 0);
  return {
    name: `page-flags-${algorithm.name.replaceAll(" ", "-")}-c11`,
    schema: {
      state: stateSchema(algorithm, scope, words.length, calls),
      ...pageFlagsSchemas(scope),
      start: z.null(),
    },
    starts: [null],
    commands: pageFlagsCommands(scope).filter(({ kind }) => kind !== "allocateAll"),
    initial: () => ({
      graph: rc11.initial([...algorithm.initial, ...blocks], scope.threads),
      ...idleClient(algorithm, scope),
      allocatedBy: [...blocks],
      calls,
      raced: false,
    }),
    step(state, command, world) {
      if (command.kind === "allocateAll") return world.refuse("a graph does not say when everybody has met");
      if (state.raced) return world.refuse("two accesses have raced");
      if (
        command.kind === "call" && state.calls === 0 && state.threads[command.thread]!.operation === "none"
      ) {
        world.cut(`the client has made ${calls} calls`);
      }
      const begun = begin(algorithm, state, command, world);
      if (begun !== undefined && command.kind === "call") {
        state.calls--;
        if ("pointer" in command && state.allocatedBy[blockOf(command.pointer)] !== command.thread) {
          accesses.hear(state, command.thread, command.pointer);
        }
      }
      return begun === "access" ? accesses.next(state, command.thread, world) : begun;
    },
    always: { "cause: no data race": ({ raced }) => !raced },
    sometimes: { "all blocks are handed out": ({ held }) => held.every((one) => one !== 0) },
    done: ({ calls, threads, raced }) =>
      raced || calls === 0 && threads.every(({ operation }) => operation === "none"),
    actor: pageActor,
    show(state) {
      const race = state.threads.map((_, index) => rc11.raceOfLast!(state.graph as ExecutionGraph, index))
        .find((one) => one !== undefined);
      return race === undefined ? showClient(state) : showRace(race, words);
    },
  };
}
