/**
 * Watching one container of a state: a proxy handler that tells what a step reads and sets.
 *
 * @module
 */
import type { Place, PlacedList, PlacedObject } from "../codec/placement.ts";
import type { WatchedState } from "./watched_state.ts";

type Container = Record<PropertyKey, unknown>;

/** What watching an object and watching a list have in common. */
export abstract class Watcher implements ProxyHandler<Container> {
  readonly proxy: object;
  /** Where the container lay when the run began. */
  readonly place: Place;
  protected readonly state: WatchedState;
  /** The fields or items that this run has set. What is there follows from what was looked at before. */
  protected readonly changed: Set<PropertyKey> = new Set();
  /** The run that this is about. */
  run = 0;
  #isLookedAt = false;

  constructor(state: WatchedState, target: object, place: Place) {
    this.state = state;
    this.place = place;
    this.proxy = new Proxy(target as Container, this);
  }

  /** A run has come across the container. */
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

/** Watches an object. */
export class ObjectWatcher extends Watcher {
  readonly #target: Container;
  readonly #fields: ReadonlyMap<PropertyKey, Place>;
  readonly #containers: readonly string[];

  constructor(state: WatchedState, target: Container, place: PlacedObject) {
    super(state, target, place);
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
      this.state.put(this.#fields.get(key)!, this.#target[key]);
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

/** Watches an array or a tuple. */
export class ListWatcher extends Watcher {
  readonly #target: unknown[];
  readonly #place: PlacedList;
  readonly #holdsContainers: boolean;

  constructor(state: WatchedState, target: unknown[], place: PlacedList) {
    super(state, target, place);
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
      if (Number(key) < this.#target.length) this.state.put(place, this.#target[Number(key)]);
      else this.state.written(place);
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
