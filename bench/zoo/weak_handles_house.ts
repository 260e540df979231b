/**
 * What goes wrong with counted handles.
 *
 * @module
 */
import { correct, type CountState, implementation, model } from "./weak_handles.ts";
import { plant, type ZooHouse } from "./zoo.ts";

const counts = ({ slots }: CountState, slot: number): CountState["slots"][number] => slots[slot]!;

/** The handles' house. */
export function weakHandlesHouse(): ZooHouse {
  return {
    name: "weak-handles",
    model,
    walk: {
      weights: {
        make: 5,
        clone: 2,
        drop: 4,
        assign: 2,
        set: 1,
        get: 2,
        unique: 1,
        downgrade: 4,
        upgrade: 4,
        forget: 2,
        live: 1,
      },
      labels: {},
    },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "gone-upgrade-counted": {
        title: "an upgrade counts its handle before it sees that the object has gone",
        rule: {
          isAlive: (state, _weak, slot) => counts(state, slot).strong++ > 0,
          acquire(state, slot, by) {
            if (by !== "upgrade") correct.acquire(state, slot, by);
          },
        },
      },
      "upgrade-not-counted-beside-others": {
        title: "an upgrade of an object that has two handles or more is not counted",
        rule: {
          acquire(state, slot, by) {
            if (by !== "upgrade" || counts(state, slot).strong < 2) correct.acquire(state, slot, by);
          },
        },
      },
      "slot-freed-under-weak": {
        title: "the slot is free again when the last strong handle goes, whatever weak ones are left",
        rule: {
          releaseWeak(state, slot, by) {
            if (by === "strong") counts(state, slot).weak = 1;
            if (counts(state, slot).weak > 0) correct.releaseWeak(state, slot, by);
          },
        },
      },
      "slot-of-gone-object-kept": {
        title: "the slot is not given back when a weak handle is the last of an object that has gone",
        rule: {
          releaseWeak(state, slot, by) {
            if (by === "strong") correct.releaseWeak(state, slot, by);
            else counts(state, slot).weak--;
          },
        },
      },
      "assign-releases-first": {
        title: "assigning lets the old object go before it counts the new one, also when they are the same",
        rule: {
          assign(state, old, slot, rules) {
            rules.release(state, old, "assign", rules);
            rules.acquire(state, slot, "assign");
          },
        },
      },
      "assign-of-the-same-counted": {
        title: "assigning what a handle refers to already counts a handle and lets none go",
        rule: {
          assign(state, old, slot, rules) {
            rules.acquire(state, slot, "assign");
            if (old !== slot) rules.release(state, old, "assign", rules);
          },
        },
      },
      "unique-overlooks-weak": {
        title: "an object is unique when it has one strong handle, whatever weak ones there are",
        rule: { isUnique: (state, slot) => counts(state, slot).strong === 1 },
      },
      "value-kept-on-assign": {
        title:
          "the value is not cleared when the last strong handle goes by assigning, and the next object has it",
        rule: {
          destroys(state, slot, by) {
            if (by === "drop") correct.destroys(state, slot, by);
            else state.live--;
          },
        },
      },
      "weak-count-of-two": {
        title: "the count of weak handles ends at two, the one for all strong ones among them",
        rule: {
          acquireWeak(state, slot) {
            counts(state, slot).weak = Math.min(counts(state, slot).weak + 1, 2);
          },
        },
      },
      "recent-upgrade-kept-on-assign": {
        title:
          "that the object of a weak handle lives is still believed when its last strong handle was assigned",
        rule: {
          forgetsRecent: (state, slot, by) => by === "drop" && correct.forgetsRecent(state, slot, by),
        },
      },
      "exhausted-make-counted": {
        title: "an object that found no slot counts as a living one",
        rule: { made: (state) => void state.live++ },
      },
      "live-until-slot-is-free": {
        title: "an object counts as living until its slot is given back",
        rule: {
          destroys: ({ slots }, slot) => void (slots[slot]!.value = 0),
          releaseWeak(state, slot, by) {
            correct.releaseWeak(state, slot, by);
            if (counts(state, slot).weak === 0) state.live--;
          },
        },
      },
    }),
  };
}
