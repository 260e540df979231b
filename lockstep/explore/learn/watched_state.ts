/**
 * A state that notes what a step does to it: each container of the state behind a proxy that is made once.
 *
 * A container keeps its identity wherever the step moves it, and its fields keep the bits in which they lay when the
 * run began: they are looked at there. So a step may move, copy and drop parts of the state as it likes. What lies
 * somewhere else in the end than it did before counts as looked at and written as a whole.
 *
 * @module
 */
import type { Looks } from "./looks.ts";
import type { Place, PlacedObject, PlacedUnion } from "../codec/placement.ts";
import { ListWatcher, ObjectWatcher, type Watcher } from "./watchers.ts";

type Container = Record<PropertyKey, unknown>;

/** All containers of one codec's pool. */
export class WatchedState {
  readonly looks: Looks;
  readonly #root: Place;
  /** By the container, which the pool uses again and again for one place. */
  readonly #watchers: Map<object, Watcher> = new Map();
  readonly #targets: Map<object, object> = new Map();
  readonly #masks: Map<Place, Int32Array> = new Map();
  /** Counts the runs. */
  run = 0;

  constructor(root: Place, looks: Looks) {
    this.#root = root;
    this.looks = looks;
  }

  /** Begins a run: `state` as the step may see it. */
  begin(state: object): object {
    this.run++;
    return this.#touch(state, this.#root).proxy;
  }

  /** Ends a run: notes what it has written, and looks at what lies somewhere else now. */
  settle(state: object): void {
    this.#watchers.get(state)!.settle();
  }

  /** The value at a place as the step may see it; its own bits (a leaf's, a union's tag) count as looked at. */
  see(value: unknown, place: Place): unknown {
    switch (place.kind) {
      case "leaf":
        this.looks.look(place.bits);
        return value;
      case "object":
      case "list":
        return this.#touch(value as object, place).proxy;
      case "union":
        this.looks.look(place.tag);
        return isObject(value) ? this.#touch(value, alternativeOf(value, place)).proxy : value;
    }
  }

  /** A value that the step has put where it is. */
  again(value: unknown): unknown {
    return isObject(value) ? this.#watchers.get(value)?.proxy ?? value : value;
  }

  /** A value free of the proxy around it. */
  raw(value: unknown): unknown {
    return isObject(value) ? this.#targets.get(value) ?? value : value;
  }

  /** The watcher of a container that this run has come across. */
  touched(value: unknown): Watcher | undefined {
    const watcher = isObject(value) ? this.#watchers.get(value) : undefined;
    return watcher?.run === this.run ? watcher : undefined;
  }

  /** Notes what is written at a place where the step has put `value`: nothing where that lay there before. */
  put(place: Place, value: unknown): void {
    const target = this.raw(value);
    const watcher = isObject(target) ? this.#watchers.get(target) : undefined;
    if (watcher !== undefined && isAt(watcher.place, place)) return watcher.settle();
    if (watcher === undefined && place.kind === "list" && Array.isArray(target)) {
      this.looks.write(place.length);
      place.items.forEach((item, at) => at < target.length ? this.put(item, target[at]) : this.written(item));
    } else if (watcher === undefined && place.kind === "object" && isObject(target)) {
      for (const field of place.fields) this.put(field.place, (target as Container)[field.name]);
    } else {
      this.written(place);
      this.moved(target);
    }
  }

  /** Notes that a value now lies where it did not lie before: all of it counts. */
  moved(value: unknown): void {
    if (!isObject(value)) return;
    const target = this.raw(value) as object;
    const watcher = this.#watchers.get(target);
    if (watcher !== undefined) watcher.lookAtAll();
    else for (const part of Object.values(target)) this.moved(part);
  }

  /** Looks at everything that lies at a place since before the run. */
  lookAtAll(value: unknown, place: Place): void {
    this.see(value, place);
    if (isObject(value)) this.#watchers.get(value)!.lookAtAll();
  }

  /** Notes that everything at a place is written. */
  written(place: Place): void {
    let masks = this.#masks.get(place);
    if (masks === undefined) {
      masks = new Int32Array(this.looks.written.length);
      addBits(place, masks);
      this.#masks.set(place, masks);
    }
    for (let k = 0; k < masks.length; k++) this.looks.written[k]! |= masks[k]!;
  }

  #touch(target: object, place: Place): Watcher {
    let watcher = this.#watchers.get(target);
    if (watcher === undefined) {
      watcher = place.kind === "list"
        ? new ListWatcher(this, target as unknown[], place)
        : new ObjectWatcher(this, target as Container, place as PlacedObject);
      this.#watchers.set(target, watcher);
      this.#targets.set(watcher.proxy, target);
    }
    watcher.touch();
    return watcher;
  }
}

/** Whether a container of `own` lies at `place`; an alternative's container is there only if it was the one chosen. */
function isAt(own: Place, place: Place): boolean {
  return own === place ||
    place.kind === "union" && place.alternatives.some((alternative) => alternative.place === own);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function addBits(place: Place, masks: Int32Array): void {
  const add = (offset: number, width: number): void => {
    for (let bit = offset; bit < offset + width; bit++) masks[bit >>> 5]! |= 1 << (bit & 31);
  };
  switch (place.kind) {
    case "leaf":
      return add(place.bits.offset, place.bits.width);
    case "object":
      return place.fields.forEach((field) => addBits(field.place, masks));
    case "list":
      add(place.length.offset, place.length.width);
      return place.items.forEach((item) => addBits(item, masks));
    case "union":
      add(place.tag.offset, place.tag.width);
      return place.alternatives.forEach((alternative) => addBits(alternative.place, masks));
  }
}

function alternativeOf(value: object, union: PlacedUnion): Place {
  const isList = Array.isArray(value);
  return union.alternatives.find(({ tags, place }) => {
    if ((place.kind === "list") !== isList) return false;
    return isList || tags.length === 0 ||
      tags.some((tag) => tag === (value as Container)[union.discriminator]);
  })!.place;
}
