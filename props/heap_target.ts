/**
 * mimalloc as a target of the heap specification: every call is made by the real thread that the command names, and
 * all blocks are looked at after every command.
 *
 * @module
 */
import type { HeapJob, HeapJobDone } from "../impl/mimalloc/heap_worker.ts";
import { isFilled } from "../ffi/filled.ts";
import { mimallocFile, mimallocVersion } from "../impl/mimalloc/mimalloc.ts";
import { JobThread } from "../impl/threads.ts";
import type { Probe, Subject, Target } from "../lockstep/machine.ts";
import type { Walk } from "../lockstep/walk.ts";
import type { HeapCommand, HeapFault, HeapReply, HeapScope, HeapState, HeapView } from "../model/heap.ts";

/** A thread that calls mimalloc. */
export type HeapThread = JobThread<HeapJob, HeapJobDone>;

/** Starts one. */
export function heapThread(): HeapThread {
  return new JobThread(new URL("../impl/mimalloc/heap_worker.ts", import.meta.url));
}

/** Says whether mimalloc is installed. */
export function probeMimalloc(): Probe {
  try {
    return { missing: [], facts: { version: mimallocVersion() } };
  } catch (error) {
    return { missing: [error instanceof Error ? error.message : String(error)], facts: {} };
  }
}

interface LiveBlock {
  readonly address: bigint;
  readonly usable: number;
  readonly fill: number;
  readonly alignment: number;
}

class HeapSubject implements Subject<HeapCommand, HeapReply, HeapView> {
  readonly #threads: readonly HeapThread[];
  readonly #blocks: (LiveBlock | undefined)[];
  #fill = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(threads: readonly HeapThread[], { blocks }: HeapScope) {
    this.#threads = threads;
    this.#blocks = Array.from({ length: blocks }, () => undefined);
  }

  perform(command: HeapCommand): Promise<HeapReply> {
    const reply = this.#perform(command);
    this.#last = reply.catch(() => {});
    return reply;
  }

  async #perform(command: HeapCommand): Promise<HeapReply> {
    const thread = this.#threads[command.thread]!;
    this.#fill = this.#fill % 250 + 1;
    const fill = this.#fill;
    if (command.kind === "allocate") {
      const { bytes, alignment, as } = command;
      return this.#note(
        as,
        bytes,
        alignment,
        fill,
        await thread.do({ kind: "allocate", bytes, alignment, fill }),
      );
    }
    const { block } = command;
    const { address } = this.#blocks[block]!;
    this.#blocks[block] = undefined;
    if (command.kind === "free") {
      await thread.do({ kind: "free", address });
      return { kind: "freed" };
    }
    const { bytes } = command;
    return this.#note(block, bytes, 0, fill, await thread.do({ kind: "reallocate", address, bytes, fill }));
  }

  view(): HeapView {
    return this.#blocks.map((block) =>
      block === undefined ? null : isFilled(block.address, block.usable, block.fill)
    );
  }

  /** Gives all blocks back, once the calls under way are over. */
  [Symbol.dispose](): void {
    this.#last.then(() => {
      for (const block of this.#blocks) {
        if (block !== undefined) {
          this.#threads[0]!.do({ kind: "free", address: block.address }).catch(() => {});
        }
      }
    });
  }

  #note(name: number, bytes: number, alignment: number, fill: number, done: HeapJobDone): HeapReply {
    if (done.kind !== "block" || done.address === 0n) return { kind: "allocated", faults: ["null"] };
    const { address, usable, kept } = done;
    const faults: HeapFault[] = [];
    if (alignment > 0 && address % BigInt(alignment) !== 0n) faults.push("misaligned");
    if (usable < bytes) faults.push("short");
    const overlaps = this.#blocks.some((other) =>
      other !== undefined && address < other.address + BigInt(other.usable) &&
      other.address < address + BigInt(usable)
    );
    if (overlaps) faults.push("overlaps");
    if (!kept) faults.push("contents lost");
    this.#blocks[name] = { address, usable, fill, alignment };
    return { kind: "allocated", faults };
  }
}

/**
 * mimalloc with one real thread for each thread of the scope. They are started with the first subject and end when the
 * target is disposed.
 */
export function mimallocTarget(
  scope: HeapScope,
  start: () => HeapThread = heapThread,
): Target<HeapCommand, HeapReply, null, HeapView> & Disposable {
  let threads: readonly HeapThread[] = [];
  return {
    name: `${mimallocFile} on ${scope.threads} real threads`,
    asynchronous: true,
    probe: probeMimalloc,
    open() {
      if (threads.length === 0) threads = Array.from({ length: scope.threads }, start);
      return new HeapSubject(threads, scope);
    },
    [Symbol.dispose]() {
      for (const thread of threads) thread[Symbol.dispose]();
      threads = [];
    },
  };
}

/** How a heap is walked. */
export const heapWalk: Walk<HeapState, HeapCommand, HeapReply> = {
  weights: { allocate: 3, reallocate: 1, free: 4 },
  labels: {
    "an aligned block was allocated": ({ command }) => command.kind === "allocate" && command.alignment > 0,
    "a block was moved": ({ command }) => command.kind === "reallocate",
    "a block was freed": ({ command }) => command.kind === "free",
    "all blocks were live": ({ after }) => after.blocks.every((size) => size > 0),
  },
};
