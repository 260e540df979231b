/**
 * The zero-copy index, drawn: the circle of ids with what the kernel and the sender's books have on it, the requests
 * and their buffers, and what the reader has not taken.
 *
 * @module
 */
import { counted } from "../../lockstep/counted.ts";
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Mark, Picture, Tone } from "../../lockstep/picture.ts";
import type { MechanismState } from "../../model/zerocopy_index/mechanism_state.ts";
import { type LegendEntry, legendMarks } from "../picture_legend.ts";
import { circleSize, idCircleMarks, idWords } from "./id_circle.ts";

type State = DeepReadonly<MechanismState>;

const left = circleSize.width + 40;
const width = 920;
const boxHeight = 26;

const legend: readonly LegendEntry[] = [
  { tone: "lent", text: "outer ring: in flight" },
  { tone: "done", hatched: true, text: "outer ring: notification due" },
  { tone: "busy", text: "inner ring: the sender waits for it" },
  { tone: "wrong", hatched: true, text: "must not be" },
];

/** One box of a row. */
interface Part {
  readonly label: string;
  readonly tone: Tone;
  readonly hatched?: boolean;
}

/** A titled row of boxes, in as many lines as it needs; `top` is where it begins. */
function row(
  title: string,
  top: number,
  boxWidth: number,
  parts: readonly Part[],
): { marks: Mark[]; bottom: number } {
  const across = Math.floor((width - left) / boxWidth);
  const lines = Math.max(1, Math.ceil(parts.length / across));
  const boxes = parts.map((part, index): Mark => ({
    kind: "box",
    x: left + (index % across) * boxWidth,
    y: top + 8 + Math.floor(index / across) * (boxHeight + 4),
    width: boxWidth - 4,
    height: boxHeight,
    ...part,
  }));
  const nothing: Mark = { kind: "text", x: left, y: top + 25, text: "none", tone: "muted" };
  return {
    marks: [
      { kind: "text", x: left, y: top, text: title, bold: true },
      ...(parts.length === 0 ? [nothing] : boxes),
    ],
    bottom: top + 8 + lines * (boxHeight + 4) + 24,
  };
}

/** Whether the kernel reads `buffer` in place, and whether it still finds there what was submitted. */
function kernelReads(state: State, buffer: number): "no" | "unchanged" | "changed" {
  const reads = state.sends.flatMap((send) => send.reads).filter((read) => read.buffer === buffer);
  if (reads.length === 0) return "no";
  return reads.every(({ parity }) => parity === state.parity[buffer]) ? "unchanged" : "changed";
}

function bufferPart(state: State, buffer: number): Part {
  const free = state.books.free[buffer] === true;
  const reads = kernelReads(state, buffer);
  if (reads === "changed") return { label: `${buffer}: changed`, tone: "wrong", hatched: true };
  if (reads === "unchanged") {
    return free
      ? { label: `${buffer}: free, read`, tone: "wrong", hatched: true }
      : { label: `${buffer}: lent`, tone: "lent" };
  }
  return free ? { label: `${buffer}: free`, tone: "free" } : { label: `${buffer}: held`, tone: "busy" };
}

function requestPart({ buffer, sent, units, waits }: State["books"]["requests"][number]): Part {
  const waiting = waits === 0 ? "" : `, waits for ${waits}`;
  return {
    label: `buffer ${buffer}: ${sent} of ${units} sent${waiting}`,
    tone: sent < units ? "plain" : waits > 0 ? "busy" : "done",
  };
}

/** Makes the picture of the states of a mechanism whose counter has `widthBits` bits. */
export function zerocopyPicture(widthBits: number): (state: State) => Picture {
  return (state) => {
    const { sends, books, wire, kernelNextId } = state;
    const requests = row("requests", 40, 244, books.requests.map(requestPart));
    const buffers = row(
      "buffers",
      requests.bottom,
      100,
      books.free.map((_, buffer) => bufferPart(state, buffer)),
    );
    const unread = row(
      "on the wire, unread",
      buffers.bottom,
      170,
      wire.map(({ buffer, units }): Part => ({ label: `buffer ${buffer}: ${units} units`, tone: "plain" })),
    );
    const top = Math.max(circleSize.height, unread.bottom);
    const explained = legendMarks(legend, 20, top, width - 20);
    const free = books.free.filter((isFree) => isFree).length;
    const description =
      `The kernel has ${counted(sends.length, "send")} in flight and numbers the next ${
        idWords(kernelNextId)
      }; ` +
      `the sender expects ${idWords(books.nextId)} and has ${
        counted(books.requests.length, "request")
      } pending; ` +
      `${free} of ${books.free.length} buffers are free${state.closed ? "; the sender has closed" : ""}.`;
    return {
      width,
      height: top + explained.height,
      description,
      marks: [
        ...idCircleMarks(state, widthBits),
        ...requests.marks,
        ...buffers.marks,
        ...unread.marks,
        ...explained.marks,
      ],
    };
  };
}
