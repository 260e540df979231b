/**
 * The state graph of a small scope, as data, as DOT and as an SVG picture.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Invariant, Machine } from "../../machine.ts";
import { oneLine, phrase } from "../../report/phrase.ts";
import type { EdgeStore } from "../edge_store.ts";
import type { ExploreOptions } from "../exploration.ts";
import { Search } from "../search.ts";

/** A state in a drawn graph; in a summary, all states of one level. */
export interface GraphNode {
  /** Place in {@link StateGraph.nodes}. */
  readonly index: number;
  /** How many states it stands for. */
  readonly states: number;
  /** The state in the machine's words, or how many states there are. */
  readonly label: string;
  /** Whether a case may begin here. */
  readonly initial: boolean;
  /** Breadth-first level, from 1. */
  readonly depth: number;
  /** Names of the `always` promises that do not hold here, or in some of these states. */
  readonly violates: readonly string[];
  /** No move is possible here (or in one of these states), and the machine is not done. */
  readonly deadlock: boolean;
}

/** All moves from one node to another; in a summary, the kinds of moves. */
export interface GraphEdge {
  /** Index of a node. */
  readonly from: number;
  /** Index of a node, perhaps the same. */
  readonly to: number;
  /** Each once, in the order of the machine's commands. */
  readonly labels: readonly string[];
}

/** A state graph, or its summary where it is too large to be drawn. */
export interface StateGraph {
  /** Its name. */
  readonly machine: string;
  /** In the order in which breadth-first search finds them. */
  readonly nodes: readonly GraphNode[];
  /** At most one from one node to another. */
  readonly edges: readonly GraphEdge[];
  /** Present when there are too many states to draw: one sentence. Nodes are then levels, if those are few enough. */
  readonly summary?: string;
}

/** Nodes above which a graph is not drawn. */
export const maximumDrawnStates = 300;

/**
 * Explores a scope and keeps its graph: state by state up to {@link maximumDrawnStates} states, and level by level
 * where there are more. With a limit in `options`, it is the graph of what was seen.
 */
export function stateGraph<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  options: Pick<ExploreOptions, "maximumStates" | "maximumDepth" | "maximumMs" | "symmetry" | "signal"> = {},
): StateGraph {
  const search = new Search(machine, { ...options, liveness: false }, undefined, true);
  for (const _ of search.run());
  const count = search.store.count;
  const { name } = machine;
  if (count <= maximumDrawnStates) return { machine: name, ...byState(search) };
  const many = `${name} has ${count.toLocaleString("en-US")} states, which is too many to draw`;
  return search.levels.length > maximumDrawnStates
    ? { machine: name, nodes: [], edges: [], summary: many }
    : { machine: name, ...byLevel(search), summary: `${many}: level by level` };
}

type Graph = Pick<StateGraph, "nodes" | "edges">;

/** Where the edges of a state are; a state that was not expanded in full is not known to be stuck. */
function edgesOf(kept: EdgeStore, index: number): { first: number; last: number; isStuck: boolean } {
  if (index >= kept.expanded) return { first: 0, last: 0, isStuck: false };
  const { offsets } = kept.columns;
  const [first, last] = [offsets[index]!, offsets[index + 1]!];
  return { first, last, isStuck: first === last && kept.isComplete(index) };
}

function labelOf<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  state: DeepReadonly<State>,
): string {
  try {
    const shown = machine.show?.(state);
    if (shown !== undefined) return oneLine(shown);
  } catch {
    // Shown as data instead.
  }
  return phrase(state);
}

/** A label of an edge. */
function fit(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** Whether a promise holds; one that throws, which the search has reported, does not. */
function holds<State>(promise: Invariant<State>, state: DeepReadonly<State>): boolean {
  try {
    return typeof promise === "function" ? promise(state) : !promise.when(state) || promise.then(state);
  } catch {
    return false;
  }
}

/** What of a state is drawn in colour. */
function faultsOf<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  state: DeepReadonly<State>,
  isStuck: boolean,
): { readonly violates: readonly string[]; readonly deadlock: boolean } {
  return {
    violates: Object.entries(machine.always).filter(([, promise]) => !holds(promise, state)).map(([name]) =>
      name
    ),
    deadlock: isStuck && !isDone(machine, state),
  };
}

/** Whether the machine has ended; where it can not say, which the search has reported, it is taken to have. */
function isDone<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  state: DeepReadonly<State>,
): boolean {
  try {
    return machine.done?.(state) ?? false;
  } catch {
    return true;
  }
}

function byState<State, Command extends AnyCommand, Reply, Start, View>(
  { machine, store, codec, moves, edges: kept, levels }: Search<State, Command, Reply, Start, View>,
): Graph {
  const { targets, moves: taken } = kept!.columns;
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (let index = 0; index < store.count; index++) {
    const state = codec.unpack(store.arena, index * store.words) as DeepReadonly<State>;
    const byTarget = new Map<number, Set<string>>();
    const { first, last, isStuck } = edgesOf(kept!, index);
    for (let at = first; at < last; at++) {
      const command = moves.command(taken[at]!);
      const label = command === undefined ? moves.internalName(taken[at]!)! : fit(phrase(command));
      byTarget.set(targets[at]!, (byTarget.get(targets[at]!) ?? new Set()).add(label));
    }
    for (const [to, labels] of byTarget) edges.push({ from: index, to, labels: [...labels] });
    nodes.push({
      index,
      states: 1,
      label: labelOf(machine, state),
      initial: store.parents[index] === index,
      depth: 1 + levels.findIndex((end) => index < end),
      ...faultsOf(machine, state, isStuck),
    });
  }
  return { nodes, edges };
}

/** One node for each level; moves that go back are left out. */
function byLevel<State, Command extends AnyCommand, Reply, Start, View>(
  { machine, store, codec, moves, edges: kept, levels }: Search<State, Command, Reply, Start, View>,
): Graph {
  const { targets, moves: taken } = kept!.columns;
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  levels.forEach((end, level) => {
    const begin = levels[level - 1] ?? 0;
    const violates = new Set<string>();
    const labels = new Set<string>();
    let deadlock = false;
    for (let index = begin; index < end; index++) {
      const { first, last, isStuck } = edgesOf(kept!, index);
      const state = codec.unpack(store.arena, index * store.words) as DeepReadonly<State>;
      const faults = faultsOf(machine, state, isStuck);
      for (const name of faults.violates) violates.add(name);
      deadlock ||= faults.deadlock;
      for (let at = first; at < last; at++) if (targets[at]! >= end) labels.add(moves.kind(taken[at]!));
    }
    const states = end - begin;
    const label = `level ${level + 1}: ${states.toLocaleString("en-US")} ${
      states === 1 ? "state" : "states"
    }`;
    nodes.push({
      index: level,
      states,
      label,
      initial: level === 0,
      depth: level + 1,
      violates: [...violates],
      deadlock,
    });
    if (labels.size > 0) edges.push({ from: level, to: level + 1, labels: [...labels] });
  });
  return { nodes, edges };
}

/** A font whose widths Graphviz knows; a list of fonts it measures as something narrower. */
const font = "Helvetica";

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Breaks a label between words, so that a node is not wider than it must be. */
function wrapped(label: string): string {
  const lines: string[] = [];
  let line = "";
  for (const part of label.split(/(?<= )/)) {
    if (line.length + part.length > 36 && line !== "") {
      lines.push(line);
      line = "";
    }
    line += part;
  }
  return [...lines, line].map((each) => each.trimEnd()).join("\n");
}

/** A state graph in the language of Graphviz. */
export function toDot({ machine, nodes, edges, summary }: StateGraph): string {
  const lines = [
    `digraph ${quoted(machine)} {`,
    `  graph [fontname="${font}" rankdir=TB${
      summary === undefined ? "" : ` labelloc=t label=${quoted(summary)}`
    }];`,
    `  node [fontname="${font}" fontsize=10 shape=box style="rounded,filled" fillcolor="#f6f8fa" color="#57606a"];`,
    `  edge [fontname="${font}" fontsize=9 color="#57606a"];`,
  ];
  for (const { index, label, initial, violates, deadlock } of nodes) {
    const notes = [...violates.map((name) => `violates: ${name}`), ...(deadlock ? ["deadlock"] : [])];
    const style = [
      ...(initial ? ["penwidth=2.5"] : []),
      ...(notes.length > 0 ? [`fillcolor="#ffebe9"`, `color="#cf222e"`] : []),
    ];
    const text = [wrapped(label), ...notes].join("\n");
    lines.push(
      `  s${index} [label=${quoted(text).replaceAll("\n", "\\n")}${
        style.map((each) => ` ${each}`).join("")
      }];`,
    );
  }
  for (const { from, to, labels } of edges) {
    const shown = labels.length > 3 ? [...labels.slice(0, 2), `and ${labels.length - 2} more`] : labels;
    lines.push(`  s${from} -> s${to} [label=${quoted(shown.join("\n")).replaceAll("\n", "\\n")}];`);
  }
  return [...lines, "}", ""].join("\n");
}

/**
 * A state graph as a picture.
 *
 * @throws {Error} when the drawing library can not be loaded.
 */
export async function toSvg(graph: StateGraph): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  const svg = graphviz.layout(toDot(graph), "svg", "dot");
  // Without the document type and the generator's comments: the same graph is the same text.
  return svg.slice(svg.indexOf("<svg")).replaceAll(/<!--[^]*?-->\n?/g, "");
}
