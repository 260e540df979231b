/**
 * What goes wrong with a table that is flushed into runs.
 *
 * @module
 */
import { type Cell, correct, implementation, lookUp, model, tableEntries } from "./memtable.ts";
import { plant, type ZooHouse } from "./zoo.ts";

const isKnown = (cell: Cell): boolean => cell !== "unknown";

/** The store's house. */
export function memtableHouse(): ZooHouse {
  return {
    name: "memtable",
    model,
    walk: { weights: { put: 6, remove: 3, get: 3, from: 2, count: 1, flush: 3 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "mark-dropped-too-early": {
        title: "a mark is dropped by the flush when the newer run does not know the key",
        rule: {
          flushed: (table, { run }) =>
            table.map((cell, key) => cell === "removed" && !isKnown(run[key]!) ? "unknown" : cell),
        },
      },
      "mark-lost-against-value": {
        title: "a mark that is merged alone leaves what is below as it is",
        rule: {
          merged: (run, bottom, state) =>
            run.some((cell) => typeof cell === "number") ? correct.merged(run, bottom, state) : [...bottom],
        },
      },
      "marks-not-in-the-filter": {
        title: "the filter of a run is built from its values only",
        rule: {
          filterOf: (run) => correct.filterOf(run.map((cell) => cell === "removed" ? "unknown" : cell)),
        },
      },
      "mark-replaces-the-last": {
        title: "a mark that finds the table full takes the place of the last one in it",
        rule: {
          isFull: (table, by) => by === "put" && table.filter(isKnown).length >= tableEntries,
          flushed: (table) => {
            const last = table.findLastIndex(isKnown);
            return table.map((cell, key) =>
              table.filter(isKnown).length > tableEntries && key === last ? "unknown" : cell
            );
          },
        },
      },
      "equal-value-not-written": {
        title: "a put of the value that the newer run has is left out, whatever the table says",
        rule: { writes: ({ run }, key, value) => run[key] !== value },
      },
      "equal-value-in-the-bottom": {
        title: "a put of the value that the older run has is left out unless the table knows better",
        rule: { writes: ({ table, bottom }, key, value) => isKnown(table[key]!) || bottom[key] !== value },
      },
      "recent-kept-on-remove": {
        title: "what was found in a run last is kept when it is removed",
        rule: { forgetsRecent: ({ recent }, key, by) => by !== "remove" && recent?.key === key },
      },
      "recent-kept-while-full": {
        title: "what was found in a run last is kept by a put that fills up the table",
        rule: {
          forgetsRecent: (state, key, by) =>
            correct.forgetsRecent(state, key, by) &&
            !(by === "put" && state.table.filter(isKnown).length === tableEntries),
        },
      },
      "iterator-past-the-mark": {
        title: "an iterator that passes a mark in the table finds what is below it in the older run",
        rule: {
          seen: (state, key) => {
            const cell = lookUp(state, key);
            return cell === "removed" ? state.bottom[key]! : cell;
          },
        },
      },
      "count-overlooks-the-bottom": {
        title: "removing what only the older run knows does not change the count",
        rule: {
          wasThere: (state, key, by) =>
            correct.wasThere(state, key, by) &&
            (by === "put" || isKnown(state.table[key]!) || isKnown(state.run[key]!)),
        },
      },
      "fourth-merge-starts-over": {
        title: "the names of runs repeat after three, and the fourth merge begins with an empty older run",
        rule: {
          merged(run, bottom, state) {
            state.flushes = (state.flushes + 1) % 4;
            return correct.merged(run, state.flushes === 0 ? bottom.map(() => "unknown") : bottom, state);
          },
        },
      },
    }),
  };
}
