/**
 * A page in real shared memory, run step by step in the order that the commands give: by one thread for all, or each
 * thread's accesses by a real thread of its own. Accesses that race are found by happens-before, whatever they read.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { allocateAll } from "../../impl/page_flags/allocate_all.ts";
import { performOnMemory, RealPage } from "../../impl/page_flags/real_page.ts";
import type { PageThreadMemory, RunningOperation } from "../../impl/page_flags/run_operation.ts";
import { runOperation } from "../../impl/page_flags/run_operation.ts";
import type { Probe, Subject, Target } from "../../lockstep/machine.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import { VectorClocks, type WatchedAccess } from "../../model/memory/vector_clocks.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { whyUnordered } from "./client.ts";
import { pageThread, type PageThreadWorker } from "./workers.ts";

interface StepThread {
  readonly memory: PageThreadMemory;
  running: RunningOperation | undefined;
  /** The operation answers a pointer. */
  allocates: boolean;
  /** The access that the operation makes next. */
  access: Access | undefined;
}

/** Who makes the accesses of a thread. */
type Perform = (page: RealPage, thread: number, access: Access) => number | Promise<number>;

class PageSubject implements Subject<PageFlagsCommand, PageFlagsReply, readonly number[]> {
  readonly #algorithm: PageAlgorithm;
  readonly #perform: Perform;
  readonly #page: RealPage;
  readonly #clocks: VectorClocks;
  readonly #watches: boolean;
  /** By pointer that is handed out, what its allocator knew: whoever uses the pointer was told so by the caller. */
  readonly #told = new Map<number, Int32Array>();
  readonly #threads: StepThread[];
  /** An access that a real thread may still make. */
  #outstanding: Promise<unknown> | undefined;

  constructor(algorithm: PageAlgorithm, threads: number, perform: Perform, watches: boolean) {
    this.#algorithm = algorithm;
    this.#watches = watches;
    this.#perform = perform;
    this.#page = new RealPage(algorithm.initial);
    this.#clocks = new VectorClocks(threads);
    this.#threads = Array.from({ length: threads }, (_, thread) => ({
      memory: { thread, local: algorithm.initialLocal(thread) },
      running: undefined,
      allocates: false,
      access: undefined,
    }));
  }

  perform(command: PageFlagsCommand): PageFlagsReply | Promise<PageFlagsReply> {
    if (command.kind === "allocateAll") return this.#allocateAll();
    const thread = this.#threads[command.thread]!;
    if (command.kind === "call") {
      const pointer = "pointer" in command ? command.pointer : 0;
      const told = this.#told.get(pointer);
      if (told !== undefined) this.#clocks.learn(command.thread, told);
      thread.allocates = !("pointer" in command);
      thread.running = runOperation(this.#algorithm, command.operation, thread.memory, pointer);
      const begun = this.#note(command.thread, thread.running.next(0));
      if (begun.kind === "answered") return begun;
    }
    const read = this.#perform(this.#page, command.thread, thread.access!);
    if (typeof read === "number") return this.#made(command.thread, read);
    this.#outstanding = read;
    return read.then((value) => {
      this.#outstanding = undefined;
      return this.#made(command.thread, value);
    });
  }

  /** Nothing is going on, and everybody knows: what is allocated now is ordered after all that has happened. */
  #allocateAll(): PageFlagsReply | Promise<PageFlagsReply> {
    const running = allocateAll(this.#algorithm, this.#threads.map(({ memory }) => memory));
    const meet = () => {
      for (const from of this.#threads.keys()) {
        for (const to of this.#threads.keys()) this.#clocks.learn(to, this.#clocks.knownTo(from));
      }
    };
    const answer = (pointers: readonly number[]): PageFlagsReply => {
      meet();
      for (const pointer of pointers) this.#told.set(pointer, this.#clocks.knownTo(0));
      return { kind: "allocated", pointers };
    };
    const goOn = (read: number): PageFlagsReply | Promise<PageFlagsReply> => {
      for (let next = running.next(read);;) {
        if (next.done === true) return answer(next.value);
        const { thread, access } = next.value;
        meet();
        const made = this.#perform(this.#page, thread, access);
        const noted = (value: number): number => {
          this.#clocks.access(thread, access, value);
          return value;
        };
        if (typeof made !== "number") {
          this.#outstanding = made;
          return made.then((value) => {
            this.#outstanding = undefined;
            return goOn(noted(value));
          });
        }
        next = running.next(noted(made));
      }
    };
    return goOn(0);
  }

  view(): readonly number[] {
    return this.#page.values();
  }

  /** Whoever gives up while a real thread is still at the memory leaves it mapped until that access is over. */
  [Symbol.dispose](): void {
    if (this.#outstanding === undefined) this.#page[Symbol.dispose]();
    else this.#outstanding.finally(() => this.#page[Symbol.dispose]()).catch(() => {});
  }

  /** The thread has made its access: on to the next, unless it raced with an earlier one. */
  #made(index: number, read: number): PageFlagsReply {
    const thread = this.#threads[index]!;
    const race = this.#clocks.access(index, thread.access!, read);
    if (race === undefined || !this.#watches) return this.#note(index, thread.running!.next(read));
    const word = this.#algorithm.words[race.location]!;
    const said = ({ order, kind, thread: by }: WatchedAccess) =>
      `${order} ${kind} of ${word} by thread ${by}`;
    const { earlier, later, earlierAt, known } = race;
    return {
      kind: "raced",
      access: said(later),
      with: said(earlier),
      because: whyUnordered(earlier.thread, earlierAt, known),
    };
  }

  #note(index: number, next: IteratorResult<Access, number>): PageFlagsReply {
    const thread = this.#threads[index]!;
    thread.access = next.done === true ? undefined : next.value;
    if (next.done !== true) return { kind: "running" };
    thread.running = undefined;
    if (thread.allocates && next.value !== 0) this.#told.set(next.value, this.#clocks.knownTo(index));
    return { kind: "answered", value: next.value };
  }
}

/** Says what is missing for real shared memory. */
export function probeMemory(): Probe {
  try {
    new RealPage([0])[Symbol.dispose]();
    return { missing: [], facts: {} };
  } catch (error) {
    return { missing: [error instanceof Error ? error.message : String(error)], facts: {} };
  }
}

/**
 * The page in real memory; one thread of this process makes all accesses, in the order of the commands. Unless it
 * `watches`, accesses that race are made like all others.
 */
export function pageTarget(
  algorithm: PageAlgorithm,
  { threads }: PageFlagsScope,
  watches: boolean = true,
): Target<PageFlagsCommand, PageFlagsReply, null, readonly number[]> {
  return {
    name: `${algorithm.name} in shared memory, step by step`,
    probe: probeMemory,
    open: () =>
      new PageSubject(
        algorithm,
        threads,
        ({ words }, _thread, access) => performOnMemory(words, access),
        watches,
      ),
  };
}

/**
 * The same, where a real thread makes the accesses of each thread. They are started with the first subject and end when
 * the target is disposed.
 */
export function pageWorkerTarget(
  algorithm: PageAlgorithm,
  { threads }: PageFlagsScope,
): Target<PageFlagsCommand, PageFlagsReply, null, readonly number[]> & Disposable {
  let workers: readonly PageThreadWorker[] = [];
  const perform: Perform = async ({ address, bytes }, thread, access) => {
    const done = await workers[thread]!.do({ kind: "access", address, bytes, access });
    return "read" in done ? done.read : 0;
  };
  return {
    name: `${algorithm.name} in shared memory, step by step on real threads`,
    asynchronous: true,
    probe: probeMemory,
    open() {
      if (workers.length === 0) workers = Array.from({ length: threads }, pageThread);
      return new PageSubject(algorithm, threads, perform, true);
    },
    [Symbol.dispose]() {
      for (const worker of workers) worker[Symbol.dispose]();
      workers = [];
    },
  };
}
