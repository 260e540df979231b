import type { Mark, Tone } from "../lockstep/picture.ts";

/** What a look means; `hatched` is a dashed outline. */
export interface LegendEntry {
  readonly tone: Tone;
  readonly hatched?: boolean;
  readonly text: string;
}

/** Units that one character of a picture's text takes, with a little to spare. */
export const characterWidth = 7;

/** Height of a line of a legend. */
export const legendLine = 18;

/** A legend from `left` on, in as many lines as it needs below `width` units. */
export function legendMarks(
  entries: readonly LegendEntry[],
  left: number,
  top: number,
  width: number,
): { readonly marks: readonly Mark[]; readonly height: number } {
  let [x, y] = [left, top];
  const marks = entries.flatMap(({ tone, hatched, text }): Mark[] => {
    const takes = 34 + text.length * characterWidth;
    if (x > left && x + takes > left + width) [x, y] = [left, y + legendLine];
    const at = x;
    x += takes;
    return [
      { kind: "box", x: at, y, width: 12, height: 12, tone, ...(hatched ? { hatched } : {}) },
      { kind: "text", x: at + 17, y: y + 10, text, tone: "muted" },
    ];
  });
  return { marks, height: y - top + legendLine };
}
