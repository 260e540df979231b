/**
 * The circle of the ids of zero-copy sends: outside what the kernel still has in flight, inside what the sender's books
 * wait for, with both next numbers and the wrap. Of a wide counter only the arc around those ids is drawn.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Mark, Tone } from "../../lockstep/picture.ts";
import type { MechanismState } from "../../model/zerocopy_index/mechanism_state.ts";

type State = DeepReadonly<MechanismState>;

const [x, y] = [190, 172];
const kernelRing = { innerRadius: 92, outerRadius: 116 };
const senderRing = { innerRadius: 62, outerRadius: 86 };

/** Ids that fit around the circle; a counter of more has a gap at the bottom. */
const mostSlots = 16;

/** Room that the circle takes. */
export const circleSize: { readonly width: number; readonly height: number } = {
  width: 2 * x,
  height: y + 150,
};

/** The part of the numbers that is drawn: `count` of them from `base` on, the first one `turn` turns from the top. */
interface Arc {
  readonly base: number;
  readonly count: number;
  readonly turn: number;
  readonly slots: number;
  readonly numbers: number;
}

/** A number as a person reads it: those just before the wrap of a 32-bit counter by their distance from it. */
export function idWords(id: number): string {
  return id < 2 ** 31 ? String(id) : `2³²−${2 ** 32 - id}`;
}

function arcOf(state: State, widthBits: number): Arc {
  const numbers = 2 ** widthBits;
  if (numbers <= mostSlots) return { base: 0, count: numbers, turn: 0, slots: numbers, numbers };
  const ids = [
    state.kernelNextId,
    state.books.nextId,
    ...state.sends.map(({ id }) => id),
    ...state.books.entries.map(({ id }) => id),
  ];
  const count = mostSlots - 2;
  const half = count / 2;
  const nearWrap = ids.every((id) => id < half || id >= numbers - half);
  const oldest = state.sends[0]?.id ?? state.books.entries[0]?.id ?? state.kernelNextId;
  const base = nearWrap ? numbers - half : (oldest + numbers - 1) % numbers;
  return { base, count, turn: -half / mostSlots, slots: mostSlots, numbers };
}

/** Where a number begins, in turns from the top; undefined when it is not drawn. */
function turnOf(arc: Arc, id: number): number | undefined {
  const place = (id - arc.base + arc.numbers) % arc.numbers;
  return place < arc.count ? arc.turn + place / arc.slots : undefined;
}

function at(radius: number, turn: number): readonly [number, number] {
  return [x + radius * Math.sin(2 * Math.PI * turn), y - radius * Math.cos(2 * Math.PI * turn)];
}

function textAt(radius: number, turn: number, text: string, tone?: Tone): Mark {
  const [textX, textY] = at(radius, turn);
  const aside = Math.sin(2 * Math.PI * turn);
  const anchor = aside > 0.3 ? "start" : aside < -0.3 ? "end" : "middle";
  return { kind: "text", x: textX, y: textY + 4, text, anchor, ...(tone === undefined ? {} : { tone }) };
}

function slot(arc: Arc, id: number, ring: typeof kernelRing, tone: Tone, hatched: boolean): Mark[] {
  const from = turnOf(arc, id);
  if (from === undefined) return [];
  return [{
    kind: "arc",
    x,
    y,
    ...ring,
    from: from + 0.003,
    to: from + 1 / arc.slots - 0.003,
    tone,
    hatched,
  }];
}

function furniture(arc: Arc): Mark[] {
  const from = arc.turn;
  const to = arc.turn + arc.count / arc.slots;
  const whole = arc.count === arc.numbers;
  const wrap = turnOf(arc, 0);
  return [
    { kind: "arc", x, y, ...kernelRing, from, to, tone: "plain" },
    { kind: "arc", x, y, ...senderRing, from, to, tone: "plain" },
    ...(whole ? [] : [textAt(132, to + (1 - arc.count / arc.slots) / 2, "… all others …", "muted")]),
    ...(wrap === undefined ? [] : [
      { kind: "line", points: [at(50, wrap), at(128, wrap)], tone: "plain", dashed: true } as const,
      { kind: "text", x: x - 5, y: y - 138, text: "wrap", anchor: "end", tone: "muted" } as const,
    ]),
  ];
}

/** What is drawn on the two rings for one state. */
function ids(state: State, arc: Arc): Mark[] {
  const { sends, books } = state;
  // The kernel's next number is written beside its arrow.
  const named = new Set(
    [...sends, ...books.entries].map(({ id }) => id).filter((id) => id !== state.kernelNextId),
  );
  return [
    ...sends.flatMap(({ id, due }) => slot(arc, id, kernelRing, due ? "done" : "lent", due)),
    ...books.entries.flatMap(({ id }) => {
      const known = sends.some((send) => send.id === id);
      return slot(arc, id, senderRing, known ? "busy" : "wrong", !known);
    }),
    ...[...named].flatMap((id) => {
      const from = turnOf(arc, id);
      return from === undefined ? [] : [textAt(124, from + 0.5 / arc.slots, idWords(id))];
    }),
  ];
}

/** Both next numbers, each as an arrow to where it will stand. */
function pointers(state: State, arc: Arc): Mark[] {
  const agree = state.closed || state.books.nextId === state.kernelNextId;
  const kernel = turnOf(arc, state.kernelNextId);
  const sender = turnOf(arc, state.books.nextId);
  const into = 0.5 / arc.slots;
  const tone: Tone = agree ? "plain" : "wrong";
  const marks: Mark[] = [];
  if (kernel !== undefined) {
    const points = [at(142, kernel + into), at(118, kernel + into)] as const;
    marks.push({ kind: "line", points, tone: "plain", arrow: true });
    marks.push(textAt(148, kernel + into, `next ${idWords(state.kernelNextId)}`));
  }
  if (sender !== undefined) {
    marks.push({ kind: "line", points: [at(24, sender + into), at(60, sender + into)], tone, arrow: true });
  }
  const text = `next ${idWords(state.books.nextId)}${agree ? "" : ", WRONG"}`;
  const below = sender === undefined || Math.cos(2 * Math.PI * (sender + into)) > 0;
  const textY = y + (below ? 16 : -8);
  return [...marks, { kind: "text", x, y: textY, text, anchor: "middle", ...(agree ? {} : { tone }) }];
}

/** Draws the circle of a counter of `widthBits` bits. */
export function idCircleMarks(state: State, widthBits: number): readonly Mark[] {
  const arc = arcOf(state, widthBits);
  return [...furniture(arc), ...ids(state, arc), ...pointers(state, arc)];
}
