/**
 * Page flags over time: a lane for each thread with its accesses, time downwards. A solid arrow synchronizes; together
 * with the order within a lane, solid arrows are happens-before. A dashed arrow is a value that was read without it.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly, World } from "../../lockstep/machine.ts";
import type { Mark, Moment, Picture } from "../../lockstep/picture.ts";
import { type EventName, executionEdges } from "../../model/memory/execution_edges.ts";
import type { ExecutionGraph, GraphEvent } from "../../model/memory/execution_graph.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import type {
  PageFlagsCommand,
  PageFlagsReply,
  PageFlagsScope,
  PageFlagsState,
} from "../../model/page_flags.ts";
import { pageC11Machine, type PageC11State } from "./c11_machine.ts";
import type { PageViewsState } from "./views_machine.ts";
import { executionOfWalk, type WalkedExecution, type WalkedStep } from "./execution.ts";
import type { DrawnPageState } from "./picture.ts";
import { characterWidth, legendLine } from "../picture_legend.ts";
import { rowHeight, textLeft, type TimelineRows, timelineRows } from "../timeline_rows.ts";

type MechanismState = DrawnPageState | DeepReadonly<PageC11State>;
type DrawnState = MechanismState | DeepReadonly<PageFlagsState> | DeepReadonly<PageViewsState>;

/** Room between two lanes, for the arrows. */
const gap = 70;

function isC11(state: MechanismState): state is DeepReadonly<PageC11State> {
  return "graph" in state;
}

/** Whether accesses can not be told from the states. */
function hidesAccesses(
  state: DrawnState,
): state is DeepReadonly<PageFlagsState> | DeepReadonly<PageViewsState> {
  return "blocks" in state || "memory" in state && "messages" in state.memory;
}

/** Every access sees the newest write: sequential consistency, told as an execution graph. */
const newest: World<PageFlagsReply> = {
  choose: (count) => count - 1,
  tick() {},
  cut(reason): never {
    throw new RangeError(`Cannot draw the walk: ${reason}`);
  },
  refuse: () => undefined,
};

/** More than any walk that is drawn. */
const manyCalls = 1_000;

/**
 * The specification knows no accesses, and views forget them. Made one after another, as on real memory, they are those
 * of the algorithm under sequential consistency; a walk whose reads were older ones is drawn without their arrows.
 */
function withAccesses(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  moments: readonly Moment<DrawnState>[],
): readonly Moment<DeepReadonly<PageC11State>>[] {
  const machine = pageC11Machine(algorithm, scope, manyCalls);
  const state = machine.initial(null, newest);
  return moments.map((moment) => {
    if (moment.command !== undefined) machine.step(state, moment.command as PageFlagsCommand, newest);
    return { ...moment, state: structuredClone(state) };
  });
}

/** The last state has the whole execution; a step's events are those by which the graph has grown. */
function executionOfC11(
  algorithm: PageAlgorithm,
  moments: readonly Moment<DeepReadonly<PageC11State>>[],
): WalkedExecution {
  const last = moments.findLast(({ state }) => state !== undefined)!.state!;
  const seen = last.threads.map(() => 0);
  const steps = moments.slice(1).map(({ command, state }): WalkedStep => {
    if (state === undefined || command?.kind === "allocateAll") return { drained: [] };
    const { thread } = command as unknown as { readonly thread: number };
    const names = state.graph.threads[thread]!.map((_, index) => ({ thread, index })).slice(seen[thread]);
    seen[thread] = state.graph.threads[thread]!.length;
    const onPage = ({ index }: EventName) =>
      state.graph.threads[thread]![index]!.location < algorithm.words.length;
    const event = names.find(onPage);
    return {
      drained: [],
      ...(event === undefined ? {} : { event }),
      beside: names.filter((name) => !onPage(name)),
    };
  });
  return { graph: last.graph as ExecutionGraph, steps };
}

function wordName(algorithm: PageAlgorithm, location: number): string {
  return algorithm.words[location] ?? `hand-over of block ${location - algorithm.words.length}`;
}

function eventWords(algorithm: PageAlgorithm, { kind, location, order, value }: GraphEvent): string {
  if (kind === "fence") return `${order} fence`;
  const what = kind === "read" ? "load" : kind === "write" ? "store" : "update";
  return `${order} ${what} ${wordName(algorithm, location)} = ${value}`;
}

/** The last two accesses, one by each thread, that race; only known where the model is C11. */
function racing(moments: readonly Moment<MechanismState>[], graph: ExecutionGraph): readonly EventName[] {
  if (!isC11(moments[0]!.state!)) return [];
  for (let thread = 0; thread < graph.threads.length; thread++) {
    const race = rc11.raceOfLast!(graph, thread);
    if (race !== undefined) return [race.first, race.second];
  }
  return [];
}

const same = (first: EventName, second: EventName): boolean =>
  first.thread === second.thread && first.index === second.index;

/** Everything that places and names the parts of one picture. */
interface Plan {
  readonly algorithm: PageAlgorithm;
  readonly execution: WalkedExecution;
  readonly rows: TimelineRows;
  readonly boxWidth: number;
  readonly races: readonly EventName[];
}

function laneX({ rows, boxWidth }: Plan, thread: number): number {
  return rows.left + thread * (boxWidth + gap);
}

function eventOf({ execution }: Plan, { thread, index }: EventName): GraphEvent {
  return execution.graph.threads[thread]![index]!;
}

/** The middle of the row in which an access was made; undefined when the walk does not have it. */
function rowOf({ execution, rows }: Plan, name: EventName): number | undefined {
  const step = execution.steps.findIndex(({ event, beside = [] }) =>
    event !== undefined && same(event, name) || beside.some((other) => same(other, name))
  );
  return step < 0 ? undefined : rows.middle(step + 1);
}

function accessMarks(plan: Plan): Mark[] {
  return plan.execution.steps.flatMap(({ event, drained }, step): Mark[] => {
    const y = plan.rows.middle(step + 1) - rowHeight / 2 + 2;
    const shape = { kind: "box", y, width: plan.boxWidth, height: rowHeight - 4 } as const;
    const reached = drained.map((name) =>
      `${wordName(plan.algorithm, eventOf(plan, name).location)} = ${eventOf(plan, name).value}`
    );
    const marks: Mark[] = [];
    if (event === undefined && drained[0] !== undefined) {
      const label = `reaches memory: ${reached.join(", ")}`;
      marks.push({ ...shape, x: laneX(plan, drained[0].thread), tone: "done", hatched: true, label });
    }
    if (event === undefined) return marks;
    const found = eventOf(plan, event);
    const raced = plan.races.some((name) => same(name, event));
    return [...marks, {
      ...shape,
      x: laneX(plan, event.thread),
      tone: raced ? "wrong" : found.kind === "read" ? "plain" : "busy",
      hatched: raced,
      label: eventWords(plan.algorithm, found),
    }];
  });
}

/** An arrow from the side of one access to the facing side of another, in the gap between their lanes. */
function arrow(
  plan: Plan,
  from: EventName,
  to: EventName,
  look: Pick<Mark & { kind: "line" }, "tone" | "dashed">,
): Mark[] {
  const [fromY, toY] = [rowOf(plan, from), rowOf(plan, to)];
  if (fromY === undefined || toY === undefined) return [];
  const right = from.thread < to.thread;
  const fromX = laneX(plan, from.thread) + (right ? plan.boxWidth : 0);
  const toX = laneX(plan, to.thread) + (right ? 0 : plan.boxWidth);
  return [{ kind: "line", points: [[fromX, fromY], [toX, toY]], arrow: true, ...look }];
}

function edgeMarks(plan: Plan): Mark[] {
  const { edges } = executionEdges(plan.execution.graph);
  const across = edges.filter(({ from, to }) => from.thread !== to.thread);
  const solid = across.filter(({ kind }) => kind === "synchronizes-with");
  const dashed = across.filter(({ kind, from, to }) =>
    kind === "reads-from" && !solid.some((edge) => same(edge.from, from) && same(edge.to, to))
  );
  return [
    ...dashed.flatMap(({ from, to }) => arrow(plan, from, to, { tone: "muted", dashed: true })),
    ...solid.flatMap(({ from, to }) => arrow(plan, from, to, { tone: "plain" })),
  ];
}

function laneMarks(plan: Plan): Mark[] {
  return plan.execution.graph.threads.flatMap((_, thread): Mark[] => {
    const x = laneX(plan, thread) + plan.boxWidth / 2;
    return [
      { kind: "text", x, y: 18, text: `thread ${thread}`, anchor: "middle", bold: true },
      { kind: "line", points: [[x, 26], [x, plan.rows.bottom]], tone: "muted" },
    ];
  });
}

function raceMarks(plan: Plan): Mark[] {
  const [first, second] = plan.races;
  if (first === undefined || second === undefined) return [];
  return arrow(plan, first, second, { tone: "wrong", dashed: true }).map((mark) => ({
    ...mark,
    arrow: false,
  }));
}

function legendTexts(plan: Plan): string[] {
  return [
    "solid arrow: synchronizes; with the order within a lane, this is happens-before",
    "dashed arrow: the value was read, but nothing is ordered by it",
    ...(plan.races.length > 0 ? ["red: a data race; nothing orders the two accesses"] : []),
    ...(plan.execution.steps.some(({ drained }) => drained.length > 0)
      ? ["dashed box: a store leaves the thread's buffer"]
      : []),
  ];
}

function describe(plan: Plan): string {
  const named = (name: EventName): string =>
    `thread ${name.thread}'s ${eventWords(plan.algorithm, eventOf(plan, name))}`;
  const edges = executionEdges(plan.execution.graph).edges.filter(({ kind }) => kind === "synchronizes-with");
  const count = plan.execution.steps.filter(({ event }) => event !== undefined).length;
  const [first, second] = plan.races;
  return [
    `${count} accesses by ${plan.execution.graph.threads.length} threads`,
    ...edges.map(({ from, to }) => `${named(from)} synchronizes with ${named(to)}`),
    ...(first === undefined || second === undefined
      ? []
      : [`${named(first)} races with ${named(second)}: nothing orders them`]),
  ].join("; ");
}

/** What a step began or went on with, in place of its command. */
function stepWords(moments: readonly Moment<MechanismState>[], number: number): string {
  const { command, action = "start" } = moments[number]!;
  if (command === undefined) return action;
  const called = command as {
    readonly operation?: string;
    readonly pointer?: number;
    readonly thread?: number;
  };
  if (called.thread === undefined) return action;
  if (called.operation !== undefined) {
    return `${called.operation}${called.pointer === undefined ? "" : ` ${called.pointer}`}`;
  }
  const before = moments.slice(0, number).findLast(({ state }) => state !== undefined)?.state;
  return before?.threads[called.thread]?.phase || action;
}

/** Makes the picture over time of an algorithm's walks, under SC, TSO and C11, and beside real memory. */
export function pageFlagsTimeline(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
): (moments: readonly Moment<DrawnState>[]) => Picture {
  return (walked) => {
    const moments = hidesAccesses(walked[0]!.state!)
      ? withAccesses(algorithm, scope, walked)
      : walked as readonly Moment<MechanismState>[];
    const execution = isC11(moments[0]!.state!)
      ? executionOfC11(algorithm, moments as readonly Moment<DeepReadonly<PageC11State>>[])
      : executionOfWalk(algorithm, moments as readonly Moment<DrawnPageState>[]);
    const rows = timelineRows(moments, (_, number) => stepWords(moments, number));
    const longest = Math.max(
      ...execution.graph.threads.flat().filter(({ location }) => location < algorithm.words.length)
        .map((event) => eventWords(algorithm, event).length),
      8,
    );
    const races = racing(moments, execution.graph);
    const plan: Plan = { algorithm, execution, rows, races, boxWidth: longest * characterWidth + 8 };
    const texts = legendTexts(plan);
    return {
      width: laneX(plan, execution.graph.threads.length) - gap + 10,
      height: rows.bottom + 10 + texts.length * legendLine,
      description: describe(plan),
      bands: rows.bands,
      marks: [
        ...rows.marks,
        ...laneMarks(plan),
        ...edgeMarks(plan),
        ...accessMarks(plan),
        ...raceMarks(plan),
        ...texts.map((text, line): Mark => {
          return { kind: "text", x: textLeft, y: rows.bottom + 18 + line * legendLine, text, tone: "muted" };
        }),
      ],
    };
  };
}
