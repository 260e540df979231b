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
import type { Place, PlacedList, PlacedObject, PlacedUnion } from "./placement.ts";

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

/** What watching an object and watching a list have in common. */
abstract class Watcher implements ProxyHandler<Container> {
  readonly proxy: object;
  protected readonly state: WatchedState;
  /** The fields or items that this run has set. What is there follows from what was looked at before. */
  protected readonly changed: Set<PropertyKey> = new Set();
  /** The run that this is about. */
  run = 0;
  #isLookedAt = false;

  constructor(state: WatchedState, target: object) {
    this.state = state;
    this.proxy = new Proxy(target as Container, this);
  }

  touch(): void {
    if (this.run === this.state.run) return;
    this.run = this.state.run;
    this.#isLookedAt = false;
    if (this.changed.size > 0) this.changed.clear();
  }

  /** Looks at everything in this container. */
  lookAtAll(): void {
    if (this.#isLookedAt) return;
    this.#isLookedAt = true;
    this.lookAtParts();
  }

  getOwnPropertyDescriptor(target: Container, key: PropertyKey): PropertyDescriptor | undefined {
    // The descriptor holds the value, so it counts as looked at.
    const value = this.get(target, key);
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    return descriptor === undefined ? undefined : { ...descriptor, value };
  }

  defineProperty(target: Container, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    return "value" in descriptor ? this.set(target, key, descriptor.value) : false;
  }

  setPrototypeOf(): boolean {
    return this.state.looks.giveUp();
  }

  preventExtensions(): boolean {
    return this.state.looks.giveUp();
  }

  abstract get(target: Container, key: PropertyKey): unknown;
  abstract set(target: Container, key: PropertyKey, value: unknown): boolean;
  /** Notes what was written in this container, which lies where it has always lain, and in those inside. */
  abstract settle(): void;
  protected abstract lookAtParts(): void;
}

class ObjectWatcher extends Watcher {
  readonly #target: Container;
  readonly #fields: ReadonlyMap<PropertyKey, Place>;
  readonly #containers: readonly string[];

  constructor(state: WatchedState, target: Container, place: PlacedObject) {
    super(state, target);
    this.#target = target;
    this.#fields = new Map(place.fields.map((field) => [field.name, field.place]));
    this.#containers = place.fields.filter((field) => field.place.kind !== "leaf").map(({ name }) => name);
  }

  get(target: Container, key: PropertyKey): unknown {
    const place = this.#fields.get(key);
    if (place === undefined) return Reflect.get(target, key);
    return this.changed.has(key) ? this.state.again(target[key]) : this.state.see(target[key], place);
  }

  set(target: Container, key: PropertyKey, value: unknown): boolean {
    if (!this.#fields.has(key)) this.state.looks.giveUp();
    target[key] = this.state.raw(value);
    this.changed.add(key);
    return true;
  }

  deleteProperty(): boolean {
    return this.state.looks.giveUp();
  }

  settle(): void {
    for (const key of this.changed) {
      this.state.written(this.#fields.get(key)!);
      this.state.moved(this.#target[key]);
    }
    for (const name of this.#containers) {
      if (!this.changed.has(name)) this.state.touched(this.#target[name])?.settle();
    }
  }

  protected lookAtParts(): void {
    for (const [key, place] of this.#fields) {
      if (this.changed.has(key)) this.state.moved(this.#target[key]);
      else this.state.lookAtAll(this.#target[key], place);
    }
  }
}

class ListWatcher extends Watcher {
  readonly #target: unknown[];
  readonly #place: PlacedList;
  readonly #holdsContainers: boolean;

  constructor(state: WatchedState, target: unknown[], place: PlacedList) {
    super(state, target);
    this.#target = target;
    this.#place = place;
    this.#holdsContainers = place.items.some(({ kind }) => kind !== "leaf");
  }

  #lookAtLength(): void {
    this.state.looks.look(this.#place.length);
  }

  get(target: Container, key: PropertyKey): unknown {
    if (key === "length") {
      this.#lookAtLength();
      return target["length"];
    }
    const at = indexOf(key);
    if (at < 0) return Reflect.get(target, key);
    if (at >= this.#place.minimum) this.#lookAtLength();
    const value = target[key];
    const place = this.#place.items[at];
    if (value === undefined || place === undefined) return value;
    return this.changed.has(key) ? this.state.again(value) : this.state.see(value, place);
  }

  has(target: Container, key: PropertyKey): boolean {
    if (indexOf(key) >= this.#place.minimum) this.#lookAtLength();
    return Reflect.has(target, key);
  }

  ownKeys(target: Container): (string | symbol)[] {
    this.#lookAtLength();
    return Reflect.ownKeys(target);
  }

  set(target: Container, key: PropertyKey, value: unknown): boolean {
    const length = this.#target.length;
    if (key === "length") {
      this.#resize(Number(value));
      return true;
    }
    const at = indexOf(key);
    this.#lookAtLength();
    // Beyond the schema, or with a hole: the step will be reported, not replayed.
    if (at < 0 || at >= this.#place.items.length || at > length) this.state.looks.giveUp();
    target[key] = this.state.raw(value);
    this.changed.add(key);
    if (at === length) this.state.looks.write(this.#place.length);
    return true;
  }

  deleteProperty(target: Container, key: PropertyKey): boolean {
    // `shift` and `splice` delete from the end before they set the length; the hole is gone by then.
    if (indexOf(key) < 0) this.state.looks.giveUp();
    this.#lookAtLength();
    this.changed.add(key);
    return Reflect.deleteProperty(target, key);
  }

  #resize(length: number): void {
    this.#lookAtLength();
    if (length > this.#target.length) this.state.looks.giveUp();
    for (let at = length; at < this.#target.length; at++) this.changed.add(String(at));
    if (length !== this.#target.length) this.state.looks.write(this.#place.length);
    this.#target.length = length;
  }

  settle(): void {
    for (const key of this.changed) {
      const place = this.#place.items[Number(key)];
      if (place === undefined) continue;
      this.state.written(place);
      this.state.moved(this.#target[Number(key)]);
    }
    if (!this.#holdsContainers) return;
    for (let at = 0; at < this.#target.length; at++) {
      if (!this.#isChanged(at)) this.state.touched(this.#target[at])?.settle();
    }
  }

  protected lookAtParts(): void {
    this.#lookAtLength();
    for (let at = 0; at < this.#target.length; at++) {
      const place = this.#place.items[at];
      if (place === undefined || this.#isChanged(at)) this.state.moved(this.#target[at]);
      else this.state.lookAtAll(this.#target[at], place);
    }
  }

  #isChanged(at: number): boolean {
    return this.changed.size > 0 && this.changed.has(String(at));
  }
}

function indexOf(key: PropertyKey): number {
  if (typeof key !== "string") return -1;
  const at = Number(key);
  return Number.isInteger(at) && at >= 0 && String(at) === key ? at : -1;
}
