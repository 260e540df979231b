/**
 * Watching a step: which parts of a state it read, in which order, and which it wrote.
 *
 * A step that reads the same values again does the same again, whatever the rest of the state is. So one watched
 * run stands for all states that agree on what was read. What can not be watched with certainty (containers
 * moved about and then changed through an old name, values of many bits, exceptions) is given up, not guessed.
 *
 * @module
 */
import type { World } from "../machine.ts";
import type { Choices } from "./choices.ts";
import type { Codec } from "./codec.ts";
import type { Bits, Place, PlacedList, PlacedObject, PlacedUnion } from "./placement.ts";

/** Something that was looked at: some bits of one word, or (with `word` -1) a choice among `width` alternatives. */
export interface Look {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  /** The bits that were there, or the alternative that was chosen. */
  readonly code: number;
}

/** What a watched run did. */
export interface Recording {
  readonly looks: readonly Look[];
  /** `plain`: this can not be replayed from bits, the step must be run. */
  readonly result: "refused" | "moved" | "plain";
  /** Bits that were written, by word; all other bits stay as they were. */
  readonly written: Int32Array;
  /** The words afterwards. */
  readonly after: Int32Array;
  /** The step refused before any choice, and had written. */
  readonly touched: boolean;
}

/** Values of more bits than this are not looked up. */
const maximumLookWidth = 12;

/** Thrown to give up watching. */
class Unwatchable extends Error {}

type Container = Record<PropertyKey, unknown>;

/** Runs steps on a state that notes what happens to it. */
export class Recorder<State> {
  readonly #codec: Codec<State>;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #read: Int32Array;
  readonly #written: Int32Array;
  readonly #choices: Choices;
  readonly #proxies: Map<object, object> = new Map();
  /** Proxy to what it stands for. */
  readonly #targets: Map<object, { readonly target: object; readonly watcher: Watcher }> = new Map();
  readonly #watchers: Map<Place, Watcher> = new Map();
  readonly #copies: { readonly watched: object; readonly was: string }[] = [];
  /** Copies of parts of the state, which this run must not see. */
  readonly #tainted: Set<object> = new Set();
  readonly #world: World<never>;
  #looks: Look[] = [];
  #chosen = false;

  constructor(codec: Codec<State>, choices: Choices) {
    this.#codec = codec.another();
    const words = codec.words;
    this.#before = new Int32Array(words);
    this.#after = new Int32Array(words);
    this.#read = new Int32Array(words);
    this.#written = new Int32Array(words);
    this.#choices = choices;
    this.#world = {
      choose: (count) => {
        const code = choices.choose(count);
        this.#chosen = true;
        this.#looks.push({ word: -1, shift: 0, width: count, code });
        return code;
      },
      tick: () => choices.tick(),
      cut: () => {
        throw new Unwatchable();
      },
      refuse: () => undefined,
    };
  }

  /** Watches one run from the state at `at`, with the choices that `choices` is set to. */
  record(source: Int32Array, at: number, run: (state: State, world: World<never>) => unknown): Recording {
    const { words, placement } = this.#codec;
    for (let k = 0; k < words; k++) this.#before[k] = source[at + k]!;
    this.#looks = [];
    this.#chosen = false;
    this.#read.fill(0);
    this.#written.fill(0);
    this.#proxies.clear();
    this.#targets.clear();
    this.#copies.length = 0;
    this.#tainted.clear();
    this.#choices.rewind();
    const state = this.#codec.unpack(this.#before, 0);
    let answer: unknown;
    try {
      answer = run(this.wrap(state as object, placement.root) as State, this.#world);
      this.#checkCopies();
    } catch {
      return this.#recording("plain", false);
    }
    if (!this.#codec.pack(state, this.#after, 0) || !this.#codec.isExact(state)) {
      return this.#recording("plain", false);
    }
    let changed = 0;
    for (let k = 0; k < words; k++) {
      const difference = this.#after[k]! ^ this.#before[k]!;
      if ((difference & ~this.#written[k]!) !== 0) return this.#recording("plain", false);
      changed |= difference;
    }
    if (answer !== undefined) return this.#recording("moved", false);
    return this.#recording("refused", changed !== 0 && !this.#chosen);
  }

  #recording(result: Recording["result"], touched: boolean): Recording {
    return { looks: this.#looks, result, written: this.#written, after: this.#after, touched };
  }

  #checkCopies(): void {
    for (const { watched, was } of this.#copies) if (JSON.stringify(watched) !== was) throw new Unwatchable();
  }

  /** Notes that the value which some bits had at the beginning was used. */
  look({ offset, width }: Bits): void {
    for (let done = 0; done < width;) {
      const word = (offset + done) >>> 5;
      const shift = (offset + done) & 31;
      const part = Math.min(width - done, 32 - shift);
      const mask = (part === 32 ? -1 : (1 << part) - 1) << shift;
      if ((mask & ~this.#read[word]!) !== 0) {
        if (part > maximumLookWidth) throw new Unwatchable();
        this.#read[word]! |= mask;
        const code = (this.#before[word]! & mask) >>> shift;
        this.#looks.push({ word, shift, width: part, code });
      }
      done += part;
    }
  }

  /** Notes that some bits no longer are what they were. */
  write({ offset, width }: Bits): void {
    for (let done = 0; done < width;) {
      const word = (offset + done) >>> 5;
      const shift = (offset + done) & 31;
      const part = Math.min(width - done, 32 - shift);
      this.#written[word]! |= (part === 32 ? -1 : (1 << part) - 1) << shift;
      done += part;
    }
  }

  /** The value at a place as the step may see it; its own bits (a leaf's, a union's tag) count as looked at. */
  see(value: unknown, place: Place): unknown {
    switch (place.kind) {
      case "leaf":
        this.look(place.bits);
        return value;
      case "object":
      case "list":
        return this.wrap(value as object, place);
      case "union": {
        this.look(place.tag);
        return typeof value === "object" && value !== null
          ? this.wrap(value, alternativeOf(value, place))
          : value;
      }
    }
  }

  wrap(target: object, place: Place): object {
    const known = this.#proxies.get(target);
    if (known !== undefined) return known;
    let watcher = this.#watchers.get(place);
    if (watcher === undefined) {
      watcher = place.kind === "list"
        ? new ListWatcher(this as Recorder<unknown>, place)
        : new ObjectWatcher(this as Recorder<unknown>, place as PlacedObject);
      this.#watchers.set(place, watcher);
    }
    watcher.detached = watcher.shared = false;
    watcher.changed.clear();
    const proxy = new Proxy(target as Container, watcher);
    this.#proxies.set(target, proxy);
    this.#targets.set(proxy, { target, watcher });
    return proxy;
  }

  /**
   * A value that is being stored, free of proxies: parts of the state in it are looked at and copied.
   *
   * A copy is another object than its original, which a step could notice. So a copy must not be read again in this
   * run, and neither the copy nor a container of the step's own that was copied along may change.
   */
  store(value: unknown): unknown {
    if (typeof value !== "object" || value === null || !this.#holdsState(value)) return value;
    const isPart = this.#targets.has(value);
    const copy = plainClone(value) as object;
    this.#taint(copy);
    this.#copies.push({ watched: isPart ? copy : value, was: JSON.stringify(copy) });
    return copy;
  }

  /** Whether a value is or contains a part of the state; such parts are shared from now on. */
  #holdsState(value: object): boolean {
    const known = this.#targets.get(value);
    if (known !== undefined) {
      if (known.watcher.detached) throw new Unwatchable();
      known.watcher.shared = true;
      return true;
    }
    let holds = false;
    for (const part of Object.values(value)) {
      if (typeof part === "object" && part !== null && this.#holdsState(part)) holds = true;
    }
    return holds;
  }

  #taint(copy: object): void {
    this.#tainted.add(copy);
    for (const part of Object.values(copy)) if (typeof part === "object" && part !== null) this.#taint(part);
  }

  /** A value that this run has put at a place. */
  again(value: unknown): unknown {
    if (typeof value === "object" && value !== null && this.#tainted.has(value)) throw new Unwatchable();
    return value;
  }

  /** What was stored at a place no longer is part of the state: changing it through an old name is given up. */
  detach(target: unknown, place: Place): void {
    if (typeof target !== "object" || target === null) return;
    const proxy = this.#proxies.get(target);
    if (proxy !== undefined) this.#targets.get(proxy)!.watcher.detached = true;
    if (place.kind === "union") {
      this.detach(target, alternativeOf(target, place));
      return;
    }
    if (place.kind === "object") {
      for (const field of place.fields) this.detach((target as Container)[field.name], field.place);
    } else if (place.kind === "list") {
      (target as unknown[]).forEach((item, at) => {
        if (place.items[at] !== undefined) this.detach(item, place.items[at]);
      });
    }
  }

  /** Notes that everything at a place is replaced. */
  replace(place: Place): void {
    switch (place.kind) {
      case "leaf":
        this.write(place.bits);
        return;
      case "object":
        for (const field of place.fields) this.replace(field.place);
        return;
      case "list":
        this.write(place.length);
        for (const item of place.items) this.replace(item);
        return;
      case "union":
        this.write(place.tag);
        for (const { place: alternative } of place.alternatives) this.replace(alternative);
        return;
    }
  }
}

function plainClone(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, plainClone);
  return Object.fromEntries(Object.keys(value).map((name) => [name, plainClone((value as Container)[name])]));
}

function alternativeOf(value: object, union: PlacedUnion): Place {
  const isList = Array.isArray(value);
  const found = union.alternatives.find(({ tags, place }) => {
    if ((place.kind === "list") !== isList) return false;
    return isList || tags.length === 0 ||
      tags.some((tag) => tag === (value as Container)[union.discriminator]);
  });
  if (found === undefined) throw new Unwatchable();
  return found.place;
}

/** What watching an object and watching a list have in common. */
abstract class Watcher implements ProxyHandler<Container> {
  /** The container was taken out of the state in this run. */
  detached = false;
  /** The container was copied to another place in this run: changing it now would have to change both. */
  shared = false;
  /** Fields or items that this run has set. What is there now follows from what was looked at before. */
  readonly changed: Set<PropertyKey> = new Set();
  protected readonly recorder: Recorder<unknown>;

  constructor(recorder: Recorder<unknown>) {
    this.recorder = recorder;
  }

  protected beforeChange(): void {
    if (this.detached || this.shared) throw new Unwatchable();
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
    throw new Unwatchable();
  }

  preventExtensions(): boolean {
    throw new Unwatchable();
  }

  abstract get(target: Container, key: PropertyKey): unknown;
  abstract set(target: Container, key: PropertyKey, value: unknown): boolean;
}

class ObjectWatcher extends Watcher {
  readonly #fields: ReadonlyMap<PropertyKey, Place>;

  constructor(recorder: Recorder<unknown>, place: PlacedObject) {
    super(recorder);
    this.#fields = new Map(place.fields.map((field) => [field.name, field.place]));
  }

  get(target: Container, key: PropertyKey): unknown {
    const place = this.#fields.get(key);
    if (place === undefined) return Reflect.get(target, key);
    return this.changed.has(key) ? this.recorder.again(target[key]) : this.recorder.see(target[key], place);
  }

  set(target: Container, key: PropertyKey, value: unknown): boolean {
    this.beforeChange();
    const place = this.#fields.get(key);
    if (place === undefined) throw new Unwatchable();
    const stored = this.recorder.store(value);
    if (place.kind !== "leaf") this.recorder.detach(target[key], place);
    target[key] = stored;
    this.changed.add(key);
    this.recorder.replace(place);
    return true;
  }

  deleteProperty(): boolean {
    throw new Unwatchable();
  }
}

class ListWatcher extends Watcher {
  readonly #place: PlacedList;

  constructor(recorder: Recorder<unknown>, place: PlacedList) {
    super(recorder);
    this.#place = place;
  }

  get(target: Container, key: PropertyKey): unknown {
    if (key === "length") {
      this.recorder.look(this.#place.length);
      return target["length"];
    }
    const at = indexOf(key);
    if (at < 0) return Reflect.get(target, key);
    if (at >= this.#place.minimum) this.recorder.look(this.#place.length);
    const value = target[key];
    const place = this.#place.items[at];
    if (value === undefined || place === undefined) return value;
    return this.changed.has(key) ? this.recorder.again(value) : this.recorder.see(value, place);
  }

  has(target: Container, key: PropertyKey): boolean {
    if (indexOf(key) >= this.#place.minimum) this.recorder.look(this.#place.length);
    return Reflect.has(target, key);
  }

  ownKeys(target: Container): (string | symbol)[] {
    this.recorder.look(this.#place.length);
    return Reflect.ownKeys(target);
  }

  set(target: Container, key: PropertyKey, value: unknown): boolean {
    this.beforeChange();
    const list = target as unknown as unknown[];
    const length = list.length;
    if (key === "length") {
      this.#resize(list, Number(value));
      return true;
    }
    const at = indexOf(key);
    const place = this.#place.items[at];
    // Beyond the schema: the step will be reported, not replayed.
    if (place === undefined) throw new Unwatchable();
    this.recorder.look(this.#place.length);
    if (at > length) throw new Unwatchable();
    const stored = this.recorder.store(value);
    if (place.kind !== "leaf" && at < length) this.recorder.detach(list[at], place);
    list[at] = stored;
    this.changed.add(key);
    this.recorder.replace(place);
    if (at === length) this.recorder.write(this.#place.length);
    return true;
  }

  deleteProperty(target: Container, key: PropertyKey): boolean {
    // `shift` and `splice` delete from the end before they set the length; the hole is gone by then.
    this.beforeChange();
    const at = indexOf(key);
    const place = this.#place.items[at];
    if (place === undefined) throw new Unwatchable();
    this.recorder.look(this.#place.length);
    this.recorder.detach(target[key], place);
    this.changed.add(key);
    this.recorder.replace(place);
    return Reflect.deleteProperty(target, key);
  }

  #resize(list: unknown[], length: number): void {
    this.recorder.look(this.#place.length);
    if (length > list.length) throw new Unwatchable();
    for (let at = length; at < list.length; at++) {
      const place = this.#place.items[at];
      if (place === undefined) continue;
      this.changed.add(String(at));
      this.recorder.detach(list[at], place);
      this.recorder.replace(place);
    }
    if (length !== list.length) this.recorder.write(this.#place.length);
    list.length = length;
  }
}

function indexOf(key: PropertyKey): number {
  if (typeof key !== "string") return -1;
  const at = Number(key);
  return Number.isInteger(at) && at >= 0 && String(at) === key ? at : -1;
}
