/**
 * How a B+ tree grows and shrinks.
 *
 * @module
 */
import {
  type Change,
  fewest,
  type InnerNode,
  most,
  type Node,
  type TreeRules,
  type TreeState,
} from "./leaf_tree_nodes.ts";

/** The right half of what has become too large, with the separator before it. */
interface Split {
  separator: number;
  right: Node;
}

function changed(state: TreeState, change: Change, leaf: number, rules: TreeRules): void {
  if (state.recent !== null && rules.forgetsRecent(state, change, leaf)) state.recent = null;
}

function splitLeaf(state: TreeState, leaf: number, rules: TreeRules): Split {
  const right = state.unused.shift()!;
  state.leaves[right]!.keys = state.leaves[leaf]!.keys.splice(fewest);
  rules.linkSplit(state, leaf, right);
  changed(state, "split", leaf, rules);
  return { separator: state.leaves[right]!.keys[0]!, right };
}

function splitInner(node: InnerNode, rules: TreeRules): Split {
  const separator = rules.promoted(node.separators);
  const separators = node.separators.splice(fewest - 1).slice(1);
  return { separator, right: { separators, children: node.children.splice(fewest) } };
}

function insertBelow(
  state: TreeState,
  node: Node,
  key: number,
  rules: TreeRules,
): Split | "inserted" | "present" {
  if (typeof node === "number") {
    const leaf = state.leaves[node]!;
    const wasThere = leaf.keys.includes(key);
    if (rules.counts("insert", wasThere, leaf)) state.count++;
    if (wasThere) return "present";
    leaf.keys.push(key);
    leaf.keys.sort((one, other) => one - other);
    return leaf.keys.length > most ? splitLeaf(state, node, rules) : "inserted";
  }
  const index = rules.childOf(node.separators, key);
  const below = insertBelow(state, node.children[index]!, key, rules);
  if (typeof below === "string") return below;
  node.separators.splice(index, 0, below.separator);
  node.children.splice(index + 1, 0, below.right);
  return node.children.length > most ? splitInner(node, rules) : "inserted";
}

/** Inserts a key. */
export function insert(state: TreeState, key: number, rules: TreeRules): "inserted" | "present" {
  const below = insertBelow(state, state.root, key, rules);
  if (typeof below === "string") return below;
  state.root = { separators: [below.separator], children: [state.root, below.right] };
  return "inserted";
}

function mergeLeaves(state: TreeState, left: number, right: number, rules: TreeRules): void {
  const [one, other] = [state.leaves[left]!, state.leaves[right]!];
  one.keys = rules.merged(one.keys, other.keys, one.keys.length < fewest ? "left" : "right");
  rules.linkMerged(state, left, right);
  state.leaves[right] = { keys: [], next: -1 };
  state.unused.push(right);
  state.unused.sort((one, other) => one - other);
  changed(state, "merged", left, rules);
  changed(state, "merged", right, rules);
}

/** Lets an underfull leaf borrow a key. @returns whether `from` had one to lend. */
function borrowKey(
  state: TreeState,
  node: InnerNode,
  between: number,
  from: "left" | "right",
  rules: TreeRules,
): boolean {
  const [left, right] = [node.children[between], node.children[between + 1]];
  if (typeof left !== "number" || typeof right !== "number") return false;
  const [one, other] = [state.leaves[left]!.keys, state.leaves[right]!.keys];
  if ((from === "left" ? one : other).length <= fewest) return false;
  if (from === "left") other.unshift(one.pop()!);
  else one.push(other.shift()!);
  node.separators[between] = rules.borrowedSeparator(node.separators[between]!, one, other, from);
  changed(state, from === "left" ? "lent" : "borrowed", left, rules);
  changed(state, from === "left" ? "borrowed" : "lent", right, rules);
  return true;
}

/** Lets an underfull node borrow a child. @returns whether `from` had one to lend. */
function borrowChild(node: InnerNode, between: number, from: "left" | "right", rules: TreeRules): boolean {
  const [left, right] = [node.children[between], node.children[between + 1]];
  if (typeof left !== "object" || typeof right !== "object") return false;
  const [lender, borrower] = from === "left" ? [left, right] : [right, left];
  if (lender.children.length <= fewest) return false;
  const moved = from === "left" ? lender.separators.pop()! : lender.separators.shift()!;
  const { above, own } = rules.rotated(node.separators[between]!, moved);
  node.separators[between] = above;
  if (from === "left") {
    borrower.separators.unshift(own);
    borrower.children.unshift(lender.children.pop()!);
  } else {
    borrower.separators.push(own);
    borrower.children.push(lender.children.shift()!);
  }
  return true;
}

function mergeChildren(state: TreeState, node: InnerNode, between: number, rules: TreeRules): void {
  const [left, right] = [node.children[between]!, node.children[between + 1]!];
  if (typeof left === "number" && typeof right === "number") mergeLeaves(state, left, right, rules);
  if (typeof left === "object" && typeof right === "object") {
    left.separators = rules.mergedSeparators(left.separators, node.separators[between]!, right.separators);
    left.children.push(...right.children);
  }
  node.separators.splice(between, 1);
  node.children.splice(between + 1, 1);
}

/** Fills up the child at an index when it is underfull: from the left, from the right, or by a merge. */
function fillUp(state: TreeState, node: InnerNode, index: number, rules: TreeRules): void {
  const child = node.children[index]!;
  const filled = typeof child === "number" ? state.leaves[child]!.keys : child.children;
  if (filled.length >= fewest) return;
  const borrows = (between: number, from: "left" | "right"): boolean =>
    borrowKey(state, node, between, from, rules) || borrowChild(node, between, from, rules);
  if (index > 0 && borrows(index - 1, "left")) return;
  if (index < node.children.length - 1 && borrows(index, "right")) return;
  mergeChildren(state, node, Math.max(0, index - 1), rules);
}

function eraseBelow(state: TreeState, node: Node, key: number, rules: TreeRules): boolean {
  if (typeof node === "number") {
    const leaf = state.leaves[node]!;
    const index = leaf.keys.indexOf(key);
    if (rules.counts("erase", index >= 0, leaf)) state.count--;
    if (index >= 0) leaf.keys.splice(index, 1);
    return index >= 0;
  }
  const index = rules.childOf(node.separators, key);
  const wasThere = eraseBelow(state, node.children[index]!, key, rules);
  if (wasThere) fillUp(state, node, index, rules);
  return wasThere;
}

/** Erases a key. */
export function erase(state: TreeState, key: number, rules: TreeRules): "erased" | "absent" {
  const wasThere = eraseBelow(state, state.root, key, rules);
  if (typeof state.root === "object" && state.root.children.length === 1) {
    state.root = state.root.children[0]!;
  }
  return wasThere ? "erased" : "absent";
}
