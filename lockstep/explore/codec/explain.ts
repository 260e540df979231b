/**
 * What is wrong with a state, in words: the slow counterpart of packing.
 *
 * @module
 */
import type { Layout, LeafLayout } from "./layout.ts";

/** What is wrong with a value, naming the field; `undefined` = it is within the layout. */
export function explain(layout: Layout, value: unknown, path: string): string | undefined {
  switch (layout.kind) {
    case "leaf":
      return isOfLeaf(layout, value) ? undefined : `${path} is ${shown(value)}, must be ${allowed(layout)}`;
    case "array":
    case "tuple": {
      const [least, most] = layout.kind === "tuple"
        ? [layout.items.length, layout.items.length]
        : [layout.minimum, layout.maximum];
      if (!Array.isArray(value)) return `${path} is ${shown(value)}, must be an array`;
      if (value.length < least || value.length > most) {
        return `${path} has ${value.length} items, must have ${
          least === most ? least : `${least} to ${most}`
        }`;
      }
      return firstOf(
        // Not `map`, which leaves out holes.
        Array.from(
          value,
          (item: unknown, at) => () =>
            explain(layout.kind === "tuple" ? layout.items[at]! : layout.item, item, `${path}[${at}]`),
        ),
      );
    }
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return `${path} is ${shown(value)}, must be an object`;
      }
      const fields = value as Readonly<Record<string, unknown>>;
      const extra = Object.keys(fields).find((name) => !layout.fields.some((field) => field.name === name));
      if (extra !== undefined) return `${path}.${extra} is not a field of the schema`;
      return firstOf(
        layout.fields.map((field) => () =>
          explain(field.layout, fields[field.name], `${path}.${field.name}`)
        ),
      );
    }
    case "union": {
      if (isOfLeaf(layout.leaf, value)) return undefined;
      if (Array.isArray(value) && layout.list !== undefined) return explain(layout.list, value, path);
      if (typeof value === "object" && value !== null && !Array.isArray(value) && layout.objects.length > 0) {
        const tag = (value as Readonly<Record<string, unknown>>)[layout.discriminator];
        const object = layout.discriminator === ""
          ? layout.objects[0]
          : layout.objects.find(({ tags }) => tags.some((each) => each === tag));
        if (object !== undefined) return explain(object.layout, value, path);
        const all: LeafLayout = { kind: "leaf", literals: layout.objects.flatMap(({ tags }) => tags) };
        return `${path}.${layout.discriminator} is ${shown(tag)}, must be ${allowed(all)}`;
      }
      return `${path} is ${shown(value)}, must be one of the alternatives of its union`;
    }
  }
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfLeaf(leaf: LeafLayout, value: unknown): boolean {
  if (leaf.literals.some((literal) => literal === value)) return true;
  const range = leaf.range;
  return range !== undefined && typeof value === "number" && Number.isInteger(value) &&
    value >= range.minimum &&
    value <= range.maximum;
}

function allowed(leaf: LeafLayout): string {
  const literals = leaf.literals.map((literal) => JSON.stringify(literal));
  const range = leaf.range === undefined ? [] : [`${leaf.range.minimum} to ${leaf.range.maximum}`];
  return [...literals, ...range].join(", ");
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  const json = jsonOf(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

/** `undefined` for what JSON can not hold, such as a value that is a part of itself. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
