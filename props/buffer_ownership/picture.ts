/**
 * Buffer ownership, drawn: the cells above with their owners, the requests below with an arrow to each cell that the
 * kernel may still touch for them, and the two queues.
 *
 * @module
 */
import type { Mark, Picture, Tone } from "../../lockstep/picture.ts";
import {
  cellTone,
  cellWords,
  isExposed,
  isOffered,
  type OwnershipState,
  phaseWords,
  reached,
  title,
} from "./owners.ts";
import { type LegendEntry, legendMarks } from "../picture_legend.ts";

type Request = OwnershipState["requests"][number];

const left = 96;
const boxWidth = 176;
const boxHeight = 28;
const gap = 14;
const cellsTop = 26;
const requestsTop = 112;
const queueTop = 188;
const queueStep = 52;

function boxX(place: number): number {
  return left + place * (boxWidth + gap);
}

function cellMarks(state: OwnershipState): Mark[] {
  return state.cells.flatMap((cell, name): Mark[] => {
    const [x, tone] = [boxX(name), cellTone(state, name)];
    const hatched = tone === "wrong" || tone === "done";
    const until = cell.status === "held" ? `, ${cell.until.replace("-", " ")}` : "";
    return [
      { kind: "text", x: x + boxWidth / 2, y: cellsTop - 8, text: `cell ${name}${until}`, anchor: "middle" },
      {
        kind: "box",
        x,
        y: cellsTop,
        width: boxWidth,
        height: boxHeight,
        tone,
        hatched,
        label: cellWords(state, cell),
      },
    ];
  });
}

function cancelWords({ cancel }: Request): string {
  switch (cancel) {
    case "none":
      return "";
    case "asked":
    case "fetched":
      return "cancel to be answered";
    case "answered":
      return "cancel was answered";
  }
}

function requestMarks(state: OwnershipState): Mark[] {
  return state.requests.flatMap((request, name): Mark[] => {
    const x = boxX(name);
    if (request.phase === "idle") {
      return [{ kind: "text", x, y: requestsTop + 18, text: `request ${name} is not used`, tone: "muted" }];
    }
    const cells = reached(state, name);
    return [
      {
        kind: "box",
        x,
        y: requestsTop,
        width: boxWidth,
        height: boxHeight,
        tone: "plain",
        label: title(state, name),
      },
      { kind: "text", x, y: requestsTop + boxHeight + 14, text: phaseWords(request), tone: "muted" },
      { kind: "text", x, y: requestsTop + boxHeight + 28, text: cancelWords(request), tone: "muted" },
      ...cells.map((cell, place): Mark => ({
        kind: "line",
        points: [
          [x + (place + 1) * boxWidth / (cells.length + 1), requestsTop],
          [boxX(cell) + (name + 1) * boxWidth / (state.requests.length + 1), cellsTop + boxHeight],
        ],
        tone: isExposed(state, name, cell) ? "wrong" : "plain",
        arrow: true,
        dashed: request.phase === "prepared",
      })),
    ];
  });
}

/** One entry of a queue, with a word below it. */
interface Entry {
  readonly label: string;
  readonly below: string;
  readonly tone: Tone;
  readonly hatched: boolean;
}

function submissions(state: OwnershipState): readonly Entry[] {
  return state.queue.map(({ request, cancel }): Entry => ({
    label: cancel ? `cancel ${request}` : title(state, request),
    below: "",
    tone: "busy",
    hatched: false,
  }));
}

function completions(state: OwnershipState): readonly Entry[] {
  if (!("posted" in state)) return [];
  return state.posted.map(({ request, of, result, more, notification, cell, kept }, place): Entry => {
    const hidden = place >= state.visible;
    const filled = cell < 0 ? [] : [`cell ${cell} ${kept ? "kept" : "given back"}`];
    const words = [notification ? "notification" : result, ...filled, ...(more ? ["more to come"] : [])];
    return {
      label: of === "request" ? title(state, request) : `${of} ${request}`,
      below: [...words, ...(hidden ? ["overflow"] : [])].join(", "),
      tone: hidden ? "muted" : "done",
      hatched: hidden,
    };
  });
}

function queueMarks(name: string, entries: readonly Entry[], row: number): Mark[] {
  const y = queueTop + row * queueStep;
  return [
    { kind: "text", x: left - 12, y: y + 18, text: name, anchor: "end", bold: true },
    ...(entries.length > 0
      ? []
      : [{ kind: "text", x: left, y: y + 18, text: "empty", tone: "muted" } as const]),
    ...entries.flatMap(({ label, below, tone, hatched }, place): Mark[] => [
      { kind: "box", x: boxX(place), y, width: boxWidth, height: boxHeight, tone, hatched, label },
      { kind: "text", x: boxX(place), y: y + boxHeight + 14, text: below, tone: "muted" },
    ]),
  ];
}

function worldWords(state: OwnershipState): string {
  const connections = state.connections.flatMap((status, name) =>
    status === "waiting" || status === "lost"
      ? [`connection ${name} ${status === "lost" ? "is lost" : "waits"}`]
      : []
  );
  const channels = state.channels.flatMap((status, name) =>
    status === "data" ? [`data waits for request ${name}`] : []
  );
  return [...connections, ...channels].join("; ");
}

function describe(state: OwnershipState): string {
  const cells = state.cells.map((cell, name) => `cell ${name}: ${cellWords(state, cell)}`);
  const requests = state.requests.flatMap((request, name) =>
    request.phase === "idle" ? [] : [
      [`${title(state, name)}: ${phaseWords(request)}`, cancelWords(request)].filter((words) => words !== "")
        .join(", "),
    ]
  );
  const exposed = state.requests.flatMap((_, request) =>
    reached(state, request).filter((cell) => isExposed(state, request, cell)).map((cell) =>
      `the kernel may touch cell ${cell} for ${title(state, request)}, which does not hold it`
    )
  );
  const offered = state.cells.flatMap((_, name) =>
    isOffered(state, name) ? [`the kernel may fill cell ${name}, which is not provided to it`] : []
  );
  const world = worldWords(state);
  return [...cells, ...requests, ...exposed, ...offered, ...(world === "" ? [] : [world])].join("; ");
}

const legend: readonly LegendEntry[] = [
  { tone: "lent", text: "the kernel may touch it" },
  { tone: "done", hatched: true, text: "held, no longer touched" },
  { tone: "busy", text: "the application's" },
  { tone: "free", text: "free" },
  { tone: "wrong", hatched: true, text: "must not be" },
];

/** Draws a state of the specification or of the mechanism: a dashed arrow belongs to an entry that was not fetched. */
export function bufferOwnershipPicture(state: OwnershipState): Picture {
  const queues: [name: string, entries: readonly Entry[]][] = [["submission", submissions(state)]];
  if ("posted" in state) queues.push(["completion", completions(state)]);
  const across = Math.max(
    state.cells.length,
    state.requests.length,
    ...queues.map(([, list]) => list.length),
  );
  const bottom = queueTop + queues.length * queueStep;
  const world = worldWords(state);
  const end = bottom + (world === "" ? 6 : 26);
  const width = Math.max(420, boxX(across));
  const explained = legendMarks(legend, 12, end, width - 12);
  return {
    width,
    height: end + explained.height,
    description: describe(state),
    marks: [
      { kind: "text", x: left - 12, y: cellsTop + 18, text: "memory", anchor: "end", bold: true },
      { kind: "text", x: left - 12, y: requestsTop + 18, text: "requests", anchor: "end", bold: true },
      ...cellMarks(state),
      ...requestMarks(state),
      ...queues.flatMap(([name, entries], row) => queueMarks(name, entries, row)),
      ...(world === "" ? [] : [{ kind: "text", x: left, y: bottom + 10, text: world } as const]),
      ...explained.marks,
    ],
  };
}
