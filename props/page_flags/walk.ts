/**
 * How pages are walked: over the mechanism, which knows what each thread is about to do, or over the specification.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { Walk } from "../../lockstep/walk.ts";
import type { ScMemory } from "../../model/memory/sc.ts";
import type {
  PageFlagsCommand,
  PageFlagsReply,
  PageFlagsScope,
  PageFlagsState,
} from "../../model/page_flags.ts";
import { pageFlagsCommands } from "../../model/page_flags.ts";
import { phaseStep } from "./client.ts";
import type { PageMechanismState } from "./machine.ts";

type MechanismState = PageMechanismState<ScMemory>;

/** What a walk looks at in a state. */
interface Sight<State> {
  /** The pointers that callers hold, 0 = none. */
  held(state: State): readonly number[];
  /** How likely the next access of a thread is. */
  step(state: State, thread: number): number;
  /** How likely the beginning of an allocation is. */
  allocate(state: State, thread: number, operation: "malloc" | "mallocAligned"): number;
}

function walkOf<State extends { readonly threads: readonly { readonly operation: string }[] }>(
  scope: PageFlagsScope,
  sight: Sight<State>,
): Walk<State, PageFlagsCommand, PageFlagsReply> {
  const all = pageFlagsCommands(scope);
  const weight = (state: State, command: PageFlagsCommand): number => {
    if (command.kind === "allocateAll") {
      const quiet = state.threads.every(({ operation }) => operation === "none");
      return quiet && sight.held(state).includes(0) ? 0.5 : 0;
    }
    const { operation } = state.threads[command.thread]!;
    if (command.kind === "step") return operation === "none" ? 0 : sight.step(state, command.thread);
    if (operation !== "none") return 0;
    if ("pointer" in command) return sight.held(state).includes(command.pointer) ? 1 : 0;
    return sight.allocate(state, command.thread, command.operation);
  };
  return {
    propose(state, draw) {
      const weights = all.map((command) => Math.round(10 * weight(state as State, command)));
      const total = weights.reduce((sum, one) => sum + one, 0);
      if (total === 0) return undefined;
      let left = draw.integer(0, total - 1);
      return all[weights.findIndex((one) => (left -= one) < 0)];
    },
    labels: {
      "a block was handed out at its start": ({ command, reply }) =>
        isAllocation(command) && reply.kind === "answered" && reply.value >= 2 && reply.value % 2 === 0,
      "an interior pointer was handed out": ({ reply }) =>
        reply.kind === "answered" && reply.value >= 3 && reply.value % 2 === 1,
      "an allocation answered null": ({ command, reply, after }) =>
        command.kind === "call" && isAllocation(command) && reply.kind === "answered" && reply.value === 0 &&
        sight.held(after as State).length > 0,
      "all blocks were handed out": ({ after }) =>
        sight.held(after as State).every((pointer) => pointer !== 0),
      ...(scope.operations.includes("allocateAll")
        ? {
          "all free blocks were handed out at once": ({ reply }: { reply: PageFlagsReply }) =>
            reply.kind === "allocated" && reply.pointers.length > 0,
        }
        : {}),
      "two operations overlapped": ({ after }) =>
        (after as State).threads.filter(({ operation }) => operation !== "none").length > 1,
    },
  };
}

/** Whether the answer to `command` may be a block. A later piece of an operation does not say of which it is one. */
function isAllocation(command: PageFlagsCommand): boolean {
  return command.kind === "step" || command.kind === "call" && !("pointer" in command);
}

/**
 * Looks for races: a thread that is about to publish something often has to wait while others do anything else, and
 * allocations that can only answer null are rare.
 */
export function mechanismWalk(
  scope: PageFlagsScope,
  algorithm: PageAlgorithm,
): Walk<MechanismState, PageFlagsCommand, PageFlagsReply> {
  return walkOf<MechanismState>(scope, {
    held: ({ held }) => held,
    step(state, index) {
      const { access } = phaseStep(algorithm, index, state.threads[index]!);
      return access.kind === "update" || access.kind === "compareExchange" ? 1 : 8;
    },
    allocate(state, thread, operation) {
      const next = algorithm.start(operation, { thread, local: state.threads[thread]!.local }, 0);
      return next.kind === "answer" ? 0.1 : operation === "mallocAligned" ? 6 : 4;
    },
  });
}

/** The same where only calls and answers are known. */
export function specificationWalk(
  scope: PageFlagsScope,
): Walk<PageFlagsState, PageFlagsCommand, PageFlagsReply> {
  return walkOf<PageFlagsState>(scope, {
    held: ({ blocks }) => blocks,
    step: () => 8,
    allocate: (_state, _thread, operation) => operation === "mallocAligned" ? 6 : 4,
  });
}
