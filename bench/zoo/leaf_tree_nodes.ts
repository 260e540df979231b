/**
 * The nodes of a B+ tree, how a key's leaf is found, and what a mistake may replace.
 *
 * @module
 */

/** A leaf by its number, or a node between the root and the leaves. */
export type Node = number | InnerNode;

/** Children with a separator between each two: the smallest key that may be in the right one. */
export interface InnerNode {
  separators: number[];
  children: Node[];
}

/** Keys in order, and the leaf behind, -1 = none. */
export interface Leaf {
  keys: number[];
  next: number;
}

/** What the implementation knows. */
export interface TreeState {
  root: Node;
  leaves: Leaf[];
  /** Numbers of leaves that are not in use, the next one first. */
  unused: number[];
  /** The leaf that `has` searched last, with its first and its last key. */
  recent: { leaf: number; from: number; to: number } | null;
  count: number;
}

/** A change of the tree's shape, as a leaf takes part in it. */
export type Change = "split" | "lent" | "borrowed" | "merged";

/** What a mistake may replace. */
export interface TreeRules {
  /** Which child a key belongs to. */
  childOf(separators: readonly number[], key: number): number;
  /** Links the new right half of a leaf. */
  linkSplit(state: TreeState, left: number, right: number): void;
  /** Links past a leaf that has been merged into the one before. */
  linkMerged(state: TreeState, left: number, right: number): void;
  /** The keys of two leaves that are merged. */
  merged(left: readonly number[], right: readonly number[], underfull: "left" | "right"): number[];
  /** The separator of two leaves after one has borrowed a key from the other. */
  borrowedSeparator(
    old: number,
    left: readonly number[],
    right: readonly number[],
    from: "left" | "right",
  ): number;
  /** Which separator of four children stands above their two halves. */
  promoted(separators: readonly number[]): number;
  /** The separator above two nodes and the one of the borrower, after a child was borrowed with the separator `moved`. */
  rotated(above: number, moved: number): { above: number; own: number };
  /** The separators of two nodes that are merged. */
  mergedSeparators(left: readonly number[], above: number, right: readonly number[]): number[];
  forgetsRecent(state: TreeState, change: Change, leaf: number): boolean;
  /** Whether a key that was inserted or erased changes the count. */
  counts(by: "insert" | "erase", wasThere: boolean, leaf: Leaf): boolean;
}

/** Most keys of a leaf and most children of a node. */
export const most = 3;
/** Fewest keys of a leaf and fewest children of a node, the root being free of it. */
export const fewest = 2;

/** The rules without a mistake. */
export const correct: TreeRules = {
  childOf: (separators, key) => separators.filter((separator) => separator <= key).length,
  linkSplit({ leaves }, left, right) {
    leaves[right]!.next = leaves[left]!.next;
    leaves[left]!.next = right;
  },
  linkMerged({ leaves }, left, right) {
    leaves[left]!.next = leaves[right]!.next;
  },
  merged: (left, right) => [...left, ...right],
  borrowedSeparator: (_old, _left, right) => right[0]!,
  promoted: (separators) => separators[fewest - 1]!,
  rotated: (above, moved) => ({ above: moved, own: above }),
  mergedSeparators: (left, above, right) => [...left, above, ...right],
  forgetsRecent: ({ recent }, _change, leaf) => recent?.leaf === leaf,
  counts: (by, wasThere) => wasThere === (by === "erase"),
};

/** The leaf that a key belongs to. */
export function leafOf(node: Node, key: number, rules: TreeRules): number {
  return typeof node === "number"
    ? node
    : leafOf(node.children[rules.childOf(node.separators, key)]!, key, rules);
}
