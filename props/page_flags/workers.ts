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
import { JobThread } from "../../impl/threads.ts";
import type { RecordedOperation } from "../../lockstep/race/linearize.ts";
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
  /** On how many pages each promise about structure is broken when all threads have finished. */
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

/** Counts the promises about structure that pages at rest break. */
function brokenPages(
  algorithm: PageAlgorithm,
  words: Int32Array,
  runs: number,
  base: (page: number) => number,
): ReadonlyMap<string, number> {
  const broken = new Map<string, number>();
  for (let page = 0; page < runs; page++) {
    const seen = { read: (word: number) => words[base(page) + word * wordStride]!, held: [], quiet: true };
    for (const [promise, holds] of Object.entries(algorithm.health.structure)) {
      if (!holds(seen)) broken.set(promise, (broken.get(promise) ?? 0) + 1);
    }
  }
  return broken;
}

/** An answer that was never written: the thread ended its script before. */
const unanswered = -1;

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
  const boxes = 4;
  const pageWords = (algorithm.words.length + boxes) * wordStride;
  const first = rendezvousWords(script.length);
  const perPage = script.map((actions) =>
    actions.filter(({ kind }) => kind !== "send" && kind !== "receive").length
  );
  const starts: number[] = [];
  let end = first + pages * pageWords;
  for (const answers of perPage) {
    starts.push(end);
    end += Math.ceil(pages * answers / lineWords) * lineWords;
  }
  const clock = end;
  const events: number[] = [];
  if (recorded) {
    end += lineWords;
    for (const answers of perPage) {
      events.push(end);
      end += Math.ceil(3 * pages * answers / lineWords) * lineWords;
    }
  }
  using memory = new RealPage(Array.from({ length: Math.ceil(end / wordStride) }, () => 0));
  const { words } = memory;
  for (let page = 0; page < pages; page++) {
    for (const [word, value] of algorithm.initial.entries()) {
      words[first + page * pageWords + word * wordStride] = value;
    }
  }
  words.fill(unanswered, starts[0]!, end);
  const results = await Promise.all(workers.map((worker, thread) =>
    worker.do({
      kind: "run",
      address: memory.address,
      bytes: memory.bytes,
      thread,
      threads: script.length,
      first,
      pageWords,
      pages,
      answers: starts[thread]!,
      answersPerPage: perPage[thread]!,
      actions: directActions(script, thread, algorithm.words.length),
      version,
      ...(recorded ? { history: { clock, events: events[thread]! } } : {}),
    })
  ));
  const runs = Math.min(...results.map((result) => "pages" in result ? result.pages : 0));
  const counts = new Map<string, number>();
  for (let page = 0; page < runs; page++) {
    const outcome = JSON.stringify(perPage.map((count, thread) => {
      const from = starts[thread]! + page * count;
      return [...words.subarray(from, from + count)].filter((answer) => answer !== unanswered);
    }));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const histories = recorded
    ? Array.from({ length: runs }, (_, page) =>
      script.flatMap((actions, thread) => {
        const from = page * perPage[thread]!;
        const answers = words.subarray(starts[thread]! + from, starts[thread]! + from + perPage[thread]!);
        return operationsOf(actions, thread, answers, words.subarray(events[thread]! + 3 * from));
      }))
    : [];
  const broken = brokenPages(algorithm, words, runs, (page) => first + page * pageWords);
  return { counts, runs, wanted: pages, broken, histories };
}
