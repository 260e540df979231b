/**
 * What an implementation has answered as JSON, also where it is none.
 *
 * @module
 */

/** `data` as JSON text. What JSON does not know becomes a string: a bigint as `4n`, NaN as `NaN`. */
export function jsonText(data: unknown, indent: number): string {
  return JSON.stringify(
    data,
    (_field, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      if (typeof value === "number" && !Number.isFinite(value)) return String(value);
      return typeof value === "symbol" || typeof value === "function" ? String(value) : value;
    },
    indent,
  );
}
