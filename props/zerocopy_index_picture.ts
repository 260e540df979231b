/**
 * The zero-copy index, drawn: which sends the kernel still reads, what the sender's books say about them, and which
 * buffers are free.
 *
 * @module
 */
import type { DeepReadonly } from "../lockstep/machine.ts";
import type { Mark, Picture, Tone } from "../lockstep/picture.ts";
import type { MechanismState } from "../model/zerocopy_mechanism_state.ts";

type State = DeepReadonly<MechanismState>;

const left = 90;
const boxWidth = 84;
const boxHeight = 28;
const rowHeight = 42;
const boxesAcross = 8;
const half = 2 ** 31;

/** A number as a person reads it: those just before the wrap by their distance from it. */
export function idWords(id: number): string {
  return id < half ? String(id) : `2³²−${2 ** 32 - id}`;
}

/** One box of a row. */
interface Part {
  readonly label: string;
  readonly tone: Tone;
  readonly hatched?: boolean;
}

function row(title: string, place: number, parts: readonly Part[], end?: string): Mark[] {
  const y = 10 + place * rowHeight;
  const shown = parts.slice(0, boxesAcross);
  const after = left + shown.length * boxWidth;
  const rest = parts.length - shown.length;
  const tail = [...(rest > 0 ? [`and ${rest} more`] : []), ...(end === undefined ? [] : [end])].join(", ");
  return [
    { kind: "text", x: left - 10, y: y + 18, text: title, anchor: "end", bold: true },
    ...shown.map(({ label, tone, hatched }, index): Mark => ({
      kind: "box",
      x: left + index * boxWidth,
      y,
      width: boxWidth - 4,
      height: boxHeight,
      tone,
      label,
      ...(hatched === undefined ? {} : { hatched }),
    })),
    ...(tail === "" ? [] : [{ kind: "text", x: after + 4, y: y + 18, text: tail } as const]),
  ];
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

/** Draws a state of the mechanism. */
export function zerocopyPicture(state: State): Picture {
  const { sends, books, wire, kernelNextId } = state;
  const agree = state.closed || books.nextId === kernelNextId;
  const kernel = sends.map(({ id, due }): Part => ({ label: idWords(id), tone: due ? "done" : "lent" }));
  const sender = books.entries.map(({ id }): Part => ({
    label: idWords(id),
    tone: sends.some((send) => send.id === id) ? "busy" : "wrong",
  }));
  const requests = books.requests.map(({ buffer, sent, units, waits }): Part => ({
    label: `${buffer}: ${sent}/${units} w${waits}`,
    tone: sent < units ? "plain" : waits > 0 ? "busy" : "done",
  }));
  const marks = [
    ...row("kernel", 0, kernel, `next ${idWords(kernelNextId)}`),
    ...row("sender", 1, sender, `next ${idWords(books.nextId)}${agree ? "" : ", WRONG"}`),
    ...row("requests", 2, requests, requests.length === 0 ? "none" : undefined),
    ...row("buffers", 3, books.free.map((_, buffer) => bufferPart(state, buffer))),
    ...row(
      "wire",
      4,
      wire.map(({ buffer, units }): Part => ({ label: `${buffer} × ${units}`, tone: "plain" })),
      wire.length === 0 ? "empty" : undefined,
    ),
  ];
  const free = books.free.filter((isFree) => isFree).length;
  const description =
    `The kernel has ${sends.length} sends in flight and numbers the next ${idWords(kernelNextId)}; ` +
    `the sender expects ${idWords(books.nextId)} and has ${books.requests.length} requests pending; ` +
    `${free} of ${books.free.length} buffers are free${state.closed ? "; the sender has closed" : ""}.`;
  return { width: left + (boxesAcross + 2) * boxWidth, height: 10 + 5 * rowHeight, description, marks };
}
