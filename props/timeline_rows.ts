/**
 * The rows of a picture over time: one for each moment, downwards, with its number and what was done.
 *
 * @module
 */
import type { Band, Mark, Moment } from "../lockstep/picture.ts";
import { characterWidth } from "./picture_legend.ts";

/** Height of one row. */
export const rowHeight = 22;

/** Longest description of a step, in characters; the table of steps has it whole. */
const longestAction = 44;

/** Where the descriptions of the steps begin. */
export const textLeft = 44;

/** Rows, and the lanes that stand to the right of them. */
export interface TimelineRows {
  readonly bands: readonly Band[];
  /** Numbers and descriptions of the rows, and the heads of the lanes. */
  readonly marks: readonly Mark[];
  /** Where the lanes begin. */
  readonly left: number;
  /** Below the last row. */
  readonly bottom: number;
  /** The middle of a row. */
  middle(moment: number): number;
}

function shorter(text: string): string {
  return text.length <= longestAction ? text : `${text.slice(0, longestAction - 1)}…`;
}

/** The rows of `moments`; `words` says what was done, by default the phrase of the step. */
export function timelineRows<State>(
  moments: readonly Moment<State>[],
  words: (moment: Moment<State>, number: number) => string = ({ action = "start" }) => action,
): TimelineRows {
  const top = 26;
  const texts = moments.map((moment, number) => shorter(words(moment, number)));
  const left = textLeft + Math.max(...texts.map(({ length }) => length)) * characterWidth + 12;
  const middle = (moment: number): number => top + (moment + 0.5) * rowHeight;
  return {
    left,
    bottom: top + moments.length * rowHeight,
    middle,
    bands: moments.map((_, moment) => ({ moment, y: top + moment * rowHeight, height: rowHeight })),
    marks: moments.flatMap(({ parted }, moment): Mark[] => [
      {
        kind: "text",
        x: textLeft - 8,
        y: middle(moment) + 4,
        text: `${parted ? "✗ " : ""}${moment === 0 ? "" : moment}`,
        anchor: "end",
        tone: parted ? "wrong" : "muted",
      },
      {
        kind: "text",
        x: textLeft,
        y: middle(moment) + 4,
        text: texts[moment]!,
        ...(parted ? { tone: "wrong" as const } : {}),
      },
    ]),
  };
}
