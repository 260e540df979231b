/**
 * Code that reads a state from words into pooled containers.
 *
 * @module
 */
import { type CodecCode, placeholder, text } from "./codec_code.ts";
import { leafCount } from "./layout.ts";
import type { Block, Place, PlacedList, PlacedObject, PlacedUnion } from "./placement.ts";

/** The field that tells the alternatives of a union apart, and what one of them has there. */
type Told = Pick<PlacedUnion, "discriminator"> & Pick<PlacedUnion["alternatives"][number], "tags">;

/** Makes the code that unpacks. */
export class UnpackCode {
  readonly #code: CodecCode;

  constructor(code: CodecCode) {
    this.#code = code;
  }

  /**
   * Statements that fill the pooled containers of `place`; returns the expression of its value.
   *
   * @param told What tells the place from the other alternatives of a union.
   */
  place(place: Place, out: string[], told?: Told): string {
    if (place.kind === "leaf") return this.#code.decode(place.layout, this.#code.read(place.bits));
    if (!this.#code.inArray) return this.#container(place, out, told);
    const name = this.#code.name("unpack");
    const body: string[] = [];
    const result = this.#container(place, body, told);
    this.#code.shared.push(`function ${name}(w, o) { ${body.join("\n")} return ${result}; }`);
    return `${name}(w, o)`;
  }

  #container(place: Exclude<Place, { kind: "leaf" }>, out: string[], told?: Told): string {
    switch (place.kind) {
      case "object": {
        const container = this.#code.name("p");
        const at = this.#code.shared.length;
        if (told !== undefined) out.push(this.#clean(container, place, told));
        for (const { name, place: field } of place.fields) {
          out.push(`${container}[${text(name)}] = ${this.place(field, out)};`);
        }
        const fields = place.fields.map(({ name, place }) => `${text(name)}: ${initialOf(place)}`);
        this.#code.shared.splice(at, 0, `const ${container} = keep({ ${fields.join(", ")} });`);
        return container;
      }
      case "list":
        return this.#unpackList(place, out);
      case "union":
        return this.#unpackUnion(place, out);
    }
  }

  /**
   * A step may make one alternative of a union into another in place. Then the container has fields of that one, and
   * its tag.
   */
  #clean(container: string, { fields }: PlacedObject, { discriminator, tags }: Told): string {
    const source = `function clean(object, fields) {
      for (const name of Object.keys(object)) if (!fields.includes(name)) delete object[name];
    }`;
    if (!this.#code.shared.includes(source)) this.#code.shared.push(source);
    const isOther = tags.map((tag) => `${container}[${text(discriminator)}] !== ${text(tag)}`).join(" && ");
    return `if (${isOther}) clean(${container}, ${text(fields.map(({ name }) => name))});`;
  }

  /** One pooled array for each length: setting a length costs more than picking an array. */
  #unpackList(place: PlacedList, out: string[]): string {
    const pool = this.#code.name("p");
    const { minimum, items, block } = place;
    const unpackBlock = block && this.#unpackBlock(block);
    const initial = items.map(initialOf);
    const arrays = Array.from(
      { length: items.length - minimum + 1 },
      (_, more) => `keep([${initial.slice(0, minimum + more).join(", ")}])`,
    );
    const varies = items.length > minimum;
    this.#code.shared.push(`const ${pool} = ${varies ? `[${arrays.join(", ")}]` : arrays[0]};`);
    const array = varies ? this.#code.name("a") : pool;
    const length = varies ? this.#code.name("n") : String(minimum);
    if (varies) {
      out.push(`const ${length} = ${this.#code.read(place.length)} + ${minimum};`);
      out.push(`const ${array} = ${pool}[${length} - ${minimum}];`);
    }
    // Setting the length is slow, and leaves holes: another kind of array to the engine.
    out.push(`while (${array}.length > ${length}) ${array}.pop();`);
    out.push(`while (${array}.length < ${length}) ${array}.push(${initial[0] ?? "null"});`);
    items.forEach((item, at) => {
      const filled: string[] = [];
      const value = block === undefined
        ? this.place(item, filled)
        : `${unpackBlock![at]}(${this.#code.read({ offset: block.offsets[at]!, width: block.width })})`;
      if (at >= minimum) out.push(`if (${length} > ${at}) {`);
      out.push(...filled, `${array}[${at}] = ${value};`);
      if (at >= minimum) out.push(`}`);
    });
    return array;
  }

  /** For each item of a list the name of a function that unpacks its bits into containers of its own. */
  #unpackBlock({ item, offsets }: Block): string[] {
    const { shared } = this.#code;
    const make = this.#code.name("make");
    const body: string[] = [];
    const at = shared.length;
    const result = this.#code.inBlock(() => this.#container(item as Exclude<Place, { kind: "leaf" }>, body));
    // The containers that were declared meanwhile belong to one item, too.
    const containers = shared.splice(at);
    shared.push(
      `function ${make}() { ${containers.join("\n")}`,
      `return (w0) => { ${body.join("\n")} return ${result}; }; }`,
    );
    const names = offsets.map(() => this.#code.name("unpack"));
    for (const name of names) shared.push(`const ${name} = ${make}();`);
    return names;
  }

  #unpackUnion(place: PlacedUnion, out: string[]): string {
    const tag = this.#code.name("t");
    const value = this.#code.name("v");
    const leaves = leafCount(place.leaf);
    out.push(`const ${tag} = ${this.#code.read(place.tag)};`, `let ${value};`);
    const branches = place.alternatives.map(({ tags, place: alternative }, at) => {
      const filled: string[] = [];
      const told = tags.length === 0 ? undefined : { discriminator: place.discriminator, tags };
      const result = this.place(alternative, filled, told);
      const last = at === place.alternatives.length - 1;
      return `${last ? "" : `if (${tag} === ${leaves + at}) `}{ ${filled.join("\n")} ${value} = ${result}; }`;
    });
    const leaf = leaves > 0
      ? [`if (${tag} < ${leaves}) ${value} = ${this.#code.decode(place.leaf, tag)};`]
      : [];
    out.push([...leaf, ...branches].join(" else "));
    return value;
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
