/**
 * Handles in commands: which fields name what a command creates, and which refer to it. Read from the metadata of
 * the command schema (`.meta({ creates: "lease" })`, `.meta({ refersTo: "lease" })`).
 *
 * @module
 */
import { z } from "zod";

/** A field of a command that holds a handle. */
export interface HandleField {
  readonly field: string;
  /** What it names, for example "lease". */
  readonly type: string;
  readonly creates: boolean;
  /** Smallest and largest name. */
  readonly min: number;
  readonly max: number;
}

/** The handle fields of every command kind. */
export type HandleFields = ReadonlyMap<string, readonly HandleField[]>;

function bounds(schema: z.ZodType): { min: number; max: number } {
  const json = z.toJSONSchema(schema, { unrepresentable: "any" });
  return { min: json.minimum ?? 0, max: json.maximum ?? 0 };
}

function fieldsOf(shape: Readonly<Record<string, z.ZodType>>): HandleField[] {
  return Object.entries(shape).flatMap(([field, schema]) => {
    const meta = schema.meta() ?? {};
    const type = meta["creates"] ?? meta["refersTo"];
    return typeof type === "string"
      ? [{ field, type, creates: meta["creates"] !== undefined, ...bounds(schema) }]
      : [];
  });
}

/** Reads the handle fields of a command schema: an object, or a discriminated union of objects. */
export function handleFields(command: z.ZodType): HandleFields {
  const options = command instanceof z.ZodDiscriminatedUnion || command instanceof z.ZodUnion
    ? command.options as readonly z.ZodType[]
    : [command];
  const fields = new Map<string, readonly HandleField[]>();
  for (const option of options) {
    if (option instanceof z.ZodDiscriminatedUnion || option instanceof z.ZodUnion) {
      for (const [kind, inner] of handleFields(option)) fields.set(kind, inner);
    } else if (option instanceof z.ZodObject) {
      const shape = option.shape as Readonly<Record<string, z.ZodType>>;
      const kind = shape["kind"];
      if (kind instanceof z.ZodLiteral || kind instanceof z.ZodEnum) {
        const kinds = kind instanceof z.ZodLiteral ? [...kind.values] : kind.options;
        for (const name of kinds) fields.set(String(name), fieldsOf(shape));
      }
    }
  }
  return fields;
}
