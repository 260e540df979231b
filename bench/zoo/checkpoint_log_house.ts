/**
 * What goes wrong with a log and its checkpoints.
 *
 * @module
 */
import { correct, distance, implementation, model, ringEntries } from "./checkpoint_log.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The log's house. */
export function checkpointLogHouse(): ZooHouse {
  return {
    name: "checkpoint-log",
    model,
    walk: { weights: { write: 6, read: 2, flush: 2, begin: 3, end: 3, crash: 2 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "image-of-the-end": {
        title: "the image of a checkpoint has the values of its end, also those that were not flushed",
        rule: { imaged: ({ values }) => values },
      },
      "cut-at-the-end": {
        title: "a checkpoint cuts the log where it ends rather than where the image was taken",
        rule: { cut: (state) => state.end },
      },
      "checkpoint-without-flush": {
        title: "a checkpoint takes its image without flushing what is pending",
        rule: { begins() {} },
      },
      "incomplete-image-trusted": {
        title: "after a crash during a checkpoint its image counts, and the room before it is given back",
        rule: {
          isNewer: (image, than) =>
            correct.isNewer({ ...image, isComplete: true }, { ...than, isComplete: true }),
        },
      },
      "coalesced-into-flushed": {
        title: "a write is put into the last entry of its key also when that was flushed",
        rule: {
          coalesced: (state, key) => {
            const pending = correct.coalesced(state, key);
            if (pending !== undefined || state.pending.length > 0 || state.from === state.end) return pending;
            const last = state.disk.ring[(state.end + ringEntries - 1) % ringEntries]!;
            return last?.key === key ? last : undefined;
          },
        },
      },
      "coalesced-with-any": {
        title:
          "a write is put into a pending entry of its key, though others came after it, and takes no room",
        rule: { coalesced: ({ pending }, key) => pending.find((entry) => entry.key === key) },
      },
      "stamps-of-one-round": {
        title: "entries are marked with their place in the ring, and those of the last round are replayed",
        rule: { stamp: (position) => position % ringEntries },
      },
      "newest-image-by-number": {
        title: "the image of the higher number is taken for the newer one, also when numbers begin again",
        rule: {
          isNewer: (image, than) => image.isComplete && (!than.isComplete || image.sequence > than.sequence),
        },
      },
      "pending-kept-by-crash": {
        title: "what was pending at a crash is written by the next flush",
        rule: { afterCrash: (pending) => [...pending] },
      },
      "last-of-a-full-ring-not-replayed": {
        title: "after a crash the last entry of a full log is not replayed",
        rule: { replays: ringEntries - 1 },
      },
      "flush-ends-with-the-ring": {
        title: "a flush that reaches the end of the ring leaves the rest for the next one",
        rule: {
          flushes: ({ end, pending }) => Math.min(pending.length, ringEntries - end % ringEntries),
        },
      },
      "pending-takes-no-room": {
        title: "what is pending is not counted when it is asked whether the log is full",
        rule: { used: ({ from, end }) => distance(from, end) },
      },
    }),
  };
}
