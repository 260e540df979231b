/**
 * Pictures as data: what a protocol draws of a state or of a walk, and every face (HTML, documents) renders the same
 * way.
 *
 * A tone says what a part means and never a colour: light, dark and print each have their own.
 *
 * @module
 */
import type { AnyCommand } from "./machine.ts";

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
    /** A dashed outline in addition to the tone, so that the meaning survives without colour. */
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

/** Where a moment stands in a picture over time: a band across all of it. */
export interface Band {
  /** 0 is the start, n is after the n-th step. */
  readonly moment: number;
  /** Upper edge, in units of the picture. */
  readonly y: number;
  /** Units down. */
  readonly height: number;
}

/** A drawing of one state, or of a walk. */
export interface Picture {
  /** Units across; text is 11 units high. */
  readonly width: number;
  /** Units down. */
  readonly height: number;
  /** The picture in words, for who can not see it. */
  readonly description: string;
  /** Drawn in this order: later ones lie on top. */
  readonly marks: readonly Mark[];
  /** For a picture over time: the band of each moment; a page marks the present one. */
  readonly bands?: readonly Band[];
}

/** One moment of a walk, as a picture over time sees it. The first one is the start: nothing was done. */
export interface Moment<State> {
  /** Absent where an answer was not allowed: there is no state after it. */
  readonly state?: State;
  /** Who acted; absent at the start. */
  readonly actor?: string;
  /** What was done, as a phrase; absent at the start. */
  readonly action?: string;
  /** Absent at the start and for moves that nobody commands. */
  readonly command?: AnyCommand;
  /** The answer, where there was one. */
  readonly reply?: unknown;
  /** Whether this is where the two sides part, or a promise breaks. */
  readonly parted: boolean;
}

/** How a protocol draws the states of one machine. Each may throw for a state that it can not draw. */
export interface Drawings {
  /** Draws one state. */
  // deno-lint-ignore no-explicit-any
  picture?(state: any): Picture;
  /** Draws a whole walk with its {@link Picture.bands}, for what shows only over time. */
  // deno-lint-ignore no-explicit-any
  timeline?(moments: readonly Moment<any>[]): Picture;
}
