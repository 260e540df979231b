/**
 * States to 32-bit words and back, by code that is generated once from the state's schema.
 *
 * Packing is exact: equal states have equal words, different states have different words. Unpacking fills pooled
 * containers instead of making new ones, so that exploring allocates nothing.
 *
 * @module
 */
import type { z } from "zod";
import { explain } from "./explain.ts";
import { CodecCode } from "./codec_code.ts";
import { Containers } from "./containers.ts";
import { ExactCode } from "./exact_code.ts";
import { largestState, variantCount } from "./largest_state.ts";
import type { Layout, Literal } from "./layout.ts";
import { PackCode } from "./pack_code.ts";
import { type Placement, placementOf } from "./placement.ts";
import { layoutOf } from "./schema_layout.ts";
import { UnpackCode } from "./unpack_code.ts";

/** Words per state above which each container gets functions of its own. */
const maximumWordsInOne = 32;

/** Alternatives of a union that are rehearsed; how often everything is, since the engine takes no note of first runs. */
const maximumVariants = 8;
const rehearsals = 10;

/** Packs the states of one schema. Each codec has its own pooled state: two of them can hold two states. */
export interface Codec<State> {
  /** 32-bit words per state. */
  readonly words: number;
  /** Bits that carry information. */
  readonly bits: number;
  readonly layout: Layout;
  readonly placement: Placement;
  /** Reads a state into the pooled containers. The result is overwritten by the next call. */
  unpack(source: Int32Array, at: number): State;
  /** Writes a state; `false` = it is not within the schema, then the words are unspecified. */
  pack(state: State, target: Int32Array, at: number): boolean;
  /** Whether a state that packs has no field beyond the schema's. */
  isExact(state: State): boolean;
  /** What is wrong with a value, naming the field: `state.rm[3] is 7, must be 0 to 3`; `undefined` = nothing. */
  explain(state: unknown): string | undefined;
  /** Takes away what a step has left in the pooled containers beyond the schema: unpacking does not see it. */
  repair(): void;
  /** Another codec of the same schema with pooled containers of its own. */
  another(): Codec<State>;
  /**
   * Gives the codec back: the next one that is wanted for such a layout is this one, with the machine code that the
   * engine has made of it meanwhile. Neither it nor a state of it may be used any more.
   */
  release(): void;
}

/** Codecs that were given back, the latest one last, each with the text of its layout. */
const released: { readonly key: string; readonly codec: Codec<unknown> }[] = [];
const maximumReleased = 64;

/**
 * Compiles the codec of a state schema.
 *
 * @throws {TypeError} for a schema that can not be packed, naming the field and how to bound it.
 *
 * @example States become words and come back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * import { compileCodec } from "./codec.ts";
 *
 * const codec = compileCodec(z.strictObject({ used: z.int().min(0).max(12), full: z.boolean() }));
 * const words = new Int32Array(codec.words);
 * codec.pack({ used: 7, full: true }, words, 0);
 * assertEquals(codec.bits, 5);
 * assertEquals(codec.unpack(words, 0), { used: 7, full: true });
 * ```
 */
export function compileCodec<State>(schema: z.ZodType<State>): Codec<State> {
  return codecOf(layoutOf(schema, "state"));
}

type Compiled<State> = Pick<Codec<State>, "unpack" | "pack" | "isExact">;

function codecOf<State>(layout: Layout): Codec<State> {
  const key = JSON.stringify(layout);
  const at = released.findLastIndex((each) => each.key === key);
  return at < 0 ? instantiate(layout, key) : released.splice(at, 1)[0]!.codec as Codec<State>;
}

function instantiate<State>(layout: Layout, key: string): Codec<State> {
  const placement = placementOf(layout);
  const code = new CodecCode(placement.words > maximumWordsInOne);
  const source = sourceOf(placement, code);
  const build = new Function("T", "keep", source) as (
    tables: readonly (readonly Literal[])[],
    keep: (container: object) => object,
  ) => Compiled<State>;
  const containers = new Containers();
  const compiled = build(code.tables, (container) => containers.keep(container));
  if (placement.words <= maximumWordsInOne) rehearse(compiled, placement);
  const codec: Codec<State> = {
    words: placement.words,
    bits: placement.bits,
    layout,
    placement,
    ...compiled,
    explain: (state) => explain(layout, state, "state"),
    repair: () => containers.repair(),
    another: () => codecOf(layout),
    release: () => {
      if (!containers.areIntact || released.some((each) => each.codec === codec)) return;
      released.push({ key, codec: codec as Codec<unknown> });
      if (released.length > maximumReleased) released.shift();
    },
  };
  return codec;
}

/**
 * Runs a codec's code on large states. The engine makes machine code of what has run before, and makes all of it
 * anew when something runs for the first time, such as what packs the third item of a list. Of code in pieces, where
 * that costs little, nothing is run in advance.
 */
function rehearse<State>({ unpack, pack, isExact }: Compiled<State>, placement: Placement): void {
  const variants = Math.min(variantCount(placement.root), maximumVariants);
  for (let run = 0; run < rehearsals; run++) {
    const words = largestState(placement, run % variants);
    const state = unpack(words, 0);
    pack(state, words, 0);
    isExact(state);
  }
}

function sourceOf({ root, words }: Placement, code: CodecCode): string {
  const each = (text: (word: number) => string): string[] =>
    code.inPieces ? [] : Array.from({ length: words }, (_, word) => text(word));
  const unpack: string[] = [];
  const result = new UnpackCode(code).place(root, unpack);
  const pack: string[] = [];
  new PackCode(code).place(root, "state", pack);
  const exact: string[] = [];
  new ExactCode(code).place(root, "state", exact);
  return [
    `"use strict";`,
    ...code.shared,
    `return {`,
    `unpack(w, o) {`,
    ...each((word) => `const w${word} = w[o + ${word}];`),
    ...unpack,
    `return ${result}; },`,
    // What can not even be compared with a number, such as a bigint, throws.
    `pack(state, w, o) { try {`,
    `let c = 0;`,
    code.inPieces ? `w.fill(0, o, o + ${words});` : "",
    ...each((word) => `let x${word} = 0;`),
    ...pack,
    ...each((word) => `w[o + ${word}] = x${word};`),
    `return true; } catch { return false; } },`,
    `isExact(state) {`,
    ...exact,
    `return true; } };`,
  ].join("\n");
}
