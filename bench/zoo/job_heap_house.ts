/**
 * What goes wrong with a heap whose entries can be cancelled and moved.
 *
 * @module
 */
import { correct, down, type HeapState, implementation, jobs, model, priorities, up } from "./job_heap.ts";
import { plant, type ZooHouse } from "./zoo.ts";

function peeksOnce(state: HeapState): number {
  if (state.peeked < 0) state.peeked = correct.peeks(state);
  return state.peeked;
}

/** The priority queue's house. */
export function jobHeapHouse(): ZooHouse {
  return {
    name: "job-heap",
    model,
    walk: { weights: { push: 6, pop: 3, cancel: 2, move: 3, peek: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "left-child-decides": {
        title: "on the way down only the left child is compared",
        rule: { child: (heap, index) => 2 * index + 1 < heap.length ? 2 * index + 1 : undefined },
      },
      "only-child-overlooked": {
        title: "on the way down a child without a sibling is overlooked",
        rule: {
          child: (heap, index, rules) =>
            2 * index + 2 < heap.length ? correct.child(heap, index, rules) : undefined,
        },
      },
      "parent-of-right-child": {
        title: "the parent of a right child is taken to be the next entry",
        rule: { parent: (index) => index > 2 ? index >> 1 : 0 },
      },
      "hole-filled-downwards-only": {
        title: "what fills the hole of a removed entry only moves down",
        rule: {
          restore(state, index, before, rules) {
            if (state.heap[index]!.job === before.job) up(state, index, rules);
            down(state, index, rules);
          },
        },
      },
      "lower-place-not-noted": {
        title: "the place of the entry that moves down past a second level is not noted",
        rule: {
          swap(state, upper, lower, by) {
            const place = state.places[state.heap[upper]!.job]!;
            const moved = state.heap[upper]!.job;
            correct.swap(state, upper, lower, by);
            if (by === "down" && upper > 0) state.places[moved] = place;
          },
        },
      },
      "passed-place-not-noted": {
        title: "the place of an entry that is passed on the way up is noted only at the top",
        rule: {
          swap(state, upper, lower, by) {
            const passed = state.heap[upper]!.job;
            correct.swap(state, upper, lower, by);
            if (by === "up" && upper > 0) state.places[passed] = upper;
          },
        },
      },
      "filler-place-not-noted": {
        title: "the place of the entry that fills a hole is not noted unless it moves on",
        rule: { fill: (state, index, last) => void (state.heap[index] = last) },
      },
      "moved-by-old-priority": {
        title: "an entry that is moved goes up when its priority was the higher number of the two, else down",
        rule: {
          restore(state, index, before, rules) {
            const now = state.heap[index]!;
            if (now.priority > before.priority) down(state, index, rules);
            else up(state, index, rules);
          },
        },
      },
      "ties-by-arrival": {
        title: "of equal entries the one that was there first stays in front on the way up",
        rule: { precedes: (one, other) => one.priority < other.priority },
      },
      "ties-at-the-last-priority": {
        title: "entries of the last priority are not told apart by their names",
        rule: {
          precedes: (one, other) =>
            one.priority === priorities - 1 && other.priority === priorities - 1
              ? false
              : correct.precedes(one, other),
        },
      },
      "peeked-kept-on-move": {
        title: "what a peek has seen is kept when another job is moved to the front",
        rule: {
          peeks: peeksOnce,
          forgetsPeeked: ({ peeked }, by, job) => by !== "move" || job === peeked,
        },
      },
      "peeked-kept-on-full": {
        title: "what a peek has seen is kept when the last free name is pushed",
        rule: {
          peeks: peeksOnce,
          forgetsPeeked: ({ heap }, by) => by !== "push" || heap.length < jobs,
        },
      },
    }),
  };
}
