/**
 * Equality of plain data as a string.
 *
 * @module
 */

/** The same text for equal values, whatever the order of their fields; different texts for different values. */
export function plainKey(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "bigint") return `${value}n`;
    // As JSON, these are null.
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return JSON.stringify(value) ?? "undefined";
  }
  if (Array.isArray(value)) return `[${value.map(plainKey).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${plainKey(fields[name])}`).join(",")}}`;
}
