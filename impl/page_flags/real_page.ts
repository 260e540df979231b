/**
 * The words of a page in real shared memory.
 *
 * Plain accesses are typed-array accesses, all others are `Atomics`, which are sequentially consistent whatever order
 * was asked for. Every word has a cache line of its own.
 *
 * @module
 */
import { closeFd, Mapping, memfdCreate, pageBytes, truncate } from "../../ffi/memory.ts";
import type { Access } from "../../model/memory/memory_model.ts";

/** 32-bit words from one word of a page to the next. */
export const wordStride = 16;

/** Carries out `access` on real memory and answers what was read; stores and fences answer 0. */
export function performOnMemory(words: Int32Array, access: Access): number {
  switch (access.kind) {
    case "load": {
      const at = access.location * wordStride;
      return access.order === "plain" ? words[at]! : Atomics.load(words, at);
    }
    case "store": {
      const at = access.location * wordStride;
      if (access.order === "plain") words[at] = access.value;
      else Atomics.store(words, at, access.value);
      return 0;
    }
    case "update":
      return update(words, access.location * wordStride, access);
    case "compareExchange":
      return Atomics.compareExchange(words, access.location * wordStride, access.expected, access.desired);
    case "fence":
      // Any Atomics operation orders everything around it.
      Atomics.or(words, 0, 0);
      return 0;
  }
}

function update(words: Int32Array, at: number, access: Access & { readonly kind: "update" }): number {
  switch (access.operation) {
    case "exchange":
      return Atomics.exchange(words, at, access.operand);
    case "add":
      return Atomics.add(words, at, access.operand);
    case "subtract":
      return Atomics.sub(words, at, access.operand);
    case "or":
      return Atomics.or(words, at, access.operand);
    case "and":
      return Atomics.and(words, at, access.operand);
    case "xor":
      return Atomics.xor(words, at, access.operand);
  }
}

/** Some words in memory that other threads can map by {@link RealPage.address}. Disposing unmaps them for all. */
export class RealPage implements Disposable {
  readonly words: Int32Array<ArrayBuffer>;
  readonly #count: number;
  readonly #mapping: Mapping;

  /** @throws {import("../../ffi/errno.ts").ErrnoError} when the kernel gives no memory */
  constructor(initial: readonly number[]) {
    const unit = pageBytes();
    const bytes = Math.ceil(initial.length * wordStride * 4 / unit) * unit;
    const fd = memfdCreate("page");
    try {
      truncate(fd, bytes);
      this.#mapping = new Mapping(fd, bytes);
    } finally {
      closeFd(fd);
    }
    this.#count = initial.length;
    this.words = new Int32Array(this.#mapping.buffer);
    this.reset(initial);
  }

  /** For other threads of this process. */
  get address(): bigint {
    return this.#mapping.address;
  }

  get bytes(): number {
    return this.#mapping.bytes;
  }

  /** The words now, one after another. */
  values(): number[] {
    return Array.from({ length: this.#count }, (_, word) => this.words[word * wordStride]!);
  }

  /** Puts the words back to `initial`; nobody else may be at them. */
  reset(initial: readonly number[]): void {
    for (const [word, value] of initial.entries()) this.words[word * wordStride] = value;
  }

  [Symbol.dispose](): void {
    this.#mapping[Symbol.dispose]();
  }
}
