/**
 * Reads a zod schema into a layout.
 *
 * What has no finite number of values, or what a few bits can not tell apart, is refused with a sentence that names
 * the field and says how to bound it.
 *
 * @module
 */
import type { z } from "zod";
import { type Layout, type LeafLayout, type Literal, type ObjectLayout, refuse } from "./layout.ts";
import { joined } from "./union_layout.ts";

/** The parts of a zod definition that are read here; zod gives no exact type for "any schema's definition". */
interface Definition {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: Readonly<Record<string, unknown>> } }[];
  readonly format?: string;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly partial?: boolean;
}

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

/** The values of an enum or a literal. The entries of a TypeScript enum also lead back, from numbers to names. */
function valuesOf(schema: z.ZodType): unknown[] {
  return [...schema._zod.values ?? []];
}

interface Bounds {
  minimum: number;
  maximum: number;
  integer: boolean;
}

function applyCheck(bounds: Bounds, check: Readonly<Record<string, unknown>>, path: string): void {
  const value = Number(check["value"]);
  switch (check["check"]) {
    case "greater_than":
      bounds.minimum = Math.max(
        bounds.minimum,
        check["inclusive"] ? Math.ceil(value) : Math.floor(value) + 1,
      );
      return;
    case "less_than":
      bounds.maximum = Math.min(
        bounds.maximum,
        check["inclusive"] ? Math.floor(value) : Math.ceil(value) - 1,
      );
      return;
    case "number_format":
      applyFormat(bounds, String(check["format"]), path);
      return;
    case "min_length":
      bounds.minimum = Math.max(bounds.minimum, Number(check["minimum"]));
      return;
    case "max_length":
      bounds.maximum = Math.min(bounds.maximum, Number(check["maximum"]));
      return;
    case "length_equals":
      bounds.minimum = Math.max(bounds.minimum, Number(check["length"]));
      bounds.maximum = Math.min(bounds.maximum, Number(check["length"]));
      return;
    default:
      refuse(
        path,
        `packing can not enforce the check "${check["check"]}", say it as an invariant of the machine`,
      );
  }
}

function applyFormat(bounds: Bounds, format: string, path: string): void {
  switch (format) {
    case "safeint":
      bounds.integer = true;
      return;
    case "int32":
      bounds.integer = true;
      bounds.minimum = Math.max(bounds.minimum, -(2 ** 31));
      bounds.maximum = Math.min(bounds.maximum, 2 ** 31 - 1);
      return;
    case "uint32":
      bounds.integer = true;
      bounds.minimum = Math.max(bounds.minimum, 0);
      bounds.maximum = Math.min(bounds.maximum, 2 ** 32 - 1);
      return;
    default:
      refuse(path, `numbers of format "${format}" can not be counted, use z.int().min(...).max(...)`);
  }
}

function boundsOf(definition: Definition, path: string): Bounds {
  const bounds: Bounds = { minimum: -Infinity, maximum: Infinity, integer: false };
  if (definition.format !== undefined) applyFormat(bounds, definition.format, path);
  for (const check of definition.checks ?? []) applyCheck(bounds, check._zod.def, path);
  return bounds;
}

function integerLayout(definition: Definition, path: string): LeafLayout {
  const bounds = boundsOf(definition, path);
  if (!bounds.integer) {
    refuse(path, "a number that is not an integer can not be counted, use z.int().min(...).max(...)");
  }
  const { minimum, maximum } = bounds;
  if (minimum === -Infinity && maximum === Infinity) {
    refuse(path, "an integer without bounds, use z.int().min(...).max(...)");
  }
  if (minimum === -Infinity) refuse(path, "an integer without a lower bound, add .min(...)");
  if (maximum === Infinity) refuse(path, "an integer without an upper bound, add .max(...)");
  if (minimum > maximum) refuse(path, `no integer is at least ${minimum} and at most ${maximum}`);
  if (maximum - minimum >= Number.MAX_SAFE_INTEGER) {
    refuse(path, `${minimum} to ${maximum} are more than 2^53 integers, use tighter bounds`);
  }
  return { kind: "leaf", literals: [], range: { minimum, maximum } };
}

function literalLayout(values: readonly unknown[], path: string): LeafLayout {
  const literals: Literal[] = [];
  for (const value of values) {
    const plain = value === null || typeof value === "string" || typeof value === "boolean" ||
      (typeof value === "number" && Number.isFinite(value));
    if (!plain) {
      refuse(
        path,
        `the literal ${String(value)} is not plain data, use null, a string, a boolean or a number`,
      );
    }
    const literal = Object.is(value, -0) ? 0 : value as Literal;
    if (!literals.includes(literal)) literals.push(literal);
  }
  if (literals.length === 0) refuse(path, "it has no values at all");
  return { kind: "leaf", literals };
}

function listBounds(definition: Definition, path: string): { minimum: number; maximum: number } {
  const bounds = boundsOf(definition, path);
  const minimum = Math.max(0, bounds.minimum);
  if (bounds.maximum === Infinity) {
    refuse(path, "an array without a longest length, add .max(...) or .length(...)");
  }
  if (minimum > bounds.maximum) {
    refuse(path, `no array has at least ${minimum} and at most ${bounds.maximum} items`);
  }
  if (bounds.maximum > 65_536) {
    refuse(path, `an array of up to ${bounds.maximum} items, must be at most 65536`);
  }
  return { minimum, maximum: bounds.maximum };
}

function onlyKnownChecks(definition: Definition, path: string): void {
  for (const check of definition.checks ?? []) {
    const name = String(check._zod.def["check"]);
    refuse(path, `packing can not enforce the check "${name}", say it as an invariant of the machine`);
  }
}

/**
 * Reads a state schema into a layout.
 *
 * @param path How error messages name the place, for example `state`.
 * @throws {TypeError} for a schema with infinitely many values or with a part that can not be packed, naming it.
 */
export function layoutOf(schema: z.ZodType, path: string): Layout {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case "number":
      return integerLayout(definition, path);
    case "string":
      return refuse(path, "there are infinitely many strings, use z.enum([...]) or a number");
    case "array": {
      const { minimum, maximum } = listBounds(definition, path);
      return { kind: "array", minimum, maximum, item: layoutOf(definition.element!, `${path}[]`) };
    }
  }
  onlyKnownChecks(definition, path);
  switch (definition.type) {
    case "boolean":
      return { kind: "leaf", literals: [false, true] };
    case "null":
      return { kind: "leaf", literals: [null] };
    case "literal":
    case "enum":
      return literalLayout(valuesOf(schema), path);
    case "tuple":
      if (definition.rest) {
        refuse(path, "a tuple with a rest has no longest length, use an array with .max(...)");
      }
      return { kind: "tuple", items: definition.items!.map((item, at) => layoutOf(item, `${path}[${at}]`)) };
    case "object":
      return objectLayout(definition, path);
    case "record":
      return recordLayout(definition, path);
    case "readonly":
    case "nonoptional":
      return layoutOf(definition.innerType!, path);
    case "nullable":
      return joined([{ kind: "leaf", literals: [null] }, layoutOf(definition.innerType!, path)], path);
    case "union":
      return joined(definition.options!.map((option) => layoutOf(option, path)), path);
    case "optional":
      return refuse(path, "an optional field is two spellings of absence, use .nullable()");
    default:
      return refuse(
        path,
        `the type "${definition.type}" can not be packed, use integers, booleans, enums, arrays and objects`,
      );
  }
}

function objectLayout(definition: Definition, path: string): ObjectLayout {
  const catchall = definition.catchall;
  if (catchall !== undefined && definitionOf(catchall).type !== "never") {
    refuse(path, "an object with unnamed fields has no longest form, use z.strictObject({...})");
  }
  const fields = Object.entries(definition.shape!).map(([name, field]) => {
    if (name === "__proto__") refuse(`${path}.${name}`, "a field of this name can not be set");
    return { name, layout: layoutOf(field, `${path}.${name}`) };
  });
  return { kind: "object", fields };
}

function recordLayout(definition: Definition, path: string): ObjectLayout {
  const key = definitionOf(definition.keyType!);
  if (key.type !== "enum" && key.type !== "literal") {
    refuse(path, "a record with arbitrary keys has no longest form, use z.enum([...]) as its key");
  }
  if (definition.partial) {
    refuse(
      path,
      "a record that may lack keys is two spellings of absence, use z.record(...) of .nullable() values",
    );
  }
  const names = valuesOf(definition.keyType!);
  const item = layoutOf(definition.valueType!, `${path}.*`);
  return { kind: "object", fields: names.map((name) => ({ name: String(name), layout: item })) };
}
