/**
 * Directories in one tree: making, renaming and removing them, and looking them up by name.
 *
 * The model knows each node's parent and label; the implementation has entries by directory, counts them, and
 * remembers what was looked up (found or not) and how deep a node is.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done to the tree; node 0 is its root. */
export type Command =
  | { readonly kind: "make"; readonly parent: number; readonly label: number; readonly as: number }
  | { readonly kind: "look up"; readonly parent: number; readonly label: number }
  | { readonly kind: "rename"; readonly node: number; readonly parent: number; readonly label: number }
  | { readonly kind: "remove" | "depth"; readonly node: number };

/** What is answered. */
export type Reply =
  | { readonly kind: "made" | "exists" | "absent" | "renamed" | "loop" | "not empty" | "removed" }
  | { readonly kind: "found"; readonly node: number }
  | { readonly kind: "depth"; readonly levels: number };

/** What the model knows. */
export interface ParentState {
  /** By node, the root's being null; `null` = no such node. */
  nodes: ({ parent: number; label: number } | null)[];
}

/** What the implementation knows. */
export interface EntryState {
  /** By directory and label: the node, -1 = none. */
  entries: number[][];
  /** By directory. */
  counts: number[];
  /** By node, where it is listed. */
  places: ({ parent: number; label: number } | null)[];
  /** By label: what was looked up last, with -1 for nothing found. */
  remembered: ({ parent: number; node: number } | null)[];
  /** By node, -1 = not known. */
  depths: number[];
}

/** What a mistake may replace. */
export interface TreeRules {
  /** Whether what is remembered for a label is meant by a question. */
  isRemembered(parent: number, asked: number): boolean;
  /** Forgets what is remembered of a place. */
  forgets(state: EntryState, parent: number, label: number, by: "make" | "remove" | "from" | "to"): void;
  /** Forgets the depths that a renaming changes. */
  forgetsDepths(state: EntryState, node: number, rules: TreeRules): void;
  isInside(state: EntryState, parent: number, node: number): boolean;
  /** Counts an entry that comes or goes. */
  counts(state: EntryState, parent: number, by: "make" | "remove" | "from" | "to" | "replaced"): void;
  /** Before it is known whether the name is free. */
  made(state: EntryState, parent: number, label: number): void;
  /** Moves the entry of a node to its new place. */
  moves(state: EntryState, node: number, parent: number, label: number): void;
  /** Forgets a node that is removed. */
  gone(state: EntryState, node: number): void;
  /** Whether the loop is looked for before the node in the way is removed. */
  loopFirst: boolean;
}

/** Nodes with the root. */
export const nodes = 5;
const labels = 2;

/** Whether `node` is `parent` or above it. */
export function isInside({ places }: EntryState, parent: number, node: number): boolean {
  for (let at = parent; at > 0; at = places[at]?.parent ?? 0) if (at === node) return true;
  return false;
}

/** The rules without a mistake. */
export const correct: TreeRules = {
  isRemembered: (parent, asked) => parent === asked,
  forgets(state, parent, label) {
    if (state.remembered[label]?.parent === parent) state.remembered[label] = null;
  },
  forgetsDepths(state, node) {
    for (const each of below(nodes)) if (isInside(state, each, node)) state.depths[each] = -1;
  },
  isInside,
  counts(state, parent, by) {
    state.counts[parent]! += by === "make" || by === "to" ? 1 : -1;
  },
  made() {},
  moves({ entries, places }, node, parent, label) {
    const from = places[node]!;
    entries[from.parent]![from.label] = -1;
    entries[parent]![label] = node;
    places[node] = { parent, label };
  },
  gone(state, node) {
    state.places[node] = null;
    state.depths[node] = -1;
  },
  loopFirst: true,
};

const node = z.int().min(0).max(nodes - 1);
const label = z.int().min(0).max(labels - 1);
const refers = node.meta({ refersTo: "node" });
const named = z.int().min(1).max(nodes - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("make"), parent: refers, label, as: named.meta({ creates: "node" }) }),
    z.strictObject({ kind: z.literal("look up"), parent: refers, label }),
    z.strictObject({
      kind: z.literal("rename"),
      node: named.meta({ refersTo: "node" }),
      parent: refers,
      label,
    }),
    z.strictObject({ kind: z.enum(["remove", "depth"]), node: named.meta({ refersTo: "node" }) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const places = below(nodes).flatMap((parent) => below(labels).map((label) => ({ parent, label })));
const madeNodes = below(nodes).slice(1);
const commands: readonly Command[] = [
  ...places.flatMap((place) => madeNodes.map((as) => ({ kind: "make", ...place, as }) as const)),
  ...places.map((place) => ({ kind: "look up", ...place }) as const),
  ...madeNodes.flatMap((node) => places.map((place) => ({ kind: "rename", node, ...place }) as const)),
  ...(["remove", "depth"] as const).flatMap((kind) => madeNodes.map((node) => ({ kind, node }))),
];

/** The nodes from one up to the root. */
function upwards({ nodes }: ParentState, node: number): number[] {
  return node === 0 ? [0] : [node, ...upwards({ nodes }, nodes[node]!.parent)];
}

/** A parent and a label for each node. */
export const model: Machine<ParentState, Command, Reply> = {
  ...plain,
  name: "directory-tree",
  schema: {
    ...schema,
    state: z.strictObject({
      nodes: z.array(z.union([z.null(), z.strictObject({ parent: node, label })])).length(nodes),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ nodes: below(nodes).map(() => null) }),
  step(state, command) {
    const { nodes } = state;
    const exists = (node: number): boolean => node === 0 || nodes[node] !== null;
    const at = (parent: number, label: number): number =>
      nodes.findIndex((node) => node?.parent === parent && node.label === label);
    const isEmpty = (node: number): boolean => !nodes.some((each) => each?.parent === node);
    switch (command.kind) {
      case "make": {
        const { parent, label, as } = command;
        if (!exists(parent) || as !== nodes.indexOf(null, 1)) return undefined;
        if (at(parent, label) >= 0) return { kind: "exists" };
        nodes[as] = { parent, label };
        return { kind: "made" };
      }
      case "look up": {
        if (!exists(command.parent)) return undefined;
        const node = at(command.parent, command.label);
        return node < 0 ? { kind: "absent" } : { kind: "found", node };
      }
      case "rename": {
        const { node, parent, label } = command;
        if (!exists(node) || !exists(parent)) return undefined;
        if (upwards(state, parent).includes(node)) return { kind: "loop" };
        const inTheWay = at(parent, label);
        if (inTheWay >= 0 && inTheWay !== node) {
          if (!isEmpty(inTheWay)) return { kind: "not empty" };
          nodes[inTheWay] = null;
        }
        nodes[node] = { parent, label };
        return { kind: "renamed" };
      }
      case "remove":
        if (!exists(command.node)) return undefined;
        if (!isEmpty(command.node)) return { kind: "not empty" };
        nodes[command.node] = null;
        return { kind: "removed" };
      case "depth":
        if (!exists(command.node)) return undefined;
        return { kind: "depth", levels: upwards(state, command.node).length - 1 };
    }
  },
};

function lookUp(state: EntryState, parent: number, label: number, rules: TreeRules): Reply {
  const remembered = state.remembered[label] ?? null;
  const isHit = remembered !== null && rules.isRemembered(remembered.parent, parent);
  const node = isHit ? remembered.node : state.entries[parent]![label]!;
  if (!isHit) state.remembered[label] = { parent, node };
  return node < 0 ? { kind: "absent" } : { kind: "found", node };
}

function rename(state: EntryState, node: number, parent: number, label: number, rules: TreeRules): Reply {
  if (rules.loopFirst && rules.isInside(state, parent, node)) return { kind: "loop" };
  const inTheWay = state.entries[parent]![label]!;
  if (inTheWay === node) return { kind: "renamed" };
  if (inTheWay >= 0) {
    if (state.counts[inTheWay]! > 0) return { kind: "not empty" };
    rules.gone(state, inTheWay);
    state.entries[parent]![label] = -1;
    rules.counts(state, parent, "replaced");
    rules.forgets(state, parent, label, "remove");
  }
  if (!rules.loopFirst && rules.isInside(state, parent, node)) return { kind: "loop" };
  const from = state.places[node]!;
  rules.moves(state, node, parent, label);
  rules.counts(state, from.parent, "from");
  rules.counts(state, parent, "to");
  rules.forgets(state, from.parent, from.label, "from");
  rules.forgets(state, parent, label, "to");
  rules.forgetsDepths(state, node, rules);
  return { kind: "renamed" };
}

function make(state: EntryState, parent: number, label: number, as: number, rules: TreeRules): Reply {
  rules.made(state, parent, label);
  if (state.entries[parent]![label]! >= 0) return { kind: "exists" };
  state.entries[parent]![label] = as;
  state.places[as] = { parent, label };
  rules.counts(state, parent, "make");
  rules.forgets(state, parent, label, "make");
  return { kind: "made" };
}

function depth(state: EntryState, node: number): number {
  if (node === 0) return 0;
  if (state.depths[node]! < 0) state.depths[node] = 1 + depth(state, state.places[node]!.parent);
  return state.depths[node]!;
}

/** Entries by directory. */
export function implementation(rules: TreeRules): Machine<EntryState, Command, Reply> {
  return {
    ...plain,
    name: "directory-tree of entries",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      entries: below(nodes).map(() => below(labels).map(() => -1)),
      counts: below(nodes).map(() => 0),
      places: below(nodes).map(() => null),
      remembered: below(labels).map(() => null),
      depths: below(nodes).map(() => -1),
    }),
    step(state, command) {
      switch (command.kind) {
        case "make":
          return make(state, command.parent, command.label, command.as, rules);
        case "look up":
          return lookUp(state, command.parent, command.label, rules);
        case "rename":
          return rename(state, command.node, command.parent, command.label, rules);
        case "remove": {
          const { node } = command;
          if (state.counts[node]! > 0) return { kind: "not empty" };
          const { parent, label } = state.places[node]!;
          state.entries[parent]![label] = -1;
          rules.gone(state, node);
          rules.counts(state, parent, "remove");
          rules.forgets(state, parent, label, "remove");
          return { kind: "removed" };
        }
        case "depth":
          return { kind: "depth", levels: depth(state, command.node) };
      }
    },
  };
}
