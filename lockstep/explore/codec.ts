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
import { type Layout, layoutOf, leafCount, type LeafLayout, type Literal } from "./layout.ts";
import {
  type Bits,
  type Place,
  type PlacedList,
  type PlacedUnion,
  type Placement,
  placementOf,
} from "./placement.ts";

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
  /** Another codec of the same schema with pooled containers of its own. */
  another(): Codec<State>;
}

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
  const layout = layoutOf(schema, "state");
  const placement = placementOf(layout);
  const generator = new Generator(placement);
  const source = generator.source();
  return instantiate(layout, placement, source, generator.tables);
}

type Compiled<State> = Pick<Codec<State>, "unpack" | "pack" | "isExact">;

function instantiate<State>(
  layout: Layout,
  placement: Placement,
  source: string,
  tables: readonly (readonly Literal[])[],
): Codec<State> {
  const build = new Function("T", source) as (tables: readonly (readonly Literal[])[]) => Compiled<State>;
  return {
    words: placement.words,
    bits: placement.bits,
    layout,
    placement,
    ...build(tables),
    explain: (state) => explain(layout, state, "state"),
    another: () => instantiate(layout, placement, source, tables),
  };
}

/** The bits of one word that a value takes, and where they go in its code. */
interface Piece {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  readonly codeShift: number;
}

function pieces({ offset, width }: Bits): Piece[] {
  const found: Piece[] = [];
  for (let done = 0; done < width;) {
    const shift = (offset + done) % 32;
    const part = Math.min(width - done, 32 - shift);
    found.push({ word: Math.floor((offset + done) / 32), shift, width: part, codeShift: done });
    done += part;
  }
  return found;
}

const placeholder = (leaf: LeafLayout): Literal =>
  leaf.literals.length > 0 ? leaf.literals[0]! : leaf.range!.minimum;

const text = (value: unknown): string => JSON.stringify(value);

class Generator {
  readonly tables: Literal[][] = [];
  readonly #placement: Placement;
  readonly #pool: string[] = [];
  #names = 0;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  source(): string {
    const { root, words } = this.#placement;
    const all = Array.from({ length: words }, (_, word) => word);
    const unpack: string[] = [];
    const result = this.#unpack(root, unpack);
    const pack: string[] = [];
    this.#pack(root, "state", pack);
    const exact: string[] = [];
    this.#exact(root, "state", exact);
    return [
      `"use strict";`,
      ...this.#pool,
      `return {`,
      `unpack(w, o) {`,
      ...all.map((word) => `const w${word} = w[o + ${word}];`),
      ...unpack,
      `return ${result}; },`,
      `pack(state, w, o) {`,
      `let c = 0;`,
      ...all.map((word) => `let x${word} = 0;`),
      ...pack,
      ...all.map((word) => `w[o + ${word}] = x${word};`),
      `return true; },`,
      `isExact(state) {`,
      `let n = 0;`,
      ...exact,
      `return true; } };`,
    ].join("\n");
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  #table(values: readonly Literal[]): string {
    const key = text(values);
    let at = this.tables.findIndex((table) => text(table) === key);
    if (at < 0) at = this.tables.push([...values]) - 1;
    const name = `T${at}`;
    if (!this.#pool.includes(`const ${name} = T[${at}];`)) this.#pool.push(`const ${name} = T[${at}];`);
    return name;
  }

  /** An expression of the code in some bits. */
  #read(bits: Bits): string {
    const parts = pieces(bits).map(({ word, shift, width, codeShift }) => {
      const shifted = shift === 0 && width < 32 ? `w${word}` : `(w${word} >>> ${shift})`;
      const masked = shift + width === 32 ? shifted : `(${shifted} & ${2 ** width - 1})`;
      if (codeShift === 0) return masked;
      return bits.width > 31 ? `${masked} * ${2 ** codeShift}` : `(${masked} << ${codeShift})`;
    });
    return parts.length === 0 ? "0" : `(${parts.join(bits.width > 31 ? " + " : " | ")})`;
  }

  /** Statements that write the code in variable `code` into the accumulated words. */
  #write(bits: Bits, code: string, out: string[]): void {
    for (const { word, shift, codeShift, width } of pieces(bits)) {
      let part = code;
      if (codeShift > 0) {
        part = bits.width > 32 ? `Math.floor(${code} / ${2 ** codeShift})` : `(${code} >>> ${codeShift})`;
      } else if (bits.width > 32 && width === 32) part = `(${code} | 0)`;
      out.push(`x${word} |= ${shift === 0 ? part : `${part} << ${shift}`};`);
    }
  }

  /** An expression of the value that a code stands for. */
  #decode(leaf: LeafLayout, code: string): string {
    const { literals, range } = leaf;
    if (leafCount(leaf) === 1) return text(placeholder(leaf));
    const shifted = (by: number): string =>
      by === 0 ? code : by > 0 ? `(${code} + ${by})` : `(${code} - ${-by})`;
    if (range === undefined) {
      if (literals.length === 2 && literals[0] === false && literals[1] === true) return `(${code} === 1)`;
      return `${this.#table(literals)}[${code}]`;
    }
    const number = shifted(range.minimum - literals.length);
    if (literals.length === 0) return number;
    const literal = literals.length === 1 ? text(literals[0]) : `${this.#table(literals)}[${code}]`;
    return `(${code} < ${literals.length} ? ${literal} : ${number})`;
  }

  /** Statements that set `c` to the code of `value`, or to -1 when it has none. */
  #encode(leaf: LeafLayout, value: string, out: string[]): void {
    const { literals, range } = leaf;
    let rest = "-1";
    if (range !== undefined) {
      const { minimum, maximum } = range;
      const check = Math.abs(minimum) < 2 ** 31 && Math.abs(maximum) < 2 ** 31
        ? `(${value} | 0) === ${value}`
        : `Number.isInteger(${value})`;
      const by = literals.length - minimum;
      const code = by === 0 ? value : by > 0 ? `${value} + ${by}` : `${value} - ${-by}`;
      rest = `(${check} && ${value} >= ${minimum} && ${value} <= ${maximum} ? ${code} : -1)`;
    }
    const chain = literals.map((literal, code) => `${value} === ${text(literal)} ? ${code} : `).join("");
    out.push(`c = ${chain}${rest};`);
  }

  /** Statements that fill the pooled containers of `place`; returns the expression of its value. */
  #unpack(place: Place, out: string[]): string {
    switch (place.kind) {
      case "leaf":
        return this.#decode(place.layout, this.#read(place.bits));
      case "object": {
        const container = this.#name("p");
        const at = this.#pool.length;
        for (const { name, place: field } of place.fields) {
          out.push(`${container}[${text(name)}] = ${this.#unpack(field, out)};`);
        }
        const fields = place.fields.map(({ name, place }) => `${text(name)}: ${initialOf(place)}`);
        this.#pool.splice(at, 0, `const ${container} = { ${fields.join(", ")} };`);
        return container;
      }
      case "list":
        return this.#unpackList(place, out);
      case "union":
        return this.#unpackUnion(place, out);
    }
  }

  /** One pooled array for each length: setting a length costs more than picking an array. */
  #unpackList(place: PlacedList, out: string[]): string {
    const pool = this.#name("p");
    const { minimum, items } = place;
    const initial = items.map(initialOf);
    const arrays = Array.from(
      { length: items.length - minimum + 1 },
      (_, more) => `[${initial.slice(0, minimum + more).join(", ")}]`,
    );
    const varies = items.length > minimum;
    this.#pool.push(`const ${pool} = ${varies ? `[${arrays.join(", ")}]` : arrays[0]};`);
    const array = varies ? this.#name("a") : pool;
    const length = varies ? this.#name("n") : String(minimum);
    if (varies) {
      out.push(`const ${length} = ${this.#read(place.length)} + ${minimum};`);
      out.push(`const ${array} = ${pool}[${length} - ${minimum}];`);
    }
    out.push(`if (${array}.length !== ${length}) ${array}.length = ${length};`);
    items.forEach((item, at) => {
      const filled: string[] = [];
      const value = this.#unpack(item, filled);
      if (at >= minimum) out.push(`if (${length} > ${at}) {`);
      out.push(...filled, `${array}[${at}] = ${value};`);
      if (at >= minimum) out.push(`}`);
    });
    return array;
  }

  #unpackUnion(place: PlacedUnion, out: string[]): string {
    const tag = this.#name("t");
    const value = this.#name("v");
    const leaves = leafCount(place.leaf);
    out.push(`const ${tag} = ${this.#read(place.tag)};`, `let ${value};`);
    const branches = place.alternatives.map(({ place: alternative }, at) => {
      const filled: string[] = [];
      const result = this.#unpack(alternative, filled);
      const last = at === place.alternatives.length - 1;
      return `${last ? "" : `if (${tag} === ${leaves + at}) `}{ ${filled.join("\n")} ${value} = ${result}; }`;
    });
    const leaf = leaves > 0 ? [`if (${tag} < ${leaves}) ${value} = ${this.#decode(place.leaf, tag)};`] : [];
    out.push([...leaf, ...branches].join(" else "));
    return value;
  }

  #pack(place: Place, value: string, out: string[]): void {
    switch (place.kind) {
      case "leaf": {
        const name = this.#name("v");
        out.push(`const ${name} = ${value};`);
        this.#encode(place.layout, name, out);
        out.push(`if (c < 0) return false;`);
        this.#write(place.bits, "c", out);
        return;
      }
      case "object": {
        const name = this.#name("v");
        out.push(`const ${name} = ${value};`);
        out.push(`if (typeof ${name} !== "object" || ${name} === null) return false;`);
        for (const field of place.fields) this.#pack(field.place, `${name}[${text(field.name)}]`, out);
        return;
      }
      case "list":
        this.#packList(place, value, out);
        return;
      case "union":
        this.#packUnion(place, value, out);
        return;
    }
  }

  #packList(place: PlacedList, value: string, out: string[]): void {
    const { minimum, items } = place;
    const name = this.#name("v");
    const length = this.#name("n");
    out.push(`const ${name} = ${value};`, `if (!Array.isArray(${name})) return false;`);
    out.push(`const ${length} = ${name}.length;`);
    out.push(`if (${length} < ${minimum} || ${length} > ${items.length}) return false;`);
    if (items.length > minimum) {
      this.#write(place.length, minimum === 0 ? length : `(${length} - ${minimum})`, out);
    }
    items.forEach((item, at) => {
      out.push(at >= minimum ? `if (${length} > ${at}) {` : `{`);
      this.#pack(item, `${name}[${at}]`, out);
      out.push(`}`);
    });
  }

  #packUnion(place: PlacedUnion, value: string, out: string[]): void {
    const name = this.#name("v");
    const leaves = leafCount(place.leaf);
    out.push(`const ${name} = ${value};`);
    const branches = place.alternatives.map(({ tags, place: alternative }, at) => {
      const packed: string[] = [`c = ${leaves + at};`];
      this.#write(place.tag, "c", packed);
      this.#pack(alternative, name, packed);
      const wanted = tags.map((tag) => `${name}[${text(place.discriminator)}] === ${text(tag)}`).join(" || ");
      const array = `Array.isArray(${name})`;
      const object = `typeof ${name} === "object" && ${name} !== null && !${array}`;
      const test = alternative.kind === "list" ? array : wanted === "" ? object : `${object} && (${wanted})`;
      return `if (${test}) { ${packed.join("\n")} }`;
    });
    const leaf: string[] = [];
    this.#encode(place.leaf, name, leaf);
    leaf.push(`if (c < 0) return false;`);
    this.#write(place.tag, "c", leaf);
    out.push([...branches, `{ ${leaf.join("\n")} }`].join(" else "));
  }

  /** Statements that leave with `false` when an object has more fields than its schema. */
  #exact(place: Place, value: string, out: string[]): void {
    switch (place.kind) {
      case "leaf":
        return;
      case "object": {
        const name = this.#name("v");
        out.push(`{ const ${name} = ${value}; if (Array.isArray(${name})) return false;`);
        out.push(`n = 0; for (const _ in ${name}) n++;`);
        out.push(`if (n !== ${place.fields.length}) return false;`);
        for (const field of place.fields) this.#exact(field.place, `${name}[${text(field.name)}]`, out);
        out.push(`}`);
        return;
      }
      case "list": {
        const inner: string[] = [];
        const name = this.#name("v");
        place.items.forEach((item, at) => {
          const checks: string[] = [];
          this.#exact(item, `${name}[${at}]`, checks);
          if (checks.length > 0) inner.push(`if (${name}.length > ${at}) { ${checks.join("\n")} }`);
        });
        if (inner.length > 0) out.push(`{ const ${name} = ${value};`, ...inner, `}`);
        return;
      }
      case "union": {
        const name = this.#name("v");
        out.push(`{ const ${name} = ${value}; if (typeof ${name} === "object" && ${name} !== null) {`);
        for (const { tags, place: alternative } of place.alternatives) {
          const checks: string[] = [];
          this.#exact(alternative, name, checks);
          const wanted = tags.map((tag) => `${name}[${text(place.discriminator)}] === ${text(tag)}`).join(
            " || ",
          );
          const isList = `Array.isArray(${name})`;
          const test = alternative.kind === "list" ? isList : wanted === "" ? `!${isList}` : wanted;
          if (checks.length > 0) out.push(`if (${test}) { ${checks.join("\n")} }`);
        }
        out.push(`} }`);
        return;
      }
    }
  }
}

/** A value of the right shape for a fresh container, so that its hidden class need not change later. */
function initialOf(place: Place): string {
  switch (place.kind) {
    case "leaf":
      return text(placeholder(place.layout));
    case "object":
    case "list":
    case "union":
      return "null";
  }
}
