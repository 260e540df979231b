/**
 * The page on real threads: a script at full speed on thousands of fresh pages, and single accesses of real threads in
 * a given order.
 *
 * @module
 */
import { lineWords, rendezvousWords } from "../../ffi/shared_words.ts";
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DirectVersion } from "../../impl/page_flags/direct_page.ts";
import type { DirectAction, PageJob, PageJobDone } from "../../impl/page_flags/page_worker.ts";
import { RealPage, wordStride } from "../../impl/page_flags/real_page.ts";
import { allEnded, JobThread } from "../../impl/threads.ts";
import type { RecordedOperation } from "../../lockstep/race/linearize.ts";
import { brokenAtRest, heldAtEnd } from "./pages_at_rest.ts";
import type { Script } from "./scripts.ts";

/** A thread that works on pages. */
export type PageThreadWorker = JobThread<PageJob, PageJobDone>;

/** Starts one. */
export function pageThread(): PageThreadWorker {
  return new JobThread(new URL("../../impl/page_flags/page_worker.ts", import.meta.url));
}

/** What two threads at full speed have answered. */
export interface WorkerOutcomes {
  /** How often each outcome was seen, in the form of `ScriptResult.outcomes`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Pages on which all threads have finished. */
  readonly runs: number;
  /** Pages that were to be worked on; fewer runs mean that a thread did not come for a long time. */
  readonly wanted: number;
  /** On how many pages each promise is broken when all threads have finished. */
  readonly broken: ReadonlyMap<string, number>;
  /** What was done on each page, with the order of calls and answers; empty unless it was to be recorded. */
  readonly histories: readonly (readonly RecordedOperation[])[];
}

function directActions(script: Script, thread: number, words: number): DirectAction[] {
  return script[thread]!.map((action): DirectAction => {
    switch (action.kind) {
      case "malloc":
      case "mallocAligned":
      case "free":
        return { kind: action.kind, slot: action.slot };
      case "send":
      case "receive":
        return { kind: action.kind, slot: action.slot, word: (words + action.box) * wordStride };
      case "usableSize":
        throw new TypeError("Cannot run script: the direct page has no usableSize");
    }
  });
}

/** The operations of one thread on one page, from its answers and its three words for each of them. */
function operationsOf(
  actions: Script[number],
  thread: number,
  answers: Int32Array,
  events: Int32Array,
): RecordedOperation[] {
  const operations: RecordedOperation[] = [];
  let answer = 0;
  for (const { kind } of actions) {
    if (kind === "send" || kind === "receive") continue;
    const reply = answers[answer]!;
    if (reply === unanswered) break;
    const [pointer, invokedAt, returnedAt] = events.subarray(3 * answer, 3 * answer + 3);
    answer++;
    // Nothing was freed where nothing had been allocated.
    if (kind === "free" && pointer === 0) continue;
    const command = kind === "free" ? { kind, pointer: pointer! } : { kind };
    operations.push({ thread, command, reply, invokedAt: invokedAt!, returnedAt: returnedAt! });
  }
  return operations;
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** An answer that was never written: the thread ended its script before. */
const unanswered = -1;

/** Where everything lies in the memory that the threads share: indices of 32-bit words. */
interface Layout {
  /** The first page, and words from one page to the next. */
  readonly first: number;
  readonly pageWords: number;
  /** Inside a page, where a thread says whether it has it. */
  readonly ownsAt: readonly number[];
  /** By thread, answers that it gives for each page, and where they begin. */
  readonly perPage: readonly number[];
  readonly answersAt: readonly number[];
  /** The counter of calls and answers, and by thread where its recorded ones begin. */
  readonly clock: number;
  readonly eventsAt: readonly number[];
  readonly end: number;
}

const boxes = 4;

function layoutOf(algorithm: PageAlgorithm, script: Script, pages: number, recorded: boolean): Layout {
  const lines = (words: number) => Math.ceil(words / lineWords) * lineWords;
  const perPage = script.map((actions) =>
    actions.filter(({ kind }) => kind !== "send" && kind !== "receive").length
  );
  const owns = (algorithm.words.length + boxes) * wordStride;
  const pageWords = owns + script.length * wordStride;
  const first = rendezvousWords(script.length);
  let end = first + pages * pageWords;
  const after = (words: number): number => {
    const begin = end;
    end += lines(words);
    return begin;
  };
  const answersAt = perPage.map((answers) => after(pages * answers));
  const clock = recorded ? after(1) : end;
  const eventsAt = perPage.map((answers) => recorded ? after(3 * pages * answers) : end);
  const ownsAt = script.map((_, thread) => owns + thread * wordStride);
  return { first, pageWords, ownsAt, perPage, answersAt, clock, eventsAt, end };
}

/** What the threads have left in memory after `runs` pages. */
function outcomesOf(
  algorithm: PageAlgorithm,
  script: Script,
  words: Int32Array,
  { first, pageWords, ownsAt, perPage, answersAt, eventsAt }: Layout,
  runs: number,
  recorded: boolean,
): Pick<WorkerOutcomes, "counts" | "broken" | "histories"> {
  const counts = new Map<string, number>();
  const broken = new Map<string, number>();
  const histories: RecordedOperation[][] = [];
  for (let page = 0; page < runs; page++) {
    const raw = perPage.map((count, thread) =>
      words.subarray(answersAt[thread]! + page * count).subarray(0, count)
    );
    const answers = raw.map((own) => [...own].filter((answer) => answer !== unanswered));
    add(counts, JSON.stringify(answers));
    const base = first + page * pageWords;
    const rest = {
      words: algorithm.words.map((_, word) => words[base + word * wordStride]!),
      owns: ownsAt.map((at) => words[base + at] === 1),
      held: heldAtEnd(script, answers),
    };
    for (const promise of brokenAtRest(algorithm, rest)) add(broken, promise);
    if (!recorded) continue;
    histories.push(script.flatMap((actions, thread) => {
      const events = words.subarray(eventsAt[thread]! + 3 * page * perPage[thread]!);
      return operationsOf(actions, thread, raw[thread]!, events);
    }));
  }
  return { counts, broken, histories };
}

/**
 * Runs a script on `pages` fresh pages with one worker per thread. With `recorded`, every call and answer takes a number
 * from one counter: dearer, and it orders the threads a little.
 *
 * @throws {RangeError} for more than 20,000 pages
 */
export async function runOnWorkers(
  algorithm: PageAlgorithm,
  script: Script,
  version: DirectVersion,
  pages: number,
  workers: readonly PageThreadWorker[],
  recorded = false,
): Promise<WorkerOutcomes> {
  if (!Number.isInteger(pages) || pages < 1 || pages > 20_000) {
    throw new RangeError(`Cannot run on workers: pages is ${pages}, must be 1 to 20,000`);
  }
  const layout = layoutOf(algorithm, script, pages, recorded);
  const { first, pageWords, ownsAt, perPage, answersAt, clock, eventsAt, end } = layout;
  using memory = new RealPage(Array.from({ length: Math.ceil(end / wordStride) }, () => 0));
  const { words } = memory;
  for (let page = 0; page < pages; page++) {
    for (const [word, value] of algorithm.initial.entries()) {
      words[first + page * pageWords + word * wordStride] = value;
    }
  }
  words.fill(unanswered, answersAt[0]!, end);
  const results = await allEnded(workers.map((worker, thread) =>
    worker.do({
      kind: "run",
      address: memory.address,
      bytes: memory.bytes,
      thread,
      threads: script.length,
      first,
      pageWords,
      pages,
      answers: answersAt[thread]!,
      answersPerPage: perPage[thread]!,
      ownsWord: ownsAt[thread]!,
      actions: directActions(script, thread, algorithm.words.length),
      version,
      ...(recorded ? { history: { clock, events: eventsAt[thread]! } } : {}),
    })
  ));
  const runs = Math.min(...results.map((result) => "pages" in result ? result.pages : 0));
  return { runs, wanted: pages, ...outcomesOf(algorithm, script, words, layout, runs, recorded) };
}
