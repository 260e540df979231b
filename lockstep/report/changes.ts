/**
 * What changed between two states, field by field.
 *
 * @module
 */
import { diffArrays } from "diff";
import { equal } from "../drive/plain.ts";
import { phrase } from "./phrase.ts";

/** One field that changed. `before` is absent for what is new, `after` for what is gone; both are phrases. */
export interface Change {
  /** Where: `held[0].status`. */
  readonly path: string;
  /** What was there. */
  readonly before?: string;
  /** What is there now. */
  readonly after?: string;
}

/** Past this many changes the rest is only counted, in a last entry whose path is an ellipsis. */
export const maximumChanges = 60;

/** Arrays longer than this are compared position by position: aligning them costs the square of their length. */
const longestAligned = 400;

type Fields = Readonly<Record<string, unknown>>;

function isFields(data: unknown): data is Fields {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

class Collector {
  readonly found: Change[] = [];
  beyond = 0;

  add(change: Change): void {
    if (this.found.length < maximumChanges) this.found.push(change);
    else this.beyond++;
  }

  compare(before: unknown, after: unknown, path: string): void {
    if (equal(before, after)) return;
    if (Array.isArray(before) && Array.isArray(after)) this.#items(before, after, path);
    else if (isFields(before) && isFields(after)) this.#fields(before, after, path);
    else this.add({ path: path === "" ? "state" : path, before: phrase(before), after: phrase(after) });
  }

  #fields(before: Fields, after: Fields, path: string): void {
    const prefix = path === "" ? "" : `${path}.`;
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const place = phrase(field).length > 80 ? `${phrase(field).slice(0, 79)}…` : phrase(field);
      if (!Object.hasOwn(before, field)) {
        this.add({ path: `${prefix}${place}`, after: phrase(after[field]) });
      } else if (!Object.hasOwn(after, field)) {
        this.add({ path: `${prefix}${place}`, before: phrase(before[field]) });
      } else this.compare(before[field], after[field], `${prefix}${place}`);
    }
  }

  /** By position; neighbours that changed from the same value to the same value are one change. */
  #places(before: readonly unknown[], after: readonly unknown[], path: string): void {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) {
      if (index >= before.length) this.add({ path: `${path}[${index}]`, after: phrase(after[index]) });
      else if (index >= after.length) this.add({ path: `${path}[${index}]`, before: phrase(before[index]) });
      else if (equal(before[index], after[index])) continue;
      else {
        let last = index;
        while (
          last + 1 < Math.min(before.length, after.length) && typeof before[index] !== "object" &&
          before[last + 1] === before[index] && equal(after[last + 1], after[index])
        ) last++;
        this.compare(
          before[index],
          after[index],
          last === index ? `${path}[${index}]` : `${path}[${index}..${last}]`,
        );
        index = last;
      }
    }
  }

  /** Same length: by position. Otherwise items are aligned, so that a queue that loses its first says only that. */
  #items(before: readonly unknown[], after: readonly unknown[], path: string): void {
    if (before.length === after.length || before.length + after.length > longestAligned) {
      this.#places(before, after, path);
      return;
    }
    let place = 0;
    const parts = diffArrays([...before], [...after], { comparator: equal });
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      const next = parts[index + 1];
      if (part.removed && next?.added && next.count === part.count) {
        // As many new items as old ones in the same place: the same items, edited.
        part.value.forEach((item, offset) =>
          this.compare(item, next.value[offset], `${path}[${place + offset}]`)
        );
        place += part.count;
        index++;
      } else if (part.removed) {
        part.value.forEach((item, offset) =>
          this.add({ path: `${path}[${place + offset}]`, before: phrase(item) })
        );
        place += part.count;
      } else if (part.added) {
        part.value.forEach((item) => this.add({ path: `${path}[+]`, after: phrase(item) }));
      } else place += part.count;
    }
  }
}

/**
 * The fields in which two states differ.
 *
 * Numbers in brackets count from 0 in the earlier state; `[+]` is a new item. At most {@link maximumChanges} are listed.
 *
 * @example A queue that loses its first
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { changePhrase, changes } from "./changes.ts";
 *
 * const found = changes({ queue: ["a", "b"], served: 0 }, { queue: ["b"], served: 1 });
 * assertEquals(found.map(changePhrase), ["queue[0]: gone, was a", "served: 0 → 1"]);
 * ```
 */
export function changes(before: unknown, after: unknown): readonly Change[] {
  const collector = new Collector();
  collector.compare(before, after, "");
  if (collector.beyond > 0) collector.found.push({ path: "…", after: `${collector.beyond} more` });
  return collector.found;
}

/** One line for one change. */
export function changePhrase({ path, before, after }: Change): string {
  if (path === "…") return `… ${after ?? ""}`;
  if (before === undefined) return `${path}: new ${after}`;
  if (after === undefined) return `${path}: gone, was ${before}`;
  return `${path}: ${before} → ${after}`;
}
