/**
 * The lease ring, drawn: the area byte by byte, who holds what, where start and end are, and what leases look at.
 *
 * @module
 */
import { counted } from "../../lockstep/counted.ts";
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Mark, Picture, Tone } from "../../lockstep/picture.ts";
import type { HeldMessage } from "../../model/lease_ring/ring_rules.ts";
import type { RingOffsetsState } from "../../model/lease_ring/ring_steps.ts";
import { type LegendEntry, legendMarks } from "../picture_legend.ts";

const left = 70;
const areaWidth = 640;
const areaTop = 40;
const areaHeight = 34;
const leaseHeight = 20;

/** What one byte of the area is. Neighbours that are the same are drawn as one box. */
interface Byte {
  readonly tone: Tone;
  readonly label: string;
  readonly hatched: boolean;
  readonly owner: number;
}

const free: Byte = { tone: "free", label: "", hatched: false, owner: -1 };
const hole: Byte = { tone: "muted", label: "hole", hatched: true, owner: -2 };

/** A letter for a message: names are small numbers, and numbers already mean offsets. */
export function messageLetter(name: number): string {
  return name < 0 ? "?" : String.fromCharCode(65 + name % 26);
}

function tone(status: HeldMessage["status"]): Tone {
  switch (status) {
    case "unread":
      return "busy";
    case "leased":
      return "lent";
    case "done":
      return "done";
  }
}

function bytesOf(state: DeepReadonly<RingOffsetsState>): Byte[] {
  const capacity = state.cells.length;
  const bytes: Byte[] = Array.from({ length: capacity }, () => free);
  let position = state.start;
  // Where a mistake has made full look like empty, what lies before a restart can not be told from free bytes.
  const holes = state.start !== state.end;
  state.held.forEach(({ message, offset, length, status }, order) => {
    if (holes && offset === 0 && position !== 0) bytes.fill(hole, position);
    for (let index = 0; index < length; index++) {
      const place = (offset + index) % capacity;
      const found = state.cells[place]!;
      bytes[place] = found === message || status === "done"
        ? { tone: tone(status), label: messageLetter(message), hatched: status === "done", owner: order }
        : { tone: "wrong", label: messageLetter(found), hatched: true, owner: order };
    }
    position = (offset + length) % capacity;
  });
  return bytes;
}

function areaMarks(state: DeepReadonly<RingOffsetsState>, unit: number): Mark[] {
  const bytes = bytesOf(state);
  const marks: Mark[] = [];
  for (let from = 0; from < bytes.length;) {
    const { tone, label, hatched, owner } = bytes[from]!;
    let to = from + 1;
    while (to < bytes.length && bytes[to]!.owner === owner && bytes[to]!.tone === tone) to++;
    const width = (to - from) * unit;
    marks.push({
      kind: "box",
      x: left + from * unit,
      y: areaTop,
      width,
      height: areaHeight,
      tone,
      hatched,
      ...(label !== "" && width >= label.length * 8 + 4 ? { label } : {}),
    });
    from = to;
  }
  return marks;
}

function pointer(name: string, offset: number, unit: number, above: boolean): Mark[] {
  const x = left + offset * unit;
  const [from, to, text] = above
    ? [areaTop - 20, areaTop - 1, areaTop - 24]
    : [areaTop + areaHeight + 20, areaTop + areaHeight + 1, areaTop + areaHeight + 32];
  return [
    { kind: "line", points: [[x, from], [x, to]], tone: "plain", arrow: true },
    { kind: "text", x, y: text, text: `${name} ${offset}`, anchor: "middle", bold: true },
  ];
}

function leaseMarks(state: DeepReadonly<RingOffsetsState>, unit: number): Mark[] {
  const capacity = state.cells.length;
  return state.leases.flatMap((lease, name): Mark[] => {
    const y = areaTop + areaHeight + 44 + name * (leaseHeight + 6);
    const title: Mark = {
      kind: "text",
      x: left - 8,
      y: y + 14,
      text: `lease ${name}`,
      anchor: "end",
      ...(lease.status === "live" ? {} : { tone: "muted" }),
    };
    if (lease.status !== "live") {
      const text = lease.status === "ended" ? "ended" : "not used";
      return [title, { kind: "text", x: left + 4, y: y + 14, text, tone: "muted" }];
    }
    if (lease.copied) {
      const text = `a copy of ${messageLetter(lease.message)}: holds no byte of the ring`;
      return [title, { kind: "text", x: left + 4, y: y + 14, text }];
    }
    const seen = Array.from(
      { length: lease.length },
      (_, index) => state.cells[(lease.offset + index) % capacity]!,
    );
    const damaged = seen.some((found) => found !== lease.message);
    const text = damaged
      ? `${messageLetter(lease.message)} overwritten`
      : `view of ${messageLetter(lease.message)}`;
    const width = lease.length * unit;
    const inside = width >= text.length * 7;
    return [
      title,
      {
        kind: "box",
        x: left + lease.offset * unit,
        y,
        width,
        height: leaseHeight,
        tone: damaged ? "wrong" : "lent",
        hatched: damaged,
        ...(inside ? { label: text } : {}),
      },
      ...(inside
        ? []
        : [{ kind: "text", x: left + lease.offset * unit + width + 6, y: y + 14, text } as const]),
    ];
  });
}

const legend: readonly LegendEntry[] = [
  { tone: "busy", text: "unread" },
  { tone: "lent", text: "lent as a view" },
  { tone: "done", hatched: true, text: "given back, waits for an older one" },
  { tone: "free", text: "free" },
  { tone: "muted", hatched: true, text: "hole" },
  { tone: "wrong", hatched: true, text: "overwritten" },
];

function describe(state: DeepReadonly<RingOffsetsState>): string {
  const held = state.held.map(({ message, offset, length, status }) =>
    `message ${messageLetter(message)} ${status}, ${counted(length, "byte")} from ${offset}`
  );
  const live = state.leases.flatMap(({ status, message, copied }, name) =>
    status === "live"
      ? [`lease ${name} ${copied ? "holds a copy" : "views"} of ${messageLetter(message)}`]
      : []
  );
  return [
    `Ring of ${state.cells.length} bytes, start ${state.start}, end ${state.end}`,
    ...(held.length === 0 ? ["empty"] : held),
    ...live,
  ].join("; ");
}

/** Draws a state of the ring's mechanism. Readable up to some hundred bytes. */
export function leaseRingPicture(state: DeepReadonly<RingOffsetsState>): Picture {
  const capacity = state.cells.length;
  const unit = areaWidth / capacity;
  const axisY = areaTop + areaHeight / 2 + 4;
  const legendY = areaTop + areaHeight + 44 + state.leases.length * (leaseHeight + 6) + 6;
  const explained = legendMarks(legend, left, legendY, areaWidth);
  return {
    width: left + areaWidth + 30,
    height: legendY + explained.height,
    description: describe(state),
    marks: [
      { kind: "text", x: left - 8, y: axisY, text: "0", anchor: "end", tone: "muted" },
      { kind: "text", x: left + areaWidth + 6, y: axisY, text: String(capacity), tone: "muted" },
      ...areaMarks(state, unit),
      ...pointer("start", state.start, unit, true),
      ...pointer("end", state.end, unit, false),
      ...leaseMarks(state, unit),
      ...explained.marks,
    ],
  };
}
