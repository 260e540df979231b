/**
 * The system's own liburing, where it is installed: setting a ring up, fetching entries, submitting and waiting.
 *
 * What the library keeps for itself (`struct io_uring`) lies in memory of the caller and is read where it has to be.
 *
 * @see {@link https://man7.org/linux/man-pages/man3/io_uring_queue_init_params.3.html}
 * @module
 */
import { EnvironmentError, openLibrary } from "./library.ts";
import { Region } from "./region.ts";
import {
  ringFailure,
  type RingParameters,
  ringParameters,
  ringParams,
  type RingRequest,
} from "./io_uring.ts";

const library = openLibrary("liburing.so.2", {
  io_uring_queue_init_params: { parameters: ["u32", "pointer", "buffer"], result: "i32" },
  io_uring_queue_exit: { parameters: ["pointer"], result: "void" },
  io_uring_get_sqe: { parameters: ["pointer"], result: "pointer" },
  io_uring_submit: { parameters: ["pointer"], result: "i32" },
  io_uring_submit_and_wait: { parameters: ["pointer", "u32"], result: "i32" },
  io_uring_submit_and_get_events: { parameters: ["pointer"], result: "i32" },
  io_uring_get_events: { parameters: ["pointer"], result: "i32" },
  io_uring_wait_cqes: { parameters: ["pointer", "buffer", "u32", "buffer", "pointer"], result: "i32" },
});

/** Why {@link LibraryRing} can not be had here, or `undefined` when it can. */
export function whyNoLiburing(): string | undefined {
  try {
    void library.io_uring_get_events; // says so when nothing could be opened
    return undefined;
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

/** Byte offsets in `struct io_uring`, the same in every liburing 2. */
const at = { sqes: 56, sqeHead: 64, sqeTail: 68, queues: 80, fd: 196 } as const;

/** One `struct io_uring`. Results are what the library answers: a count, or a negative errno. */
export class LibraryRing implements Disposable {
  readonly parameters: RingParameters;
  readonly fd: number;
  /** Where the mappings of the queues and of the entries begin. */
  readonly queuesAddress: bigint;
  readonly entriesAddress: bigint;
  readonly #memory: Region;
  readonly #struct: Deno.PointerValue;
  readonly #words: Uint32Array;
  #open = true;

  /** `io_uring_queue_init_params`. @throws {EnvironmentError} @throws {ErrnoError} */
  constructor(request: RingRequest) {
    const params = ringParams(request);
    using undo = new DisposableStack();
    this.#memory = undo.use(Region.anonymous(4096));
    this.#struct = Deno.UnsafePointer.create(BigInt(this.#memory.address));
    const result = library.io_uring_queue_init_params(
      request.entries,
      this.#struct,
      new Uint8Array(params.buffer),
    );
    if (result < 0) throw ringFailure(-result);
    undo.move();
    this.parameters = ringParameters(params);
    const data = new DataView(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.fd = data.getInt32(at.fd, true);
    this.queuesAddress = data.getBigUint64(at.queues, true);
    this.entriesAddress = data.getBigUint64(at.sqes, true);
  }

  /** `io_uring_get_sqe`: whether there is a free entry; it is the next one then. */
  getEntry(): boolean {
    return library.io_uring_get_sqe(this.#struct) !== null;
  }

  /** Takes entries back that were fetched from the library and not submitted: the next one will be `tail`. */
  rewind(tail: number): void {
    this.#words[at.sqeTail >>> 2] = tail;
    const head = this.#words[at.sqeHead >>> 2]!;
    if (((head - tail) | 0) > 0) this.#words[at.sqeHead >>> 2] = tail;
  }

  /** `io_uring_submit`, `io_uring_submit_and_wait` or `io_uring_submit_and_get_events`. */
  submit(waitFor: number, getEvents: boolean): number {
    if (waitFor > 0) return library.io_uring_submit_and_wait(this.#struct, waitFor);
    return getEvents
      ? library.io_uring_submit_and_get_events(this.#struct)
      : library.io_uring_submit(this.#struct);
  }

  /** `io_uring_get_events`. */
  getEvents(): number {
    return library.io_uring_get_events(this.#struct);
  }

  /** `io_uring_wait_cqes`, with a time limit or without one. It submits nothing. */
  wait(count: number, timeoutMs?: number): number {
    const time = timeoutMs === undefined ? null : BigInt64Array.of(
      BigInt(Math.floor(timeoutMs / 1000)),
      BigInt(Math.floor((timeoutMs % 1000) * 1e6)),
    );
    return library.io_uring_wait_cqes(this.#struct, new Uint8Array(8), count, time, null);
  }

  /** `io_uring_queue_exit`. A second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    library.io_uring_queue_exit(this.#struct);
    this.#memory[Symbol.dispose]();
  }
}
