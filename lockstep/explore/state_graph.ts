/**
 * The state graph of a small scope, as data, as DOT and as an SVG picture.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine } from "../machine.ts";
import { Search } from "./search.ts";

/** A state in a drawn graph. */
export interface GraphNode {
  readonly index: number;
  readonly label: string;
  readonly initial: boolean;
  /** Breadth-first level, from 1. */
  readonly depth: number;
  /** Names of the `always` promises that do not hold here. */
  readonly violates: readonly string[];
  /** No move is possible here, and the machine is not done. */
  readonly deadlock: boolean;
}

/** All moves from one state to another. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly labels: readonly string[];
}

/** A state graph, or why it is not drawn. */
export interface StateGraph {
  readonly machine: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Present when there are too many states to draw: one sentence, and no nodes. */
  readonly summary?: string;
}

/** States above which a graph is not drawn. */
export const maximumDrawnStates = 300;

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** Parameters of a command in a few characters: `lease 2`, `write 3 as 1`. */
function commandLabel(command: AnyCommand): string {
  const values = Object.entries(command).filter(([name]) => name !== "kind").map(([name, value]) =>
    `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`
  );
  return shortened([command.kind, ...values].join(" "), 40);
}

/**
 * Explores a small scope and keeps its graph.
 *
 * @param maximumStates Above this many states there is only a summary. Default {@link maximumDrawnStates}.
 */
export function stateGraph<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  maximumStates: number = maximumDrawnStates,
): StateGraph {
  const search = new Search(machine, { maximumStates: maximumStates + 1 }, undefined, true);
  for (const _ of search.run());
  const { store, codec, moves } = search;
  if (store.count > maximumStates) {
    const summary = `${machine.name} has more than ${maximumStates} states, which is too many to draw`;
    return { machine: machine.name, nodes: [], edges: [], summary };
  }
  const { offsets, targets, moves: taken } = search.edges!.columns;
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (let index = 0; index < store.count; index++) {
    const state = codec.unpack(store.arena, index * store.words) as DeepReadonly<State>;
    const byTarget = new Map<number, string[]>();
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
      const command = moves.command(taken[at]!);
      const label = command === undefined ? moves.internalName(taken[at]!)! : commandLabel(command);
      const labels = byTarget.get(targets[at]!) ?? [];
      if (!labels.includes(label)) labels.push(label);
      byTarget.set(targets[at]!, labels);
    }
    for (const [to, labels] of byTarget) edges.push({ from: index, to, labels });
    nodes.push({
      index,
      label: machine.show?.(state) ?? JSON.stringify(state),
      initial: store.parents[index] === index,
      depth: 1 + search.levels.findIndex((end) => index < end),
      violates: Object.entries(machine.always).filter(([, promise]) =>
        typeof promise === "function" ? !promise(state) : promise.when(state) && !promise.then(state)
      ).map(([name]) => name),
      deadlock: byTarget.size === 0 && !(machine.done?.(state) ?? false),
    });
  }
  return { machine: machine.name, nodes, edges };
}

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Breaks a label after commas, so that a node is not wider than it must be. */
function wrapped(label: string): string {
  const lines: string[] = [];
  let line = "";
  for (const part of label.split(/(?<=[,;}\]] ?)/)) {
    if (line.length + part.length > 36 && line !== "") {
      lines.push(line);
      line = "";
    }
    line += part;
  }
  return [...lines, line].join("\n");
}

/** A state graph in the language of Graphviz. A graph that is only a summary becomes one box. */
export function toDot({ machine, nodes, edges, summary }: StateGraph): string {
  const lines = [
    `digraph ${quoted(machine)} {`,
    `  graph [fontname="sans-serif" rankdir=TB];`,
    `  node [fontname="sans-serif" fontsize=10 shape=box style="rounded,filled" fillcolor="#f6f8fa" color="#57606a"];`,
    `  edge [fontname="sans-serif" fontsize=9 color="#57606a"];`,
  ];
  if (summary !== undefined) lines.push(`  summary [label=${quoted(summary)}];`);
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
