/**
 * Commands, replies and other plain data as one readable line.
 *
 * @module
 */

/** Longest phrase; what is longer ends in an ellipsis. */
const maximumCharacters = 400;

/** `text` with control characters and terminal escapes made visible. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

function value(data: unknown): string {
  if (typeof data === "string") return /^[\w.:/-]+$/.test(data) ? data : JSON.stringify(data);
  if (Array.isArray(data)) return `[${data.map(value).join(" ")}]`;
  if (typeof data === "object" && data !== null) {
    return `{${Object.entries(data).map(([field, part]) => `${field}=${value(part)}`).join(" ")}}`;
  }
  return String(data);
}

/** One line: the kind first when there is one, then the other fields; control characters are shown, never sent. */
export function phrase(data: unknown): string {
  let text: string;
  if (typeof data === "object" && data !== null && !Array.isArray(data) && "kind" in data) {
    const { kind, ...rest } = data;
    const fields = Object.entries(rest).map(([field, part]) => `${field}=${value(part)}`);
    text = [typeof kind === "string" ? kind : value(kind), ...fields].join(" ");
  } else text = value(data);
  const shown = visible(text);
  return shown.length > maximumCharacters ? `${shown.slice(0, maximumCharacters - 1)}…` : shown;
}
