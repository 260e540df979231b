/**
 * Code that looks for fields which a schema does not have.
 *
 * @module
 */
import { type CodecCode, text } from "./codec_code.ts";
import type { Block, Place } from "./placement.ts";

/** Makes the code that counts fields. */
export class ExactCode {
  readonly #code: CodecCode;

  constructor(code: CodecCode) {
    this.#code = code;
  }

  /** Statements that leave with `false` when an object has more fields than its schema. */
  place(place: Place, value: string, out: string[]): void {
    switch (place.kind) {
      case "leaf":
        return;
      case "object": {
        const name = this.#code.name("v");
        out.push(`{ const ${name} = ${value}; if (Array.isArray(${name})) return false;`);
        out.push(`if (${this.#countFields()}(${name}) !== ${place.fields.length}) return false;`);
        for (const field of place.fields) this.place(field.place, `${name}[${text(field.name)}]`, out);
        out.push(`}`);
        return;
      }
      case "list": {
        const inner: string[] = [];
        const name = this.#code.name("v");
        if (place.block !== undefined) return this.#items(place.block, value, out);
        place.items.forEach((item, at) => {
          const checks: string[] = [];
          this.place(item, `${name}[${at}]`, checks);
          if (checks.length > 0) inner.push(`if (${name}.length > ${at}) { ${checks.join("\n")} }`);
        });
        if (inner.length > 0) out.push(`{ const ${name} = ${value};`, ...inner, `}`);
        return;
      }
      case "union": {
        const name = this.#code.name("v");
        out.push(`{ const ${name} = ${value}; if (typeof ${name} === "object" && ${name} !== null) {`);
        for (const { tags, place: alternative } of place.alternatives) {
          const checks: string[] = [];
          this.place(alternative, name, checks);
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

  /** The name of a function that counts fields. */
  #countFields(): string {
    const name = "countFields";
    const source = `function ${name}(object) { let n = 0; for (const _ in object) n++; return n; }`;
    if (!this.#code.shared.includes(source)) this.#code.shared.push(source);
    return name;
  }

  /** One function does for all items that are alike. */
  #items({ item }: Block, value: string, out: string[]): void {
    const body: string[] = [];
    this.place(item, "value", body);
    if (body.length === 0) return;
    const name = this.#code.name("exact");
    this.#code.shared.push(`function ${name}(value) { ${body.join("\n")} return true; }`);
    out.push(`for (const item of ${value}) if (!${name}(item)) return false;`);
  }
}
