/**
 * Buffer ownership over time: a lane for each cell with its owner, a lane for each request with what the kernel still
 * does for it.
 *
 * @module
 */
import type { Mark, Moment, Picture, Tone } from "../../lockstep/picture.ts";
import type { BufferOwnershipCommand } from "../../model/buffer_ownership/ownership_vocabulary.ts";
import { cellTone, cellWords, type OwnershipState, phaseWords } from "./owners.ts";
import { characterWidth, type LegendEntry, legendMarks } from "../picture_legend.ts";
import { rowHeight, textLeft, timelineRows } from "../timeline_rows.ts";

const laneWidth = 116;
const gap = 10;

/** What one lane shows at one moment; absent = nothing. */
interface Look {
  readonly tone: Tone;
  readonly label: string;
  readonly hatched: boolean;
}

const legend: readonly LegendEntry[] = [
  { tone: "lent", text: "the kernel may touch it" },
  { tone: "done", hatched: true, text: "held, no longer touched" },
  { tone: "busy", text: "the application's" },
  { tone: "free", text: "free" },
  { tone: "wrong", hatched: true, text: "the kernel may touch it and nobody holds it for that" },
];

function cellLook(state: OwnershipState, cell: number): Look {
  const tone = cellTone(state, cell);
  return {
    tone,
    label: cellWords(state, state.cells[cell]!),
    hatched: tone === "wrong" || tone === "done",
  };
}

function requestLook(state: OwnershipState, name: number): Look | undefined {
  const request = state.requests[name]!;
  if (request.phase === "idle") return undefined;
  const label = `${request.operation}: ${phaseWords(request)}`;
  return { tone: request.phase === "done" ? "muted" : "plain", label, hatched: false };
}

function same(first: Look | undefined, second: Look | undefined): boolean {
  return first?.tone === second?.tone && first?.label === second?.label;
}

/** One box for as long as a lane stays as it is. */
function laneMarks(
  looks: readonly (Look | undefined)[],
  x: number,
  width: number,
  middle: (moment: number) => number,
): Mark[] {
  const marks: Mark[] = [];
  for (let from = 0; from < looks.length;) {
    const look = looks[from];
    let to = from + 1;
    while (to < looks.length && same(look, looks[to])) to++;
    if (look !== undefined) {
      const y = middle(from) - rowHeight / 2 + 1;
      marks.push({ kind: "box", x, y, width, height: (to - from) * rowHeight - 2, ...look });
    }
    from = to;
  }
  return marks;
}

function describe(moments: readonly Moment<OwnershipState>[], cells: number): string {
  return Array.from({ length: cells }, (_, cell) => {
    const owners: string[] = [];
    moments.forEach(({ state }, moment) => {
      if (state === undefined) return;
      const look = cellLook(state, cell);
      const words = `${look.label}${look.tone === "wrong" ? " (wrong)" : ""}`;
      if (owners.at(-1)?.startsWith(`${words} from`) !== true) owners.push(`${words} from step ${moment}`);
    });
    return `cell ${cell}: ${owners.join(", ")}`;
  }).join("; ");
}

/**
 * The specification does not know where the kernel's pointers lead, but the walk does: they are the cells with which
 * a request was prepared. With them, memory that was taken back too early shows.
 */
function withPointers(moments: readonly Moment<OwnershipState>[]): readonly Moment<OwnershipState>[] {
  const pointers: (readonly number[])[] = [];
  return moments.map((moment): Moment<OwnershipState> => {
    const { state } = moment;
    if (state === undefined || "posted" in state) return moment;
    const command = moment.command as BufferOwnershipCommand | undefined;
    if (command?.kind === "prepare" && state.requests[command.as]?.phase === "prepared") {
      pointers[command.as] = command.cells;
    }
    const requests = state.requests.map(({ phase, ...request }, name) => ({
      ...request,
      phase: phase === "running" ? "armed" : phase,
      cells: pointers[name] ?? [],
    }));
    return { ...moment, state: { ...state, requests } as OwnershipState };
  });
}

/** Draws the owners of each cell over a walk. */
export function bufferOwnershipTimeline(walk: readonly Moment<OwnershipState>[]): Picture {
  const moments = withPointers(walk);
  const rows = timelineRows(moments);
  const first = moments[0]!.state!;
  const labels = first.requests.flatMap((_, name) =>
    moments.map(({ state }) => state === undefined ? 0 : requestLook(state, name)?.label.length ?? 0)
  );
  const requestWidth = Math.max(80, ...labels.map((length) => length * characterWidth + 12));
  const requestsLeft = rows.left + first.cells.length * (laneWidth + gap) + gap;
  const width = requestsLeft + first.requests.length * (requestWidth + gap);
  const explained = legendMarks(legend, textLeft, rows.bottom + 12, width - textLeft);
  const head = (x: number, across: number, text: string): Mark => {
    return { kind: "text", x: x + across / 2, y: 18, text, anchor: "middle", bold: true };
  };
  const lane = (look: (state: OwnershipState) => Look | undefined, x: number, across: number): Mark[] =>
    laneMarks(
      moments.map(({ state }) => state === undefined ? undefined : look(state)),
      x,
      across,
      rows.middle,
    );
  return {
    width,
    height: rows.bottom + 12 + explained.height,
    description: describe(moments, first.cells.length),
    bands: rows.bands,
    marks: [
      ...rows.marks,
      ...first.cells.flatMap((_, cell) => {
        const x = rows.left + cell * (laneWidth + gap);
        return [head(x, laneWidth, `cell ${cell}`), ...lane((state) => cellLook(state, cell), x, laneWidth)];
      }),
      ...first.requests.flatMap((_, name) => {
        const x = requestsLeft + name * (requestWidth + gap);
        return [
          head(x, requestWidth, `request ${name}`),
          ...lane((state) => requestLook(state, name), x, requestWidth),
        ];
      }),
      ...explained.marks,
    ],
  };
}
