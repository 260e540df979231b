/**
 * Page flags, the specification: what callers of a shared page of memory blocks may rely on.
 *
 * Actors: threads that allocate, allocate aligned, free and ask for sizes, at the same time; a pointer may be freed by
 * any thread once its allocation has answered.
 *
 * Promised:
 * - A block is free, or handed out at its start, or handed out as an interior pointer (an aligned allocation).
 * - An allocation answers a block that is free at some moment between its call and its answer, or null: another page
 *   would serve it.
 * - A freed block is free at some moment between the call of `free` and its answer, and not before.
 * - Memory that was given back can be had again: when nothing is going on and the threads allocate one after another,
 *   all free blocks are handed out.
 * - The usable size is what is left of the block behind the pointer.
 * - No two accesses race, as far as whoever answers can tell.
 *
 * Operations overlap: a command carries out one piece of one thread's operation, and any piece may answer. That makes
 * this machine the observer of linearizability: an answer is allowed when the operations can be put into an order that
 * respects their calls and answers. Only frees have to be ordered before another thread's answer: they alone make
 * room for it.
 *
 * The model refuses to know flags, owners, lists, words, pages and the number of pieces of an operation.
 *
 * @module
 */
import { z } from "zod";
import type { Machine, World } from "../lockstep/machine.ts";

/** Sizes of one instance. */
export interface PageFlagsScope {
  /** 1 to 3. */
  readonly threads: number;
  /** 1 to 3. */
  readonly blocks: number;
  /** What the callers ask for. */
  readonly operations: readonly (PageCall["operation"] | "allocateAll")[];
}

/** Calls an operation and carries out its first piece. A pointer is 2 * block + 2, an interior one 1 more. */
export type PageCall =
  | { readonly kind: "call"; readonly thread: number; readonly operation: "malloc" | "mallocAligned" }
  | {
    readonly kind: "call";
    readonly thread: number;
    readonly operation: "free" | "usableSize";
    readonly pointer: number;
  };

/** A command of one thread: a call, or the next piece of what it is doing. */
export type PageThreadCommand = PageCall | { readonly kind: "step"; readonly thread: number };

/** A command. `allocateAll`: nothing else is going on, and the threads allocate in turn until none is answered a block. */
export type PageFlagsCommand = PageThreadCommand | { readonly kind: "allocateAll" };

/**
 * The operation goes on, or has answered: a pointer or 0 for allocations, 0 for `free`, 1 or 2 units for a size. Never
 * allowed: two accesses that nothing orders, one of them plain, and why nothing does.
 */
export type PageFlagsReply =
  | { readonly kind: "running" }
  | { readonly kind: "answered"; readonly value: number }
  /** What `allocateAll` was answered, in ascending order. */
  | { readonly kind: "allocated"; readonly pointers: readonly number[] }
  | { readonly kind: "raced"; readonly access: string; readonly with: string; readonly because: string };

/** What one thread is doing. */
export interface PendingOperation {
  operation: "none" | "malloc" | "mallocAligned" | "free" | "usableSize";
  /** The pointer of `free` and `usableSize`. */
  pointer: number;
  /** Whether a `free` has made its block free. */
  done: boolean;
}

/** State: the pointer that is handed out of each block, 0 = free. */
export interface PageFlagsState {
  blocks: number[];
  threads: PendingOperation[];
}

/** Every command of a scope, simplest first. */
export function pageFlagsCommands({ threads, blocks, operations }: PageFlagsScope): PageFlagsCommand[] {
  const everyThread = Array.from({ length: threads }, (_, thread) => thread);
  const pointers = Array.from({ length: 2 * blocks }, (_, index) => index + 2);
  const commands: PageFlagsCommand[] = everyThread.map((thread) => ({ kind: "step", thread }));
  for (const operation of operations) {
    if (operation === "allocateAll") {
      commands.push({ kind: "allocateAll" });
      continue;
    }
    for (const thread of everyThread) {
      if (operation === "malloc" || operation === "mallocAligned") {
        commands.push({ kind: "call", thread, operation });
      } else {commands.push(
          ...pointers.map((pointer) => ({ kind: "call", thread, operation, pointer } as const)),
        );}
    }
  }
  return commands;
}

/** Schemas of commands and replies, shared with the mechanism. */
export function pageFlagsSchemas({ threads, blocks }: PageFlagsScope): {
  readonly command: z.ZodType<PageFlagsCommand>;
  readonly reply: z.ZodType<PageFlagsReply>;
} {
  const thread = z.int().min(0).max(threads - 1);
  const pointer = z.int().min(2).max(2 * blocks + 1);
  const kind = z.literal("call");
  return {
    command: z.union([
      z.strictObject({ kind: z.literal("step"), thread }),
      z.strictObject({ kind, thread, operation: z.enum(["malloc", "mallocAligned"]) }),
      z.strictObject({ kind, thread, operation: z.enum(["free", "usableSize"]), pointer }),
      z.strictObject({ kind: z.literal("allocateAll") }),
    ]),
    reply: z.union([
      z.strictObject({ kind: z.literal("running") }),
      z.strictObject({ kind: z.literal("answered"), value: z.int().min(0).max(63) }),
      z.strictObject({
        kind: z.literal("allocated"),
        pointers: z.array(z.int().min(1).max(63)).max(2 * blocks),
      }),
      z.strictObject({ kind: z.literal("raced"), access: z.string(), with: z.string(), because: z.string() }),
    ]),
  };
}

/** Why commands are refused, in the words of both machines. */
export const refusals = {
  nothingRuns: "the thread carries out nothing",
  busy: "the thread carries out an operation",
  notCallers: "the pointer is not handed out, or another thread uses it",
  notQuiet: "some thread carries out an operation",
} as const;

/**
 * Whether a caller may make this call: its pointer is handed out, and nobody is freeing it or asking for its size.
 *
 * @param held What is handed out of each block, 0 = nothing.
 */
export function mayCall(
  call: PageCall,
  held: readonly number[],
  threads: readonly Pick<PendingOperation, "operation" | "pointer">[],
): boolean {
  if (!("pointer" in call)) return true;
  if (!held.includes(call.pointer)) return false;
  for (const { operation, pointer } of threads) {
    if (pointer !== call.pointer) continue;
    // A size may be asked by several threads at once, but not while the pointer goes away.
    if (operation === "free" || operation === "usableSize" && call.operation === "free") return false;
  }
  return true;
}

/** Who carries out a command. */
export function pageActor(command: PageFlagsCommand): string {
  return command.kind === "allocateAll" ? "all threads" : `thread ${command.thread}`;
}

/** What the operation of `thread` may answer now. */
function allowedAnswers({ blocks, threads }: PageFlagsState, thread: number): number[] {
  const pending = threads[thread]!;
  switch (pending.operation) {
    case "none":
      return [];
    case "free":
      return [0];
    case "usableSize":
      return [pending.pointer % 2 === 0 ? 2 : 1];
    case "malloc":
    case "mallocAligned": {
      const offset = pending.operation === "malloc" ? 2 : 3;
      const room = (block: number) =>
        blocks[block] === 0 ||
        threads.some(({ operation, pointer, done }) =>
          operation === "free" && !done && pointer >> 1 === block + 1
        );
      return [0, ...blocks.keys().filter(room).map((block) => 2 * block + offset)];
    }
  }
}

/** The operation of `thread` answers `value`: it takes effect, and before it a free that made room for it. */
function take(state: PageFlagsState, thread: number, value: number): void {
  const pending = state.threads[thread]!;
  if (pending.operation === "free") {
    if (!pending.done) state.blocks[(pending.pointer >> 1) - 1] = 0;
  } else if (value !== 0 && pending.operation !== "usableSize") {
    const block = (value >> 1) - 1;
    if (state.blocks[block] !== 0) {
      state.threads.find(({ operation, pointer, done }) =>
        operation === "free" && !done && pointer >> 1 === block + 1
      )!.done = true;
    }
    state.blocks[block] = value;
  }
  state.threads[thread] = { operation: "none", pointer: 0, done: false };
}

/** All blocks that are free are handed out at their starts. */
function takeAll({ blocks }: PageFlagsState): PageFlagsReply {
  const free = blocks.flatMap((handed, block) => handed === 0 ? [block] : []);
  for (const block of free) blocks[block] = 2 * block + 2;
  return { kind: "allocated", pointers: free.map((block) => 2 * block + 2) };
}

/** A call or a later piece of an operation: it goes on, or answers what is allowed now. */
function stepPage(
  state: PageFlagsState,
  command: PageFlagsCommand,
  world: World<PageFlagsReply>,
): PageFlagsReply | undefined {
  if (command.kind === "allocateAll") {
    const quiet = state.threads.every(({ operation }) => operation === "none");
    return quiet ? takeAll(state) : world.refuse(refusals.notQuiet);
  }
  const own = state.threads[command.thread]!;
  if (command.kind === "step") {
    if (own.operation === "none") return world.refuse(refusals.nothingRuns);
  } else {
    const held = state.blocks.filter((handed) => handed !== 0);
    if (own.operation !== "none") return world.refuse(refusals.busy);
    if (!mayCall(command, held, state.threads)) return world.refuse(refusals.notCallers);
    own.operation = command.operation;
    own.pointer = "pointer" in command ? command.pointer : 0;
    own.done = false;
  }
  const answers = allowedAnswers(state, command.thread);
  const choice = world.choose(answers.length + 1, (heard) => {
    if (heard.kind !== "answered") return heard.kind === "running" ? 0 : "impossible";
    const index = answers.indexOf(heard.value);
    return index < 0 ? "impossible" : index + 1;
  });
  if (choice === 0) return { kind: "running" };
  take(state, command.thread, answers[choice - 1]!);
  return { kind: "answered", value: answers[choice - 1]! };
}

/** The specification; its mechanisms show their words as the view, it shows nothing. */
export type PageSpecification = Machine<
  PageFlagsState,
  PageFlagsCommand,
  PageFlagsReply,
  null,
  readonly number[]
>;

/** The specification as a machine, and the observer of linearizability. @throws {RangeError} for a scope out of range */
export function pageFlags(scope: PageFlagsScope): PageSpecification {
  const { threads, blocks } = scope;
  for (const [name, value] of [["threads", threads], ["blocks", blocks]] as const) {
    if (!Number.isInteger(value) || value < 1 || value > 3) {
      throw new RangeError(`Cannot build page flags: ${name} is ${value}, must be 1 to 3`);
    }
  }
  const pointer = z.int().min(0).max(2 * blocks + 1);
  const pending = z.strictObject({
    operation: z.enum(["none", "malloc", "mallocAligned", "free", "usableSize"]),
    pointer,
    done: z.boolean(),
  });
  return {
    name: "page-flags",
    schema: {
      state: z.strictObject({
        blocks: z.array(pointer).length(blocks),
        threads: z.array(pending).length(threads),
      }),
      ...pageFlagsSchemas(scope),
      start: z.null(),
    },
    starts: [null],
    commands: pageFlagsCommands(scope),
    initial: () => ({
      blocks: Array.from({ length: blocks }, () => 0),
      threads: Array.from(
        { length: threads },
        () => ({ operation: "none" as const, pointer: 0, done: false }),
      ),
    }),
    step: stepPage,
    always: {
      "no block is handed out twice": ({ blocks: handed }) =>
        new Set(handed.filter((one) => one !== 0)).size === handed.filter((one) => one !== 0).length,
      "a handed-out pointer points into its block": ({ blocks: handed }) =>
        handed.every((one, block) => one === 0 || one >> 1 === block + 1),
    },
    sometimes: {
      "all blocks are handed out": ({ blocks: handed }) => handed.every((one) => one !== 0),
      ...(scope.operations.includes("mallocAligned")
        ? { "an interior pointer is handed out": ({ blocks: handed }) => handed.some((one) => one % 2 === 1) }
        : {}),
      ...(threads > 1
        ? {
          "two operations overlap": ({ threads: all }) =>
            all.filter(({ operation }) => operation !== "none").length > 1,
        }
        : {}),
    },
    actor: pageActor,
    show({ blocks: handed, threads: all }) {
      const held = handed.filter((one) => one !== 0).join(", ") || "none";
      const busy = all.map(({ operation, pointer: used }, thread) =>
        `${thread} ${operation === "none" ? "idle" : operation}${used === 0 ? "" : ` ${used}`}`
      );
      return `held: ${held}; threads: ${busy.join(", ")}`;
    },
  };
}
