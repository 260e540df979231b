/**
 * What goes wrong with a lock for readers and writers.
 *
 * @module
 */
import { correct, implementation, model } from "./rw_lock.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The lock's house. */
export function rwLockHouse(): ZooHouse {
  return {
    name: "rw-lock",
    model,
    walk: {
      weights: { read: 5, write: 3, release: 4, upgrade: 2, downgrade: 2, "give up": 2 },
      labels: {},
    },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "nobody-looks-after-the-first-left": {
        title: "when the first waiter gives up, nobody looks whether the next one could go on",
        rule: { gaveUp: (_state, from, wake) => from === "first" ? [] : wake() },
      },
      "reader-past-upgrade": {
        title: "a reader is let in past an upgrade that waits, when the queue is empty",
        rule: { letsIn: ({ writer, first }) => writer < 0 && first < 0 },
      },
      "back-link-forgotten": {
        title: "the waiter behind one that leaves the middle of the queue keeps its link back to it",
        rule: {
          unlink(state, thread) {
            const [previous, next] = [state.previous[thread]!, state.next[thread]!];
            correct.unlink(state, thread);
            if (previous >= 0 && next >= 0) state.previous[next] = thread;
          },
        },
      },
      "last-not-moved-back": {
        title: "when the last waiter gives up, it is still taken for the last one",
        rule: {
          unlink(state, thread) {
            const { last, first } = state;
            correct.unlink(state, thread);
            if (thread === last && thread !== first) state.last = last;
          },
        },
      },
      "one-reader-woken": {
        title: "readers that wait one behind the other are woken one by one, from the third on",
        rule: { wakesOn: ({ readers }) => readers < 2 },
      },
      "woken-by-name": {
        title: "threads that are woken together are told in the order of their numbers",
        rule: { order: (woken) => woken.toSorted((one, other) => one - other) },
      },
      "readers-past-the-first-writer": {
        title: "a writer that can not go on is passed by the waiter right behind it when that reads",
        rule: {
          candidate({ first, next, wants, readers }) {
            const second = first < 0 ? -1 : next[first]!;
            const isPassed = readers === 1 && second >= 0 && wants[first] === "write" &&
              wants[second] === "read";
            return isPassed ? second : first;
          },
        },
      },
      "count-after-the-waking": {
        title: "a downgrade sets the count of readers after it has woken those that wait",
        rule: {
          downgrade(state, wake) {
            state.writer = -1;
            const woken = wake();
            state.readers = 1;
            return woken;
          },
        },
      },
      "second-upgrade-replaces": {
        title: "a second upgrade takes the place of the first unless somebody is queued",
        rule: { refusesUpgrade: ({ upgrading, first }) => upgrading >= 0 && first >= 0 },
      },
      "upgrade-behind-the-queue": {
        title: "the only reader's upgrade waits when a writer is queued",
        rule: { upgradesAtOnce: ({ readers, first }) => readers === 1 && first < 0 },
      },
      "given-up-upgrade-comes-true": {
        title: "an upgrade that was given up while two or more waited in the queue is granted later",
        rule: { clearsUpgrade: ({ first, last }) => first === last },
      },
      "fifth-grant-from-the-back": {
        title: "every fifth grant from the queue goes to the waiter at its end",
        rule: {
          candidate: ({ grants, first, last }) => grants === 4 ? last : first,
          wakesOn(state) {
            state.grants = (state.grants + 1) % 5;
            return true;
          },
        },
      },
      "sixteenth-reader-waits": {
        title:
          "of sixteen readers that were let in at once the last has to wait, though nobody waits for the lock",
        rule: {
          letsIn(state) {
            if (!correct.letsIn(state)) return false;
            state.grants = (state.grants + 1) % 16;
            return state.grants !== 0;
          },
        },
      },
    }),
  };
}
