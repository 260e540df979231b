/**
 * Page flags under RC11 with a client that calls for ever: the memory forgets what nobody can read any more, so that the
 * client comes back to states where it has been.
 *
 * Who uses a pointer that another thread allocated knows what that thread knew when it answered, as in
 * {@link file://./c11_machine.ts}, which keeps whole executions and needs a budget for them.
 *
 * @module
 */
import { z } from "zod";
import { blockOf, type PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, Machine, World } from "../../lockstep/machine.ts";
import { type Message, type View, type ViewMemory, type ViewRace, Views } from "../../model/memory/views.ts";
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

/** State: the memory, the client, and whether two accesses have raced. */
export interface PageViewsState extends PageClient {
  memory: ViewMemory;
  raced: boolean;
}

/** The mechanism under RC11 without a budget; it shows no words, since threads see different ones. */
export type PageViewsMachine = Machine<PageViewsState, PageFlagsCommand, PageFlagsReply>;

const newest = { choose: (count: number) => count - 1 };

class Accesses {
  readonly algorithm: PageAlgorithm;
  readonly views: Views;
  readonly #mostMessages: number;

  constructor(algorithm: PageAlgorithm, scope: PageFlagsScope, messages: number) {
    const { initial, plain, continued } = algorithm;
    const { threads, blocks } = scope;
    this.algorithm = algorithm;
    this.#mostMessages = messages;
    this.views = new Views({
      threads,
      initial,
      plain,
      continued,
      kept: blocks,
      messages,
      maxValue: largestWord,
    });
  }

  /** The next access of a thread. */
  next(state: PageViewsState, index: number, world: World<PageFlagsReply>): PageFlagsReply | undefined {
    const own = state.threads[index]!;
    const allocates = own.operation === "malloc" || own.operation === "mallocAligned";
    const { access, then } = phaseStep(this.algorithm, index, own);
    const read = this.views.perform(state.memory, index, access, world);
    if (read === undefined) return undefined;
    if (typeof read === "object") return this.#raced(state, index, read);
    if (this.views.overflows(state.memory)) {
      world.cut(`more than ${this.#mostMessages} values of one word may still be read`);
    }
    const reply = follow(own, state.held, then(read));
    if (allocates && reply.kind === "answered" && reply.value !== 0 && state.held.includes(reply.value)) {
      this.views.keep(state.memory, blockOf(reply.value), index);
    }
    return reply;
  }

  /** A thread begins to use a pointer; who frees it is the last to do so. */
  use(state: PageViewsState, thread: number, operation: string, pointer: number): void {
    this.views.hear(state.memory, blockOf(pointer), thread);
    if (operation === "free") this.views.drop(state.memory, blockOf(pointer));
  }

  /** Nothing is going on, and everybody knows what has happened. */
  everything(state: PageViewsState, world: World<PageFlagsReply>): PageFlagsReply | undefined {
    if (state.threads.some(({ operation }) => operation !== "none")) return world.refuse(refusals.notQuiet);
    const reply = takeEverything(this.algorithm, state, (thread, access) => {
      this.views.meet(state.memory);
      return this.views.perform(state.memory, thread, access, newest) as number;
    });
    this.views.meet(state.memory);
    for (const [block, pointer] of state.held.entries()) {
      if (pointer !== 0) this.views.keep(state.memory, block, 0);
    }
    return reply;
  }

  #raced(
    state: PageViewsState,
    index: number,
    { location, kind, earlier, thread }: ViewRace,
  ): PageFlagsReply {
    state.raced = true;
    const word = this.algorithm.words[location];
    const by = thread === undefined ? "another thread" : `thread ${thread}`;
    return {
      kind: "raced",
      access: `plain ${kind} of ${word} by thread ${index}`,
      with: `plain ${earlier} of ${word} by ${by}`,
      because: `it was made earlier, and thread ${index} has acquired nothing that was released after it`,
    };
  }
}

function showView({ seen, knows }: DeepReadonly<View>): string {
  return `from ${seen.join(" ")} knows ${knows.toString(2)}`;
}

function showState({ plain, words }: PageAlgorithm, state: DeepReadonly<PageViewsState>): string {
  const atomic = words.filter((_, word) => !plain.includes(word));
  const list = (messages: readonly DeepReadonly<Message>[]) => messages.map(({ value }) => value).join(" ");
  return [
    ...atomic.map((name, place) => `${name}=${list(state.memory.messages[place]!)}`),
    ...plain.map((word, place) => `${words[word]}=${state.memory.cells[place]}`),
    ...state.memory.threads.map((view, thread) => `thread ${thread} ${showView(view)}`),
    showClient(state),
  ].join("; ");
}

/**
 * Makes the machine. `messages`: most values of one word that some thread may still read; a longer list ends that path,
 * and the result says so.
 */
export function pageViewsMachine(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  messages: number,
): PageViewsMachine {
  const accesses = new Accesses(algorithm, scope, messages);
  return {
    name: `page-flags-${algorithm.name.replaceAll(" ", "-")}-c11`,
    schema: {
      state: z.strictObject({
        memory: accesses.views.schema(),
        ...pageClientSchema(algorithm, scope),
        raced: z.boolean(),
      }),
      ...pageFlagsSchemas(scope),
      start: z.null(),
    },
    starts: [null],
    commands: pageFlagsCommands(scope),
    initial: () => ({
      memory: accesses.views.initial(),
      ...idleClient(algorithm, scope),
      raced: false,
    }),
    step(state, command, world) {
      if (state.raced) return world.refuse("two accesses have raced");
      if (command.kind === "allocateAll") return accesses.everything(state, world);
      const begun = begin(algorithm, state, command, world);
      if (begun !== undefined && "pointer" in command) {
        accesses.use(state, command.thread, command.operation, command.pointer);
      }
      return begun === "access" ? accesses.next(state, command.thread, world) : begun;
    },
    always: { "cause: no data race": ({ raced }) => !raced },
    sometimes: { "all blocks are handed out": ({ held }) => held.every((one) => one !== 0) },
    done: ({ raced }) => raced,
    actor: pageActor,
    show: (state) => showState(algorithm, state),
  };
}
