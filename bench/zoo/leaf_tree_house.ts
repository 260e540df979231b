/**
 * What goes wrong with nodes that split and merge.
 *
 * @module
 */
import { implementation, model } from "./leaf_tree.ts";
import { type Change, correct, fewest, most, type TreeRules } from "./leaf_tree_nodes.ts";
import { plant, type ZooHouse } from "./zoo.ts";

const keepsRecent = (kept: Change): Pick<TreeRules, "forgetsRecent"> => ({
  forgetsRecent: (state, change, leaf) => change !== kept && correct.forgetsRecent(state, change, leaf),
});

/** The tree's house. */
export function leafTreeHouse(): ZooHouse {
  return {
    name: "leaf-tree",
    model,
    walk: { weights: { insert: 6, erase: 4, has: 3, after: 3, count: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "equal-key-goes-left": {
        title: "a key that equals a separator is looked for in the left child",
        rule: { childOf: (separators, key) => separators.filter((separator) => separator < key).length },
      },
      "split-ends-the-chain": {
        title: "the right half of a leaf that is split is linked to nothing behind it",
        rule: { linkSplit: ({ leaves }, left, right) => void (leaves[left]!.next = right) },
      },
      "merged-leaf-still-linked": {
        title: "a leaf that has swallowed the one behind it is still linked to that",
        rule: { linkMerged() {} },
      },
      "separator-kept-on-borrowing": {
        title: "a separator stays as it is when the right leaf borrows a key from the left one",
        rule: {
          borrowedSeparator: (old, left, right, from) =>
            from === "left" ? old : correct.borrowedSeparator(old, left, right, from),
        },
      },
      "separator-is-the-borrowed-key": {
        title: "when the left leaf borrows a key from the right one, that key becomes the separator",
        rule: {
          borrowedSeparator: (old, left, right, from) =>
            from === "right" ? left.at(-1)! : correct.borrowedSeparator(old, left, right, from),
        },
      },
      "recent-kept-on-split": {
        title: "the leaf that was searched last is remembered with the keys it had before it was split",
        rule: keepsRecent("split"),
      },
      "recent-kept-on-lending": {
        title: "the leaf that was searched last is remembered with the key that it has lent since",
        rule: keepsRecent("lent"),
      },
      "recent-kept-on-merging": {
        title: "the leaf that was searched last is remembered after it was merged away",
        rule: keepsRecent("merged"),
      },
      "merged-out-of-order": {
        title: "an underfull leaf that swallows the one behind it puts its own key last",
        rule: {
          merged: (left, right, underfull) =>
            underfull === "left" ? [...right, ...left] : [...left, ...right],
        },
      },
      "wrong-separator-promoted": {
        title:
          "a node of four children that is split hands up its last separator rather than the one in the middle",
        rule: { promoted: (separators) => separators[fewest]! },
      },
      "separator-moves-with-the-child": {
        title: "a node that borrows a child takes its separator too, and the one above stays as it is",
        rule: { rotated: (above, moved) => ({ above, own: moved }) },
      },
      "present-key-counted-in-full-leaf": {
        title: "inserting a key that is there counts it again when its leaf is full",
        rule: {
          counts: (by, wasThere, leaf) =>
            correct.counts(by, wasThere, leaf) || (by === "insert" && leaf.keys.length === most),
        },
      },
    }),
  };
}
