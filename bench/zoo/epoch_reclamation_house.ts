/**
 * What goes wrong with objects that wait for readers.
 *
 * @module
 */
import { correct, empty, epochs, fullBag, implementation, model } from "./epoch_reclamation.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The reclamation's house. */
export function epochReclamationHouse(): ZooHouse {
  return {
    name: "epoch-reclamation",
    model,
    walk: { weights: { allocate: 5, collect: 4, pin: 4, unpin: 3, retire: 5 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "nested-pin-moves-forward": {
        title: "a reader that pins again counts as pinned in the new epoch",
        rule: {
          pinAgain(state, reader) {
            if (correct.wasBehind(state, reader)) state.behind--;
            state.readers[reader]!.epoch = state.epoch;
          },
        },
      },
      "inner-unpin-ends-all": {
        title: "the end of the inner of two pins ends the outer one as well",
        rule: { depthAfterUnpin: () => 0 },
      },
      "emptied-one-epoch-early": {
        title: "what was retired in the epoch before is free at the beginning of the next",
        rule: { emptied: (epoch) => (epoch + epochs - 1) % epochs },
      },
      "emptied-one-epoch-late": {
        title: "a bag is emptied when its number comes again, rather than an epoch before",
        rule: { emptied: (epoch) => epoch },
      },
      "any-unpin-catches-up": {
        title: "a reader that was pinned in this epoch counts as one less behind when it ends",
        rule: { wasBehind: ({ behind }) => behind > 0 },
      },
      "no-unpin-catches-up": {
        title: "a reader that ends while another one is pinned still counts as behind",
        rule: {
          wasBehind: (state, reader) =>
            correct.wasBehind(state, reader) && state.readers.every(({ depth }) => depth === 0),
        },
      },
      "one-reader-behind": {
        title: "at the beginning of an epoch one reader counts as behind, however many are pinned",
        rule: { behindAfter: (pinned) => Math.min(pinned, 1) },
      },
      "hint-of-the-last-in-the-bag": {
        title: "the search for a free object begins at the last one that a bag has set free",
        rule: { hintAfterFree: (hint, bag) => Math.min(hint, bag.at(-1) ?? hint) },
      },
      "retired-in-the-epoch-of-the-reader": {
        title: "an object is retired in the epoch in which its reader was pinned",
        rule: { retiredIn: (state, reader) => state.readers[reader]!.epoch },
      },
      "emptied-before-asking": {
        title: "the bag is emptied before it is asked whether the epoch can end",
        rule: {
          collect(state, rules) {
            empty(state, rules.emptied((state.epoch + 1) % epochs), rules);
            correct.collect(state, rules);
          },
        },
      },
      "bag-chosen-before-collecting": {
        title: "an object that finds its bag full goes there though the epoch has ended",
        rule: {
          retire(state, _reader, object, rules) {
            const { epoch } = state;
            if (state.bags[epoch]!.length >= fullBag) rules.collect(state, rules);
            state.bags[epoch]!.push(object);
          },
        },
      },
      "lost-when-the-bag-stays-full": {
        title: "an object that finds its bag full is lost when the epoch can not end",
        rule: {
          retire(state, _reader, object, rules) {
            if (state.bags[state.epoch]!.length >= fullBag) rules.collect(state, rules);
            if (state.bags[state.epoch]!.length < fullBag) state.bags[state.epoch]!.push(object);
          },
        },
      },
    }),
  };
}
