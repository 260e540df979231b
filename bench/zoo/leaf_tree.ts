/**
 * A B+ tree: keys in leaves that are linked in order, two or three keys to a leaf, two or three children to a node.
 *
 * The model is a set of keys; the implementation splits and merges, and remembers the leaf that was searched last.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { leafOf, type Node, type TreeRules, type TreeState } from "./leaf_tree_nodes.ts";
import { erase, insert } from "./leaf_tree_changes.ts";
import { below, plain } from "./zoo.ts";

/** What is done; `after` asks for the first key behind a key, there or not. */
export type Command =
  | { readonly kind: "insert" | "erase" | "has" | "after"; readonly key: number }
  | { readonly kind: "count" };

/** What is answered. */
export type Reply =
  | { readonly kind: "inserted" | "present" | "erased" | "absent" }
  | { readonly kind: "key"; readonly key: number }
  | { readonly kind: "count"; readonly keys: number };

const keys = 10;
/** Leaves that can be in use at once. */
const leaves = 6;

const key = z.int().min(0).max(keys - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["insert", "erase", "has", "after"]), key }),
    z.strictObject({ kind: z.literal("count") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  { kind: "count" },
  ...(["insert", "has", "after", "erase"] as const).flatMap((kind) =>
    below(keys).map((key) => ({ kind, key }))
  ),
];

/** Which keys are there. */
export const model: Machine<{ present: boolean[] }, Command, Reply> = {
  ...plain,
  name: "leaf-tree",
  schema: { ...schema, state: z.strictObject({ present: z.array(z.boolean()).length(keys) }) },
  starts: [null],
  commands,
  initial: () => ({ present: below(keys).map(() => false) }),
  step({ present }, command) {
    switch (command.kind) {
      case "count":
        return { kind: "count", keys: present.filter((each) => each).length };
      case "insert": {
        const isNew = !present[command.key];
        present[command.key] = true;
        return { kind: isNew ? "inserted" : "present" };
      }
      case "erase": {
        const wasThere = present[command.key];
        present[command.key] = false;
        return { kind: wasThere ? "erased" : "absent" };
      }
      case "has":
        return { kind: present[command.key] ? "present" : "absent" };
      case "after": {
        const next = below(keys).find((each) => each > command.key && present[each]);
        return next === undefined ? { kind: "absent" } : { kind: "key", key: next };
      }
    }
  },
};

/** The leaf of a key: the one that was searched last when the key lies between its first and its last. */
function search(state: TreeState, key: number, rules: TreeRules): number {
  const { recent } = state;
  if (recent !== null && recent.from <= key && key <= recent.to) return recent.leaf;
  const leaf = leafOf(state.root, key, rules);
  const { keys } = state.leaves[leaf]!;
  state.recent = keys.length === 0 ? null : { leaf, from: keys[0]!, to: keys.at(-1)! };
  return leaf;
}

/** A tree of leaves. */
export function implementation(rules: TreeRules): Machine<TreeState, Command, Reply> {
  return {
    ...plain,
    name: "leaf-tree of nodes",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      root: 0 as Node,
      leaves: below(leaves).map(() => ({ keys: [], next: -1 })),
      unused: below(leaves).slice(1),
      recent: null,
      count: 0,
    }),
    step(state, command) {
      switch (command.kind) {
        case "count":
          return { kind: "count", keys: state.count };
        case "insert":
          return { kind: insert(state, command.key, rules) };
        case "erase":
          return { kind: erase(state, command.key, rules) };
        case "has": {
          const leaf = search(state, command.key, rules);
          return { kind: state.leaves[leaf]!.keys.includes(command.key) ? "present" : "absent" };
        }
        case "after": {
          const leaf = state.leaves[leafOf(state.root, command.key, rules)]!;
          const inLeaf = leaf.keys.find((each) => each > command.key);
          const next = inLeaf ?? state.leaves[leaf.next]?.keys[0];
          return next === undefined ? { kind: "absent" } : { kind: "key", key: next };
        }
      }
    },
  };
}
