/**
 * What goes wrong with pages that are copied on writing.
 *
 * @module
 */
import { correct, implementation, model, type TableState } from "./cow_pages.ts";
import { plant, type ZooHouse } from "./zoo.ts";

const spare = ({ frames }: TableState): number => frames.filter(({ references }) => references === 0).length;

/** The address spaces' house. */
export function cowPagesHouse(): ZooHouse {
  return {
    name: "cow-pages",
    model,
    walk: { weights: { map: 3, write: 5, read: 3, unmap: 2, fork: 3, exit: 2, spare: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "parent-stays-writable": {
        title: "after a fork the parent still writes in place",
        rule: {
          share(state, entry) {
            state.frames[entry.frame]!.references++;
            return { ...entry, isWritable: false };
          },
        },
      },
      "second-share-not-counted": {
        title: "a page that is shared already is not counted again by the next fork",
        rule: {
          share(state, entry) {
            if (entry.isWritable) state.frames[entry.frame]!.references++;
            entry.isWritable = false;
            return { ...entry };
          },
        },
      },
      "count-ends-at-two": {
        title: "the count of references ends at 2",
        rule: {
          share(state, entry) {
            const frame = state.frames[entry.frame]!;
            frame.references = Math.min(2, frame.references + 1);
            entry.isWritable = false;
            return { ...entry };
          },
        },
      },
      "copy-keeps-reference": {
        title: "a page that was copied away from in the last free frame still counts at its old one",
        rule: {
          drop(state, entry, by) {
            if (by !== "copy" || spare(state) > 0) correct.drop(state, entry, by);
          },
        },
      },
      "spare-frame-demanded": {
        title: "writing to a page that was shared needs a free frame even when nobody shares it any more",
        rule: {
          unshare: (state, entry, rules) => spare(state) > 0 && correct.unshare(state, entry, rules),
        },
      },
      "dropped-before-the-copy": {
        title: "a reference is given up before it is known whether there is a frame for the copy",
        rule: {
          unshare(state, entry, rules) {
            const old = state.frames[entry.frame]!;
            if (old.references > 1) {
              old.references--;
              const frame = rules.take(state);
              if (frame < 0) return false;
              state.frames[frame]!.value = old.value;
              entry.frame = frame;
            }
            entry.isWritable = true;
            return true;
          },
        },
      },
      "exit-trusts-the-bit": {
        title: "leaving takes every page that can not be written for one that others still use",
        rule: {
          drop(state, entry, by) {
            const frame = state.frames[entry.frame]!;
            if (by === "exit" && !entry.isWritable) frame.references = Math.max(1, frame.references - 1);
            else frame.references--;
          },
        },
      },
      "copied-page-still-remembered": {
        title: "the last translation is kept when its page is copied",
        rule: { forgets: (recent, space, by) => by !== "write" && recent.space === space },
      },
      "left-space-still-remembered": {
        title: "the last translation is kept when its space ends, and the next space gets its name",
        rule: { forgets: (recent, space, by) => by !== "exit" && recent.space === space },
      },
      "frame-of-the-left-not-cleared": {
        title:
          "frames are cleared when they are unmapped rather than when they are taken, and an exit forgets to",
        rule: {
          drop(state, entry, by) {
            const frame = state.frames[entry.frame]!;
            frame.references--;
            if (frame.references === 0 && by !== "exit") frame.value = 0;
          },
          take(state) {
            const frame = state.frames.findIndex(({ references }) => references === 0);
            if (frame >= 0) state.frames[frame]!.references = 1;
            return frame;
          },
        },
      },
      "writable-again-too-early": {
        title: "a page may be written in place again when two are left that share it, rather than one",
        rule: {
          drop(state, entry, by) {
            correct.drop(state, entry, by);
            if (by === "copy" || state.frames[entry.frame]!.references !== 2) return;
            const left = state.tables.flat().find((other) => other?.frame === entry.frame && other !== entry);
            if (left) left.isWritable = true;
          },
        },
      },
    }),
  };
}
