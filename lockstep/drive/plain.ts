/**
 * Plain data: deep equality and copies, without the generality (and the cost) of `structuredClone`.
 *
 * @module
 */

/** Whether two values of plain data are equal: same shape, same fields, same values; -0 equals 0. */
export function equal(first: unknown, second: unknown): boolean {
  if (first === second) return true;
  if (typeof first !== "object" || typeof second !== "object" || first === null || second === null) {
    return Number.isNaN(first) && Number.isNaN(second);
  }
  if (Array.isArray(first)) {
    if (!Array.isArray(second) || first.length !== second.length) return false;
    for (let index = 0; index < first.length; index++) if (!equal(first[index], second[index])) return false;
    return true;
  }
  if (Array.isArray(second)) return false;
  const left = first as Record<string, unknown>;
  const right = second as Record<string, unknown>;
  let fields = 0;
  for (const field in left) {
    if (!Object.hasOwn(right, field) || !equal(left[field], right[field])) return false;
    fields++;
  }
  for (const _ in right) fields--;
  return fields === 0;
}

/** A deep copy of plain data. */
export function copy<Data>(data: Data): Data {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) {
    const items = new Array(data.length);
    for (let index = 0; index < items.length; index++) items[index] = copy(data[index]);
    return items as Data;
  }
  const fields: Record<string, unknown> = {};
  for (const field in data) {
    if (field === "__proto__") define(fields, field, copy(data[field]));
    else fields[field] = copy(data[field]);
  }
  return fields as Data;
}

/** An own field, whatever its name means to the language. */
function define(fields: Record<string, unknown>, field: string, value: unknown): void {
  Object.defineProperty(fields, field, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * A string that is equal for equal plain data, whatever the order of fields, and for no other data. A mistaken
 * implementation answers with numbers that JSON does not know: they have strings of their own.
 */
export function keyOf(data: unknown): string {
  if (typeof data === "number") return `${data}`;
  if (typeof data === "bigint") return `${data}n`;
  if (typeof data !== "object" || data === null) return JSON.stringify(data) ?? "undefined";
  if (Array.isArray(data)) return `[${data.map(keyOf).join(",")}]`;
  const fields = Object.keys(data).sort();
  return `{${
    fields.map((field) => `${JSON.stringify(field)}:${keyOf((data as Record<string, unknown>)[field])}`).join(
      ",",
    )
  }}`;
}
