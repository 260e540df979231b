/**
 * What goes wrong with directories that are renamed.
 *
 * @module
 */
import { correct, type EntryState, implementation, model } from "./directory_tree.ts";
import { plant, type ZooHouse } from "./zoo.ts";

const forgetsLess = (
  keeps: (state: EntryState, parent: number, label: number, by: string) => boolean,
): Pick<typeof correct, "forgets"> => ({
  forgets(state, parent, label, by) {
    if (!keeps(state, parent, label, by)) correct.forgets(state, parent, label, by);
  },
});

const countsBut = (
  skips: (state: EntryState, parent: number, by: string) => boolean,
): Pick<typeof correct, "counts"> => ({
  counts(state, parent, by) {
    if (!skips(state, parent, by)) correct.counts(state, parent, by);
  },
});

/** The tree's house. */
export function directoryTreeHouse(): ZooHouse {
  return {
    name: "directory-tree",
    model,
    walk: { weights: { make: 5, "look up": 3, rename: 4, remove: 2, depth: 2 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "not-found-kept-on-rename": {
        title: "that a name was not found is still remembered when a node is renamed to it",
        rule: forgetsLess((_state, _parent, _label, by) => by === "to"),
      },
      "found-kept-in-used-directory": {
        title:
          "a name that was found is still remembered after its removal, while its directory has other entries",
        rule: forgetsLess(({ entries }, parent, _label, by) =>
          by === "remove" && entries[parent]!.some((node) => node >= 0)
        ),
      },
      "renamed-name-kept-below": {
        title: "a name that was found below the root is still remembered after a rename that leaves it",
        rule: forgetsLess((_state, parent, _label, by) => by === "from" && parent > 0),
      },
      "depth-of-grandchildren-kept": {
        title: "a rename forgets the depth of a node and of what is in it, but not of what is deeper",
        rule: {
          forgetsDepths({ depths, places }, node) {
            depths.forEach((_, each) => {
              if (each === node || places[each]?.parent === node) depths[each] = -1;
            });
          },
        },
      },
      "depth-kept-across-names": {
        title: "the depth of a node that was removed is kept for the next one of that number",
        rule: {
          gone(state, node) {
            state.places[node] = null;
          },
        },
      },
      "loop-through-grandchild": {
        title: "a node can be moved into one that is two levels below it",
        rule: {
          isInside: ({ places }, parent, node) => parent === node || places[parent]?.parent === node,
        },
      },
      "loop-noticed-late": {
        title: "the loop is noticed after the node in the way was removed",
        rule: { loopFirst: false },
      },
      "old-entry-looked-up-late": {
        title:
          "a rename below the root clears the old entry after the node's place has changed, so not at all",
        rule: {
          moves(state, node, parent, label) {
            const from = state.places[node]!;
            correct.moves(state, node, parent, label);
            if (from.parent > 0 && parent > 0) state.entries[from.parent]![from.label] = node;
          },
        },
      },
      "replaced-still-counted": {
        title: "a node that was replaced by a rename is still counted in its directory",
        rule: countsBut((_state, _parent, by) => by === "replaced"),
      },
      "moved-up-still-counted": {
        title: "a node that is moved to the root is still counted where it was",
        rule: {
          moves(state, node, parent, label) {
            const from = state.places[node]!.parent;
            correct.moves(state, node, parent, label);
            if (parent === 0 && from > 0) state.counts[from]!++;
          },
        },
      },
      "failed-making-counted": {
        title: "making what exists counts as an entry",
        rule: {
          made(state, parent, label) {
            if (state.entries[parent]![label]! >= 0) state.counts[parent]!++;
          },
        },
      },
      "directories-told-apart-by-a-bit": {
        title: "what is remembered is told apart by the last bit of the directory only",
        rule: { isRemembered: (parent, asked) => parent % 2 === asked % 2 },
      },
    }),
  };
}
