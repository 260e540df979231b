/**
 * A thread that runs one thread of a litmus test on many cells, beginning each together with the others.
 *
 * @module
 */
import { Rendezvous, sharedWords } from "../../ffi/shared_words.ts";

/** What to run. Indices and sizes are in 32-bit words. */
export interface LitmusJob {
  readonly address: bigint;
  readonly bytes: number;
  readonly thread: number;
  readonly threads: number;
  readonly firstCell: number;
  readonly cellWords: number;
  readonly firstOut: number;
  readonly outWords: number;
  readonly count: number;
  /** JavaScript of the thread, or the shared library that has it. */
  readonly code: { readonly kind: "js"; readonly body: string } | {
    readonly kind: "c";
    readonly library: string;
  };
}

/** Cells that were run; fewer than asked for when another thread did not come for a long time. */
export interface LitmusJobDone {
  readonly count: number;
}

type Body = (words: Int32Array, cell: number, out: number) => void;

function runJs(job: LitmusJob, body: string): number {
  const words = sharedWords(job.address, job.bytes);
  const run = new Function("words", "cell", "out", body) as Body;
  const rendezvous = new Rendezvous(words, job.thread, job.threads);
  for (let index = 0; index < job.count; index++) {
    if (!rendezvous.meet()) return index;
    run(words, job.firstCell + index * job.cellWords, job.firstOut + index * job.outWords);
  }
  return job.count;
}

function runC(job: LitmusJob, file: string): number {
  const name = `litmus_thread_${job.thread}`;
  const parameters = ["pointer", "i32", "pointer", "i32", "pointer", "i32", "i32"] as const;
  const library = Deno.dlopen(file, { run: { name, parameters, result: "i32" } });
  const at = (word: number) => Deno.UnsafePointer.create(job.address + BigInt(word) * 4n);
  try {
    const { threads, cellWords, outWords, count } = job;
    return library.symbols.run(
      at(0),
      threads,
      at(job.firstCell),
      cellWords,
      at(job.firstOut),
      outWords,
      count,
    );
  } finally {
    library.close();
  }
}

/** Carries out one message. */
export function runLitmusJob(job: LitmusJob): LitmusJobDone {
  const { code } = job;
  return { count: code.kind === "js" ? runJs(job, code.body) : runC(job, code.library) };
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<LitmusJob>) => void) | null;
  postMessage(message: LitmusJobDone): void;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined") {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => scope.postMessage(runLitmusJob(data));
}
