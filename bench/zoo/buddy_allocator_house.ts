/**
 * What goes wrong with blocks and their buddies.
 *
 * @module
 */
import { correct, implementation, model } from "./buddy_allocator.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The allocator's house. */
export function buddyAllocatorHouse(): ZooHouse {
  return {
    name: "buddy-allocator",
    model,
    walk: { weights: { allocate: 5, free: 3, resize: 3, largest: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "buddy-always-behind": {
        title:
          "the buddy of a block that is freed is looked for behind it, also when the block is an upper half",
        rule: { buddyOf: (offset, order) => offset + (1 << order) },
      },
      "joined-one-level": {
        title: "a freed block is joined with its buddy, but what comes of it with no further one",
        rule: { joinsOn: () => false },
      },
      "joined-at-the-freed-offset": {
        title: "a joined block begins where the freed block began, also when that was the upper half",
        rule: { joined: (offset) => offset },
      },
      "summary-kept-on-join": {
        title: "the bit of a list stays when joining takes the last block from it",
        rule: {
          remove(state, order, offset, by) {
            const { summary } = state;
            correct.remove(state, order, offset, by);
            if (by === "join") state.summary = summary;
          },
        },
      },
      "summary-kept-on-growing": {
        title: "the bit of a list stays when a growing block takes the last block from it",
        rule: {
          remove(state, order, offset, by) {
            const { summary } = state;
            correct.remove(state, order, offset, by);
            if (by === "grow") state.summary = summary;
          },
        },
      },
      "put-back-appended": {
        title: "what a refused growth gives back goes to the end of its list, wherever it begins",
        rule: {
          add(state, order, offset, by) {
            if (by !== "put back") return correct.add(state, order, offset, by);
            state.lists[order]!.push(offset);
            state.summary |= 1 << order;
          },
        },
      },
      "grows-into-a-part": {
        title: "a block grows when a free block of any order begins where its buddy does",
        rule: {
          growsInto: ({ lists }, _order, offset, buddy) =>
            buddy > offset && lists.some((list) => list.includes(buddy)),
          remove(state, order, offset, by) {
            const from = state.lists.findIndex((list) => list.includes(offset));
            correct.remove(state, by === "grow" ? from : order, offset, by);
          },
        },
      },
      "upper-half-grows": {
        title:
          "a block that is an upper half grows when its lower buddy is free, and reaches into what is behind it",
        rule: { growsInto: ({ lists }, order, _offset, buddy) => lists[order]!.includes(buddy) },
      },
      "refused-growth-keeps-the-first": {
        title: "a growth that is refused at its second step keeps what the first step has taken",
        rule: { putBack: (taken) => taken.slice(1) },
      },
      "old-order-kept-on-shrinking": {
        title: "the order of a block that has shrunk is not noted, and freeing it frees the old block",
        rule: {
          notes(state, offset, order, by) {
            if (by !== "shrink") correct.notes(state, offset, order, by);
          },
        },
      },
      "shrinking-gives-one-half": {
        title: "a block that shrinks by more than one order gives back its upper half only",
        rule: { parts: (from, to) => correct.parts(from, to).slice(0, 1) },
      },
      "largest-before-joining": {
        title: "the largest free block is compared with a freed one before that is joined",
        rule: { largestAfterFree: ({ largest }, order) => Math.max(largest, order) },
      },
    }),
  };
}
