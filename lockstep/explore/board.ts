/**
 * What the workers of a search tell each other about the round at hand, in shared memory.
 *
 * @module
 */
import { Barrier } from "./barrier.ts";

/** What all threads do next. */
export const order = { round: 0, reload: 1, finish: 2 } as const;

const common = 8;
const perWorker = 8;

/** Numbers about a round. Each is written by one thread and read by others behind the barrier. */
export class Board {
  readonly workers: number;
  readonly barrier: Barrier;
  readonly #words: Int32Array;

  /** @param memory Zeros, shared by all; see {@link Board.bytes}. */
  constructor(memory: SharedArrayBuffer, workers: number) {
    this.workers = workers;
    this.#words = new Int32Array(memory);
    this.barrier = new Barrier(this.#words.subarray(0, 2), workers);
  }

  /** The memory of a board. */
  static bytes(workers: number): number {
    return (common + workers * (perWorker + 3 * workers)) * 4;
  }

  get order(): number {
    return this.#words[2]!;
  }
  set order(order: number) {
    this.#words[2] = order;
  }
  /** The first state of the round. */
  get from(): number {
    return this.#words[3]! >>> 0;
  }
  set from(index: number) {
    this.#words[3] = index;
  }
  /** The state behind the last one of the round. */
  get to(): number {
    return this.#words[4]! >>> 0;
  }
  set to(index: number) {
    this.#words[4] = index;
  }
  /** The states before the round. */
  get count(): number {
    return this.#words[5]! >>> 0;
  }
  set count(count: number) {
    this.#words[5] = count;
  }

  #at(worker: number): number {
    return common + worker * (perWorker + 3 * this.workers);
  }

  /** What `worker` has done: whether all of it was plain steps, and how many. */
  setExpanded(worker: number, plain: boolean, transitions: number): void {
    const at = this.#at(worker);
    this.#words[at] = plain ? 1 : 0;
    this.#words[at + 1] = transitions;
  }
  /** Whether everyone did nothing but plain steps. */
  get isPlain(): boolean {
    for (let worker = 0; worker < this.workers; worker++) {
      if (this.#words[this.#at(worker)] === 0) return false;
    }
    return true;
  }
  /** Steps of the round. */
  get transitions(): number {
    let sum = 0;
    for (let worker = 0; worker < this.workers; worker++) sum += this.#words[this.#at(worker) + 1]!;
    return sum;
  }

  /** Successors that `worker` has found, by owner. */
  routed(worker: number): Int32Array {
    const at = this.#at(worker) + perWorker;
    return this.#words.subarray(at, at + this.workers);
  }
  /** How many of them were new, by owner. */
  fresh(worker: number): Int32Array {
    const at = this.#at(worker) + perWorker + this.workers;
    return this.#words.subarray(at, at + this.workers);
  }
  /** How many of them their owners had to leave, by owner. */
  left(worker: number): Int32Array {
    const at = this.#at(worker) + perWorker + 2 * this.workers;
    return this.#words.subarray(at, at + this.workers);
  }
  /** How many of the states that `worker` has found are new. */
  freshOf(worker: number): number {
    return this.fresh(worker).reduce((sum, count) => sum + count, 0);
  }
  /** How many states the round has found. */
  get allFresh(): number {
    let sum = 0;
    for (let worker = 0; worker < this.workers; worker++) sum += this.freshOf(worker);
    return sum;
  }
  /** Whether an owner had to leave something. */
  get isLeft(): boolean {
    for (let worker = 0; worker < this.workers; worker++) {
      if (this.left(worker).some((count) => count > 0)) return true;
    }
    return false;
  }

  /** How many new states `worker` wants to be looked at again. */
  noted(worker: number): number {
    return this.#words[this.#at(worker) + 2]!;
  }
  setNoted(worker: number, count: number): void {
    this.#words[this.#at(worker) + 2] = count;
  }
}
