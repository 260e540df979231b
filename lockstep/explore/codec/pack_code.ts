/**
 * Code that writes a state into words.
 *
 * @module
 */
import { type CodecCode, text } from "./codec_code.ts";
import { leafCount } from "./layout.ts";
import type { Block, Place, PlacedList, PlacedUnion } from "./placement.ts";

/** Makes the code that packs. */
export class PackCode {
  readonly #code: CodecCode;
  /** What is done with a value outside the schema. */
  #otherwise = "return false;";

  constructor(code: CodecCode) {
    this.#code = code;
  }

  /** Statements that write `value`, or leave with `false` when it is not within the schema. */
  place(place: Place, value: string, out: string[]): void {
    if (place.kind === "leaf" || !this.#code.inArray) return this.#statements(place, value, out);
    const name = this.#code.name("pack");
    const body: string[] = [];
    this.#statements(place, "value", body);
    this.#code.shared.push(`function ${name}(value, w, o) { let c = 0; ${body.join("\n")} return true; }`);
    out.push(`if (!${name}(${value}, w, o)) return false;`);
  }

  #statements(place: Place, value: string, out: string[]): void {
    switch (place.kind) {
      case "leaf": {
        const name = this.#code.name("v");
        out.push(`const ${name} = ${value};`);
        this.#code.encode(place.layout, name, this.#otherwise, out);
        this.#code.write(place.bits, "c", out);
        return;
      }
      case "object": {
        const name = this.#code.name("v");
        out.push(`const ${name} = ${value};`);
        out.push(`if (typeof ${name} !== "object" || ${name} === null) ${this.#otherwise}`);
        for (const field of place.fields) this.place(field.place, `${name}[${text(field.name)}]`, out);
        return;
      }
      case "list":
        this.#list(place, value, out);
        return;
      case "union":
        this.#union(place, value, out);
        return;
    }
  }

  #list(place: PlacedList, value: string, out: string[]): void {
    const { minimum, items, block } = place;
    const packBlock = block && this.#packBlock(block);
    const name = this.#code.name("v");
    const length = this.#code.name("n");
    out.push(`const ${name} = ${value};`, `if (!Array.isArray(${name})) ${this.#otherwise}`);
    out.push(`const ${length} = ${name}.length;`);
    out.push(`if (${length} < ${minimum} || ${length} > ${items.length}) ${this.#otherwise}`);
    if (items.length > minimum) {
      this.#code.write(place.length, minimum === 0 ? length : `(${length} - ${minimum})`, out);
    }
    items.forEach((item, at) => {
      out.push(at >= minimum ? `if (${length} > ${at}) {` : `{`);
      if (block === undefined) this.place(item, `${name}[${at}]`, out);
      else {
        out.push(`c = ${packBlock}(${name}[${at}]); if (c < 0) ${this.#otherwise}`);
        this.#code.write({ offset: block.offsets[at]!, width: block.width }, "c", out);
      }
      out.push(`}`);
    });
  }

  /** The name of a function for all items of a list: the bits of one, or -1. */
  #packBlock({ item }: Block): string {
    const name = this.#code.name("pack");
    const body: string[] = [];
    const before = this.#otherwise;
    this.#otherwise = "return -1;";
    this.#code.inBlock(() => this.#statements(item, "value", body));
    this.#otherwise = before;
    this.#code.shared.push(
      `function ${name}(value) { let c = 0, x0 = 0; ${body.join("\n")} return x0; }`,
    );
    return name;
  }

  #union(place: PlacedUnion, value: string, out: string[]): void {
    const name = this.#code.name("v");
    const leaves = leafCount(place.leaf);
    out.push(`const ${name} = ${value};`);
    const branches = place.alternatives.map(({ tags, place: alternative }, at) => {
      const packed: string[] = [`c = ${leaves + at};`];
      this.#code.write(place.tag, "c", packed);
      this.place(alternative, name, packed);
      const wanted = tags.map((tag) => `${name}[${text(place.discriminator)}] === ${text(tag)}`).join(" || ");
      const array = `Array.isArray(${name})`;
      const object = `typeof ${name} === "object" && ${name} !== null && !${array}`;
      const test = alternative.kind === "list" ? array : wanted === "" ? object : `${object} && (${wanted})`;
      return `if (${test}) { ${packed.join("\n")} }`;
    });
    const leaf: string[] = [];
    this.#code.encode(place.leaf, name, this.#otherwise, leaf);
    this.#code.write(place.tag, "c", leaf);
    out.push([...branches, `{ ${leaf.join("\n")} }`].join(" else "));
  }
}
