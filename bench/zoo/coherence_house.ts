/**
 * What goes wrong between caches.
 *
 * @module
 */
import { correct, implementation, model } from "./coherence.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The caches' house. */
export function coherenceHouse(): ZooHouse {
  return {
    name: "coherence",
    model,
    walk: { weights: { load: 5, store: 4, evict: 2, link: 2, conditional: 2 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "one-sharer-invalidated": {
        title: "a store to a shared line tells only the first of the other cores to forget it",
        rule: { invalidated: (sharers, core) => correct.invalidated(sharers, core).slice(0, 1) },
      },
      "memory-asked-too-early": {
        title: "a load takes the line from the memory before the core that has modified it writes it back",
        rule: { fetched: (memory) => memory },
      },
      "owner-not-written-back": {
        title: "a modified line that becomes shared is not written back",
        rule: { writesBack: () => false },
      },
      "exclusive-stays-clean": {
        title: "a line that was exclusive still counts as clean after a store",
        rule: { storedMode: "exclusive" },
      },
      "replaced-line-dropped": {
        title: "a modified line that another line takes the place of is not written back",
        rule: { keepsOnLeaving: (cached, by) => by === "evict" && correct.keepsOnLeaving(cached, by) },
      },
      "two-sharers-at-most": {
        title: "the directory remembers two cores that share a line, and forgets the first for a third",
        rule: { sharersWith: (sharers, core) => [...sharers.slice(-1), core].sort() },
      },
      "owner-leaves-in-silence": {
        title: "the directory is not told when a line that one core has for itself leaves its cache",
        rule: {
          leaves(entry, core) {
            entry.sharers = entry.sharers.filter((each) => each !== core);
          },
        },
      },
      "exclusive-despite-link": {
        title: "a core has a line for itself though another one, whose cache has lost it, holds a link",
        rule: { isExclusive: () => true },
      },
      "link-kept-on-hit": {
        title: "a store to a line that the core shares leaves the links of others",
        rule: {
          linksAfterStore: (links, core, by) =>
            by === "hit" ? [...links] : correct.linksAfterStore(links, core, by),
        },
      },
      "link-kept-on-conditional": {
        title: "a conditional store that finds its line shared or gone leaves the links of others",
        rule: {
          linksAfterStore: (links, core, by) =>
            by === "conditional" ? [...links] : correct.linksAfterStore(links, core, by),
        },
      },
      "failed-conditional-keeps-link": {
        title: "a conditional store that fails on one line keeps the link to the other",
        rule: { givesUpLink: false },
      },
    }),
  };
}
