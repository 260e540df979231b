/**
 * Commands, replies and other plain data as one readable line.
 *
 * @module
 */

/** Longest phrase; what is longer ends in an ellipsis. */
export const maximumPhraseCharacters = 400;

/** `text` with control characters, terminal escapes and invisible or direction-changing characters made visible. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** Foreign text as one line that can be printed anywhere: nothing in it is obeyed, and it is never long. */
export function oneLine(text: string, maximumCharacters: number = maximumPhraseCharacters): string {
  const shown = visible(text.slice(0, maximumCharacters + 1));
  return shown.length > maximumCharacters ? `${shown.slice(0, maximumCharacters - 1)}…` : shown;
}

/** Strings that stand for themselves: words, names and paths, but nothing that would be read as another value. */
function isWord(text: string): boolean {
  return /^[\w.:/-]+$/.test(text) &&
    !/^(-?\d+(\.\d+)?n?|-?Infinity|NaN|null|undefined|true|false)$/.test(text);
}

/** What was written so far; stops reading once a phrase is full, however large the data is. */
class Writer {
  text = "";

  get full(): boolean {
    return this.text.length > maximumPhraseCharacters;
  }

  write(data: unknown): void {
    if (this.full) return;
    if (typeof data === "string") {
      const part = data.slice(0, maximumPhraseCharacters + 1);
      this.text += isWord(part) ? part : JSON.stringify(part);
    } else if (Array.isArray(data)) {
      this.text += "[";
      this.writeAll(data, (item) => this.write(item));
      this.text += "]";
    } else if (typeof data === "object" && data !== null) {
      this.text += "{";
      this.writeAll(Object.entries(data), (entry) => this.writeField(entry));
      this.text += "}";
    } else this.text += typeof data === "bigint" ? `${data}n` : String(data);
  }

  writeField([field, part]: [string, unknown]): void {
    this.text += `${field.slice(0, maximumPhraseCharacters)}=`;
    this.write(part);
  }

  writeAll<Item>(items: readonly Item[], write: (item: Item) => void): void {
    for (let index = 0; index < items.length && !this.full; index++) {
      if (index > 0) this.text += " ";
      write(items[index]!);
    }
  }
}

/** One line: the kind first when there is one, then the other fields; control characters are shown, never sent. */
export function phrase(data: unknown): string {
  const writer = new Writer();
  if (typeof data === "object" && data !== null && !Array.isArray(data) && "kind" in data) {
    const { kind, ...rest } = data;
    if (typeof kind === "string") writer.text += kind.slice(0, maximumPhraseCharacters + 1);
    else writer.write(kind);
    for (const entry of Object.entries(rest)) {
      if (writer.full) break;
      writer.text += " ";
      writer.writeField(entry);
    }
  } else writer.write(data);
  return oneLine(writer.text);
}
