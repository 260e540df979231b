/**
 * A worker that answers its messages one after another.
 *
 * @module
 */

/** A thread that does jobs. Disposing ends it, whatever it is doing. */
export class JobThread<Job, Done> implements Disposable {
  readonly #worker: Worker;
  #last: Promise<unknown> = Promise.resolve();
  /** Why the worker has ended by itself, if it has. */
  #failure: Error | undefined;

  /** Starts the module `script`, which answers every message with one. */
  constructor(script: URL) {
    this.#worker = new Worker(script, { type: "module" });
  }

  /** Sends a job when all earlier ones are done, and resolves to its result; rejects when the worker fails or has failed. */
  do(job: Job): Promise<Done> {
    const done = this.#last.then(() => this.#send(job));
    this.#last = done.catch(() => {});
    return done;
  }

  #send(job: Job): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#worker.onmessage = ({ data }: MessageEvent<Done>) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        this.#failure = new Error(event.message);
        reject(this.#failure);
      };
      this.#worker.postMessage(job);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/**
 * The results of jobs on several threads, when all of them have ended: memory that the threads share may be unmapped
 * then, and not while one still runs because another has failed. Rejects as the first one that failed.
 */
export async function allEnded<Done>(jobs: readonly Promise<Done>[]): Promise<Done[]> {
  await Promise.allSettled(jobs);
  return Promise.all(jobs);
}
