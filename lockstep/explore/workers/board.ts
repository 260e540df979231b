/**
 * What the threads of a search tell each other about the chunks at hand, in shared memory.
 *
 * One thread plans chunks and takes in what they have found, in order; all threads claim planned chunks and expand
 * them. Chunks are numbered from 0; chunk `n` lives in slot `n % slots` until it is taken in.
 *
 * @module
 */
import { Patience } from "./patience.ts";

/** Words of a processor's cache line: what different threads write is kept that far apart. */
const line = 16;
const at = { planned: 0, claimed: line, visible: 2 * line, generation: 3 * line, ready: 4 * line } as const;
const parked = { planner: 5 * line, others: 6 * line } as const;
const perThread = 7 * line;
const closed = -1;

/** What a thread says of a chunk that it has expanded. */
export interface ChunkResult {
  /** Whether all it met were plain steps; if not, the rest means nothing. */
  readonly plain: boolean;
  readonly transitions: number;
  /** States that were not in the store. */
  readonly candidates: number;
  readonly edges: number;
}

/** Shared numbers of a crew. */
export class Board {
  readonly slots: number;
  readonly #words: Int32Array;
  readonly #patience: Patience = new Patience();

  /** @param memory Zeros, shared by all; see {@link Board.bytes}. */
  constructor(memory: SharedArrayBuffer, slots: number) {
    this.slots = slots;
    this.#words = new Int32Array(memory);
  }

  /** The memory of a board. */
  static bytes(slots: number): number {
    return (perThread + slots * line) * 4;
  }

  #slot(chunk: number): number {
    return perThread + (chunk % this.slots) * line;
  }

  /** Chunks that were planned so far. */
  get planned(): number {
    return this.#words[at.planned]!;
  }

  /** Offers one more chunk: the states from `from` to before `to`. By the planner alone. */
  plan(from: number, to: number): void {
    const words = this.#words;
    const chunk = this.planned;
    const slot = this.#slot(chunk);
    words[slot + 1] = from;
    words[slot + 2] = to;
    Atomics.store(words, at.planned, chunk + 1);
    if (Atomics.load(words, parked.others) > 0) Atomics.notify(words, at.planned);
  }

  /** Has nobody claim anything any more. */
  close(): void {
    Atomics.store(this.#words, at.planned, closed);
    Atomics.notify(this.#words, at.planned);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, at.planned) === closed;
  }

  /** Takes the next chunk; -1 when there is none. */
  claim(): number {
    const words = this.#words;
    for (;;) {
      const chunk = Atomics.load(words, at.claimed);
      if (chunk >= Atomics.load(words, at.planned)) return -1;
      if (Atomics.compareExchange(words, at.claimed, chunk, chunk + 1) === chunk) return chunk;
    }
  }

  /** Takes a certain chunk. @returns whether nobody else has. */
  claimThis(chunk: number): boolean {
    return Atomics.compareExchange(this.#words, at.claimed, chunk, chunk + 1) === chunk;
  }

  /** The first state of a chunk. */
  from(chunk: number): number {
    return this.#words[this.#slot(chunk) + 1]!;
  }

  /** The state behind the last one of a chunk. */
  to(chunk: number): number {
    return this.#words[this.#slot(chunk) + 2]!;
  }

  /** Waits until there may be a chunk to claim, or the board is closed. */
  waitForPlan(): void {
    const words = this.#words;
    const seen = Atomics.load(words, at.planned);
    if (seen === closed || Atomics.load(words, at.claimed) < seen) return;
    this.#patience.wait(words, at.planned, seen, parked.others);
  }

  /** Says that a chunk is expanded, by which worker and with what result. */
  deliver(chunk: number, worker: number, { plain, transitions, candidates, edges }: ChunkResult): void {
    const words = this.#words;
    const slot = this.#slot(chunk);
    words[slot + 3] = worker;
    words[slot + 4] = plain ? 1 : 0;
    words[slot + 5] = transitions;
    words[slot + 6] = candidates;
    words[slot + 7] = edges;
    Atomics.store(words, slot, chunk + 1);
    if (Atomics.load(words, parked.planner) > 0) Atomics.notify(words, slot);
  }

  /** Whether a chunk is expanded. */
  isDelivered(chunk: number): boolean {
    return Atomics.load(this.#words, this.#slot(chunk)) === chunk + 1;
  }

  /** Waits some time for a chunk to be expanded. By the planner alone. */
  waitForDelivery(chunk: number, timeoutMs: number): void {
    const words = this.#words;
    const slot = this.#slot(chunk);
    const seen = Atomics.load(words, slot);
    if (seen === chunk + 1) return;
    this.#patience.wait(words, slot, seen, parked.planner, timeoutMs);
  }

  /** Who has expanded a chunk. */
  worker(chunk: number): number {
    return this.#words[this.#slot(chunk) + 3]!;
  }

  /** What came of a chunk. */
  result(chunk: number): ChunkResult {
    const words = this.#words;
    const slot = this.#slot(chunk);
    return {
      plain: words[slot + 4] === 1,
      transitions: words[slot + 5]!,
      candidates: words[slot + 6]!,
      edges: words[slot + 7]!,
    };
  }

  /** How many states everybody may look at. */
  get visible(): number {
    return Atomics.load(this.#words, at.visible);
  }
  set visible(count: number) {
    Atomics.store(this.#words, at.visible, count);
  }

  /** How often the store's arrays were replaced. */
  get generation(): number {
    return Atomics.load(this.#words, at.generation);
  }
  set generation(count: number) {
    Atomics.store(this.#words, at.generation, count);
  }

  /** Says that one more thread has built its machine. */
  addReady(): void {
    Atomics.add(this.#words, at.ready, 1);
  }

  /** Threads that have built their machines. */
  get ready(): number {
    return Atomics.load(this.#words, at.ready);
  }
}
