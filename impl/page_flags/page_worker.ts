/**
 * A thread that works on shared pages: at full speed, one fresh page after another together with another thread; or
 * one access at a time, when it is told to.
 *
 * @module
 */
import { Rendezvous, sharedWords } from "../../ffi/shared_words.ts";
import { yieldThread } from "../../ffi/thread.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import type { DirectVersion } from "./direct_page.ts";
import { DirectPage } from "./direct_page.ts";
import { performOnMemory } from "./real_page.ts";

/** What the thread does with every page. Mailboxes are words of the page behind those of the algorithm. */
export type DirectAction =
  | { readonly kind: "malloc" | "mallocAligned" | "free"; readonly slot: number }
  | { readonly kind: "send" | "receive"; readonly slot: number; readonly word: number };

/** A message to the worker. */
export type PageJob =
  | {
    readonly kind: "run";
    readonly address: bigint;
    readonly bytes: number;
    readonly thread: number;
    readonly threads: number;
    /** Index of the first word of the first page, and words from one page to the next. */
    readonly first: number;
    readonly pageWords: number;
    readonly pages: number;
    /** Index of the first answer of this thread, and answers that it gives for each page. */
    readonly answers: number;
    readonly answersPerPage: number;
    /**
     * For recording histories: the index of a word that counts all calls and answers of all threads, and of the first
     * of three words for each answer of this thread: the pointer that was freed or 0, when it was called, when it
     * answered. Counting orders the threads a little; absent, nothing is counted.
     */
    readonly history?: { readonly clock: number; readonly events: number };
    /** Word of the page in which the thread says at the end whether it has the page: 1 or 0. */
    readonly ownsWord: number;
    readonly actions: readonly DirectAction[];
    readonly version: DirectVersion;
  }
  | { readonly kind: "access"; readonly address: bigint; readonly bytes: number; readonly access: Access };

/** What the worker sends back: how many pages it has worked on, or what an access read. */
export type PageJobDone = { readonly pages: number } | { readonly read: number };

const mostReceiveSpins = 2_000_000;

/** Waits for a pointer in a mailbox, for a bounded time; 0 = none came. */
function receive(words: Int32Array, at: number): number {
  for (let spins = 1; spins < mostReceiveSpins; spins++) {
    const pointer = Atomics.load(words, at);
    if (pointer !== 0) return pointer;
    if (spins % 2_000 === 0) yieldThread();
  }
  return 0;
}

function workOnPage(job: PageJob & { readonly kind: "run" }, words: Int32Array, page: number): void {
  const base = job.first + page * job.pageWords;
  const direct = new DirectPage(words, base, job.thread, job.version);
  followScript(job, words, page, direct);
  Atomics.store(words, base + job.ownsWord, direct.owns ? 1 : 0);
}

function followScript(
  job: PageJob & { readonly kind: "run" },
  words: Int32Array,
  page: number,
  direct: DirectPage,
): void {
  const base = job.first + page * job.pageWords;
  const slots = [0, 0, 0, 0];
  const first = job.answers + page * job.answersPerPage;
  let answer = first;
  const { history } = job;
  const events = history === undefined ? 0 : history.events + 3 * page * job.answersPerPage;
  const answered = (pointer: number, operation: () => number): number => {
    if (history === undefined) return words[answer++] = operation();
    const event = events + 3 * (answer - first);
    words[event] = pointer;
    words[event + 1] = Atomics.add(words, history.clock, 1);
    const value = operation();
    words[event + 2] = Atomics.add(words, history.clock, 1);
    return words[answer++] = value;
  };
  for (const action of job.actions) {
    switch (action.kind) {
      case "malloc":
        slots[action.slot] = answered(0, () => direct.malloc());
        break;
      case "mallocAligned":
        slots[action.slot] = answered(0, () => direct.mallocAligned());
        break;
      case "free": {
        const pointer = slots[action.slot]!;
        answered(pointer, () => {
          if (pointer !== 0) direct.free(pointer);
          return 0;
        });
        break;
      }
      case "send":
        Atomics.store(words, base + action.word, slots[action.slot]!);
        break;
      case "receive":
        slots[action.slot] = receive(words, base + action.word);
        // As in the model, whoever receives nothing does nothing more.
        if (slots[action.slot] === 0) return;
    }
  }
}

/** Carries out one message. */
export function runPageJob(job: PageJob): PageJobDone {
  const words = sharedWords(job.address, job.bytes);
  if (job.kind === "access") return { read: performOnMemory(words, job.access) };
  const rendezvous = new Rendezvous(words, job.thread, job.threads);
  let page = 0;
  while (page < job.pages && rendezvous.meet()) workOnPage(job, words, page++);
  return { pages: page };
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<PageJob>) => void) | null;
  postMessage(message: PageJobDone): void;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined") {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => scope.postMessage(runPageJob(data));
}
