/**
 * What goes wrong with locks of transactions that wait for each other.
 *
 * @module
 */
import { bit, correct, model } from "./lock_table.ts";
import { implementation } from "./lock_table_words.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The lock table's house. */
export function lockTableHouse(): ZooHouse {
  return {
    name: "lock-table",
    model,
    walk: { weights: { lock: 8, commit: 2, "give up": 2 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "circles-of-two-only": {
        title: "a circle of waiting is noticed between two transactions, but not through a third",
        rule: {
          waitsForItself: (waitsFor, transaction) =>
            waitsFor.some((others, each) =>
              (waitsFor[transaction]! & bit(each)) !== 0 && (others & bit(transaction)) !== 0
            ),
        },
      },
      "queued-before-not-waited-for": {
        title: "a transaction does not count as waiting for those that stand before it in the queue",
        rule: { queuedBefore: () => 0 },
      },
      "first-holder-waited-for": {
        title: "of several holders only the first counts as being waited for",
        rule: {
          inTheWay(others, lockMode, mode) {
            const inTheWay = correct.inTheWay(others, lockMode, mode);
            return inTheWay & -inTheWay;
          },
        },
      },
      "given-up-still-waited-for": {
        title: "those behind a transaction that gives up still count as waiting for it",
        rule: { staysInTheWay: () => true },
      },
      "upgrader-no-longer-waited-for": {
        title:
          "those behind a transaction that gives up an upgrade no longer count as waiting for its shared lock",
        rule: { staysInTheWay: () => false },
      },
      "shared-again-weakens": {
        title: "asking for a shared lock where one holds an exclusive one makes it shared",
        rule: { again: (_held, mode) => mode },
      },
      "upgraded-not-waited-for": {
        title: "readers in a queue do not count as waiting for a reader that becomes the writer past them",
        rule: { waitForUpgraded: false },
      },
      "victim-keeps-shared-locks": {
        title: "a victim loses its exclusive locks only",
        rule: { loses: (mode) => mode === "exclusive" },
      },
      "victim-looked-after-where-it-waited": {
        title: "after a deadlock only the queue in which the victim stood is looked at",
        rule: { served: (by, waitedFor) => by === "victim" ? [waitedFor] : correct.served(by, waitedFor) },
      },
      "given-up-upgrade-still-waits": {
        title: "a transaction that gives up an upgrade still counts as waiting for the other readers",
        rule: { waitsNoLonger: (holdsShared) => !holdsShared },
      },
      "one-woken-per-lock": {
        title: "of several that could share a lock only the first is woken",
        rule: { wakesOn: false },
      },
      "released-for-the-first-only": {
        title: "of those that wait for a lock only the first learns that a holder has gone",
        rule: { released: (queue) => queue.slice(0, 1) },
      },
    }),
  };
}
