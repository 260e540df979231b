/**
 * Runs a litmus test on the processor: one worker per thread, all over the same mapped memory.
 *
 * @module
 */
import { closeFd, Mapping, memfdCreate, truncate } from "../../ffi/memory.ts";
import { lineWords, rendezvousWords } from "../../ffi/shared_words.ts";
import type { Program } from "../../model/memory/program.ts";
import type { FinalState } from "../../model/memory/search.ts";
import { allEnded, JobThread } from "../threads.ts";
import { buildLibrary } from "./c_library.ts";
import type { LitmusJob, LitmusJobDone } from "./litmus_worker.ts";
import type { Flavour } from "./thread_code.ts";
import { cSourceOf, javaScriptOf, locationWords } from "./thread_code.ts";

/** What the processor did. */
export interface HardwareRuns {
  /** Every run's final state; equal ones are one object with their count. */
  readonly finals: readonly { readonly final: FinalState; readonly count: number }[];
  /** Runs that all threads have finished. */
  readonly runs: number;
  readonly wanted: number;
}

/** Workers for the threads of litmus tests, started once. */
export class LitmusThreads implements Disposable {
  readonly #threads: JobThread<LitmusJob, LitmusJobDone>[] = [];

  /** Runs one job per thread at the same time. Rejects when a worker fails, after all have ended. */
  run(jobs: readonly LitmusJob[]): Promise<LitmusJobDone[]> {
    while (this.#threads.length < jobs.length) {
      this.#threads.push(new JobThread(new URL("./litmus_worker.ts", import.meta.url)));
    }
    return allEnded(jobs.map((job, thread) => this.#threads[thread]!.do(job)));
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread[Symbol.dispose]();
  }
}

const lines = (words: number) => Math.ceil(words / lineWords) * lineWords;

/** Final states of all runs, equal ones together. */
function tally(
  program: Program,
  words: Int32Array,
  runs: number,
  cell: (run: number) => number,
  out: (thread: number, run: number) => number,
): HardwareRuns["finals"] {
  const found = new Map<string, { final: FinalState; count: number }>();
  for (let run = 0; run < runs; run++) {
    const registers = program.threads.map(({ registers }, thread) => {
      const from = out(thread, run);
      return [...words.subarray(from, from + registers.length)];
    });
    const memory = program.locations.map((_, location) => words[cell(run) + location * locationWords]!);
    const key = JSON.stringify([registers, memory]);
    const known = found.get(key);
    if (known === undefined) found.set(key, { final: { registers, memory }, count: 1 });
    else known.count++;
  }
  return [...found.values()];
}

/**
 * Runs the program `runs` times.
 *
 * @throws {RangeError} for `runs` outside of 1 to 50,000
 * @throws {import("../../ffi/library.ts").EnvironmentError} in C, when it can not be built
 */
export async function runOnHardware(
  program: Program,
  flavour: Flavour,
  runs: number,
  threads: LitmusThreads,
): Promise<HardwareRuns> {
  if (!Number.isInteger(runs) || runs < 1 || runs > 50_000) {
    throw new RangeError(`Cannot run litmus test: runs is ${runs}, must be 1 to 50,000`);
  }
  const count = program.threads.length;
  const cellWords = Math.max(1, program.locations.length) * locationWords;
  const firstCell = rendezvousWords(count);
  const outWords = program.threads.map(({ registers }) => lines(registers.length + 1));
  const firstOut: number[] = [];
  let end = firstCell + runs * cellWords;
  for (const words of outWords) {
    firstOut.push(end);
    end += runs * words;
  }
  const library = flavour === "c" ? await buildLibrary(cSourceOf(program.threads)) : "";
  const fd = memfdCreate("litmus");
  let mapping: Mapping;
  try {
    truncate(fd, end * 4);
    mapping = new Mapping(fd, end * 4);
  } finally {
    closeFd(fd);
  }
  using memory = mapping;
  const words = new Int32Array(memory.buffer);
  for (let run = 0; run < runs; run++) {
    for (const [location, value] of program.initial.entries()) {
      words[firstCell + run * cellWords + location * locationWords] = value;
    }
  }
  const { address, bytes } = memory;
  const done = await threads.run(program.threads.map((thread, index) => ({
    address,
    bytes,
    thread: index,
    threads: count,
    firstCell,
    cellWords,
    firstOut: firstOut[index]!,
    outWords: outWords[index]!,
    count: runs,
    code: flavour === "c" ? { kind: "c", library } : { kind: "js", body: javaScriptOf(thread, flavour) },
  })));
  const finished = Math.min(...done.map((one) => one.count));
  const finals = tally(
    program,
    words,
    finished,
    (run) => firstCell + run * cellWords,
    (thread, run) => firstOut[thread]! + run * outWords[thread]!,
  );
  return { finals, runs: finished, wanted: runs };
}
