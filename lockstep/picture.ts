/**
 * Pictures as data: what a protocol draws of a state, and every face (HTML, documents) renders the same way.
 *
 * A tone says what a part means and never a colour: light, dark and print each have their own.
 *
 * @module
 */

/**
 * What a part of a picture means.
 *
 * `plain` is furniture, `muted` what does not matter now, `free` room that may be used, `busy` what is held,
 * `lent` what somebody else looks at, `done` what is over but not yet given back, `wrong` what must not be.
 */
export type Tone = "plain" | "muted" | "free" | "busy" | "lent" | "done" | "wrong";

/** One part of a picture. Coordinates are in units of the picture, y downwards. */
export type Mark =
  | {
    readonly kind: "box";
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly tone: Tone;
    /** Text in the middle of the box. */
    readonly label?: string;
    /** Stripes in addition to the tone, so that the meaning survives without colour. */
    readonly hatched?: boolean;
  }
  | {
    readonly kind: "line";
    readonly points: readonly (readonly [x: number, y: number])[];
    readonly tone: Tone;
    readonly arrow?: boolean;
    readonly dashed?: boolean;
  }
  | {
    /** Part of a ring around a centre; angles in turns from the top, clockwise; `to` above `from`. */
    readonly kind: "arc";
    readonly x: number;
    readonly y: number;
    readonly innerRadius: number;
    readonly outerRadius: number;
    readonly from: number;
    readonly to: number;
    readonly tone: Tone;
    readonly label?: string;
    readonly hatched?: boolean;
  }
  | {
    readonly kind: "text";
    readonly x: number;
    readonly y: number;
    readonly text: string;
    readonly anchor?: "start" | "middle" | "end";
    readonly tone?: Tone;
    readonly bold?: boolean;
  };

/** A drawing of one state. */
export interface Picture {
  /** Units across; text is 11 units high. */
  readonly width: number;
  /** Units down. */
  readonly height: number;
  /** The picture in words, for who can not see it. */
  readonly description: string;
  /** Drawn in this order: later ones lie on top. */
  readonly marks: readonly Mark[];
}
