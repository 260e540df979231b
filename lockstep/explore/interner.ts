/**
 * Small numbers for plain values: the same number for equal values, found without building strings where a schema
 * can be packed.
 *
 * @module
 */
import type { z } from "zod";
import { type Codec, compileCodec } from "./codec/codec.ts";
import { plainKey } from "./plain_key.ts";
import { StateStore } from "./state_store.ts";

/** Numbers of values that are outside the schema begin here. */
const outside = 2 ** 30;

/** Gives out numbers for the values of one schema. Values outside it are numbered too, by a text of them. */
export class Interner {
  readonly #codec: Codec<unknown> | undefined;
  readonly #store: StateStore;
  readonly #scratch: Int32Array;
  readonly #others: Map<string, number> = new Map();

  constructor(schema: z.ZodType | undefined) {
    this.#codec = schema === undefined ? undefined : packable(schema);
    const words = Math.max(1, this.#codec?.words ?? 1);
    this.#store = new StateStore(words);
    this.#scratch = new Int32Array(words);
  }

  /** Gives back what another interner can use. */
  release(): void {
    this.#codec?.release();
  }

  /** The number of `value`, which is read now and not kept. */
  numberOf(value: unknown): number {
    const codec = this.#codec;
    if (
      codec !== undefined && isObject(value) && codec.pack(value, this.#scratch, 0) && codec.isExact(value)
    ) {
      const store = this.#store;
      if (store.count >= store.fullAt) store.grow();
      const added = store.add(this.#scratch, 0, 0, 0);
      return added < 0 ? -1 - added : added;
    }
    const key = plainKey(value);
    let number = this.#others.get(key);
    if (number === undefined) this.#others.set(key, number = outside + this.#others.size);
    return number;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** The codec of a schema of objects, or `undefined` where it can not be packed. */
function packable(schema: z.ZodType): Codec<unknown> | undefined {
  try {
    return compileCodec(schema);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
