/**
 * What goes wrong with versions that snapshots see.
 *
 * @module
 */
import { correct, implementation, model, seen } from "./snapshots.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The snapshots' house. */
export function snapshotsHouse(): ZooHouse {
  return {
    name: "snapshots",
    model,
    walk: { weights: { put: 5, erase: 2, read: 2, open: 4, close: 2, restore: 1, look: 4 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "newest-epoch-overwritten": {
        title: "a version is overwritten that the newest snapshot sees",
        rule: { isPrivate: ({ from }, clock) => from >= clock - 1 },
      },
      "only-the-oldest-is-asked": {
        title: "closing a snapshot keeps of the old versions only what the oldest of the others sees",
        rule: { kept: (chain, epochs) => correct.kept(chain, epochs.slice(0, 1)) },
      },
      "erasing-uncovers-the-older": {
        title:
          "erasing what was written since the newest snapshot takes the version away, and the one before comes back",
        rule: { erased: (chain) => chain.slice(1) },
      },
      "old-erasures-collected": {
        title: "closing a snapshot drops what says that a key was erased, unless it is the newest",
        rule: {
          kept: (chain, epochs) =>
            correct.kept(chain, epochs).filter((version) => version.value >= 0 || version === chain[0]),
        },
      },
      "erasing-is-no-writing": {
        title: "a snapshot shares the epoch of the last one when nothing but erasures lie between",
        rule: { dirties: (by) => by !== "erase" },
      },
      "going-back-is-no-writing": {
        title: "a snapshot shares the epoch of the last one when nothing but going back lies between",
        rule: { dirties: (by) => by !== "restore" },
      },
      "shared-epoch-ends-at-once": {
        title: "an epoch ends with the first of two snapshots that share it",
        rule: { ends: (holders) => holders <= 1 },
      },
      "recent-kept-on-close": {
        title:
          "what was looked at last is remembered after its snapshot was closed, and another one has its name",
        rule: { forgetsRecent: () => false },
      },
      "absent-not-restored": {
        title: "going back leaves keys as they are that the snapshot does not have",
        rule: { restores: (_state, _key, value) => value >= 0 },
      },
      "equal-to-the-newest-snapshot": {
        title: "a put is left out when the newest snapshot has the same value, whatever was written since",
        rule: {
          isEqual(state, key, value) {
            const newest = state.opened.at(-1);
            if (newest === undefined || value < 0) return correct.isEqual(state, key, value);
            return seen(state.chains[key]!, newest.epoch) === value;
          },
        },
      },
      "clock-reset-without-versions": {
        title: "when the last snapshot is closed the clock begins again, but versions keep their epochs",
        rule: { rebased: (chain) => chain.slice(0, 1) },
      },
      "epochs-in-two-bits": {
        title: "epochs are kept in two bits, and the fifth is the first again",
        rule: { nextEpoch: (clock) => (clock + 1) % 4 },
      },
    }),
  };
}
