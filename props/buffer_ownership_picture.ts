/**
 * Buffer ownership, drawn: the cells above with their owners, the requests below with an arrow to each cell that the
 * kernel may still touch for them, and the two queues.
 *
 * @module
 */
import type { DeepReadonly } from "../lockstep/machine.ts";
import type { Mark, Picture, Tone } from "../lockstep/picture.ts";
import { operationShapes } from "../model/ownership_operations.ts";
import type { BufferOwnershipState } from "../model/ownership_state.ts";
import type { UringMechanismState } from "../model/uring_state.ts";

type State = DeepReadonly<UringMechanismState | BufferOwnershipState>;
type Cell = State["cells"][number];
type Request = State["requests"][number];

const left = 96;
const boxWidth = 176;
const boxHeight = 28;
const gap = 14;
const cellsTop = 26;
const requestsTop = 138;
const queueTop = 214;
const queueStep = 52;

function boxX(place: number): number {
  return left + place * (boxWidth + gap);
}

/** What a request is called: its operation and its name. */
function title(state: State, name: number): string {
  return `${state.requests[name]!.operation} ${name}`;
}

/**
 * The cells that the kernel may still touch for a request. The mechanism knows where the kernel's pointers lead,
 * whatever its layer believes; the specification knows the layer's word only.
 */
function reached(state: State, name: number): readonly number[] {
  const request = state.requests[name]!;
  if (!("cells" in request)) {
    return state.cells.flatMap(({ status, request: holder }, cell) =>
      status === "held" && holder === name ? [cell] : []
    );
  }
  const { pointers } = operationShapes[request.operation];
  return request.cells.filter((_, place) => {
    switch (request.phase) {
      case "prepared":
        return true;
      case "armed":
        return pointers[place]!.until !== "until-submit";
      case "notifying":
        return pointers[place]!.until === "until-notification";
      case "idle":
      case "posted":
      case "done":
        return false;
    }
  });
}

/** Whether the kernel may touch a cell for a request that the layer does not hold it for. */
function isExposed(state: State, request: number, cell: number): boolean {
  const { status, request: holder } = state.cells[cell]!;
  return status !== "held" || holder !== request;
}

/** Whether the kernel may pick a cell that the layer does not keep for it. */
function isOffered(state: State, name: number): boolean {
  return state.cells[name]!.status !== "provided" && state.provided.some(({ cell }) => cell === name);
}

function wasDamaged(cell: Cell): boolean {
  return cell.status === "free" && "intact" in cell && !cell.intact;
}

function cellTone(state: State, name: number): Tone {
  const cell = state.cells[name]!;
  const exposed = state.requests.some((_, request) =>
    reached(state, request).includes(name) && isExposed(state, request, name)
  );
  if (exposed || isOffered(state, name) || wasDamaged(cell)) return "wrong";
  switch (cell.status) {
    case "free":
      return "free";
    case "application":
      return "busy";
    case "held":
      return reached(state, cell.request).includes(name) ? "lent" : "done";
    case "provided":
      return "lent";
  }
}

function cellWords(state: State, cell: Cell): string {
  switch (cell.status) {
    case "free":
      return wasDamaged(cell) ? "free, and written" : "free";
    case "application":
      return "application";
    case "held":
      return title(state, cell.request);
    case "provided":
      return "provided";
  }
}

function cellMarks(state: State): Mark[] {
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

function phaseWords({ phase }: Request): string {
  switch (phase) {
    case "idle":
      return "";
    case "prepared":
      return "not fetched";
    case "armed":
    case "running":
      return "the kernel's";
    case "notifying":
      return "notification to come";
    case "posted":
      return "completion to be read";
    case "done":
      return "over";
  }
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

function requestMarks(state: State): Mark[] {
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

function submissions(state: State): readonly Entry[] {
  return state.queue.map(({ request, cancel }): Entry => ({
    label: cancel ? `cancel ${request}` : title(state, request),
    below: "",
    tone: "busy",
    hatched: false,
  }));
}

function completions(state: State): readonly Entry[] {
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

function worldWords(state: State): string {
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

function describe(state: State): string {
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

/** Draws a state of the specification or of the mechanism: a dashed arrow belongs to an entry that was not fetched. */
export function bufferOwnershipPicture(state: State): Picture {
  const queues: [name: string, entries: readonly Entry[]][] = [["submission", submissions(state)]];
  if ("posted" in state) queues.push(["completion", completions(state)]);
  const across = Math.max(
    state.cells.length,
    state.requests.length,
    ...queues.map(([, list]) => list.length),
  );
  const bottom = queueTop + queues.length * queueStep;
  const world = worldWords(state);
  return {
    width: boxX(across),
    height: bottom + (world === "" ? 0 : 20),
    description: describe(state),
    marks: [
      { kind: "text", x: left - 12, y: cellsTop + 18, text: "memory", anchor: "end", bold: true },
      { kind: "text", x: left - 12, y: requestsTop + 18, text: "requests", anchor: "end", bold: true },
      ...cellMarks(state),
      ...requestMarks(state),
      ...queues.flatMap(([name, entries], row) => queueMarks(name, entries, row)),
      ...(world === "" ? [] : [{ kind: "text", x: left, y: bottom + 10, text: world } as const]),
    ],
  };
}
