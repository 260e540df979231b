/**
 * Where each value of a layout lives in the packed words: bit offsets, chosen once per machine.
 *
 * Alternatives of a union share their bits. A value is moved to the next word rather than split, unless that
 * would cost a word.
 *
 * @module
 */
import {
  type ArrayLayout,
  type Layout,
  leafCount,
  type LeafLayout,
  type TupleLayout,
  unionCount,
} from "./layout.ts";

/** Some bits, counted from the first word's lowest one. At most 53 of them. */
export interface Bits {
  readonly offset: number;
  readonly width: number;
}

/** A leaf and its bits. */
export interface PlacedLeaf {
  readonly kind: "leaf";
  readonly layout: LeafLayout;
  readonly bits: Bits;
}

/** An object and its placed fields. */
export interface PlacedObject {
  readonly kind: "object";
  readonly fields: readonly { readonly name: string; readonly place: Place }[];
}

/** An array or a tuple: all items it can have, and the bits of its length when that varies. */
export interface PlacedList {
  readonly kind: "list";
  readonly minimum: number;
  readonly length: Bits;
  readonly items: readonly Place[];
  /** Present where items are alike and narrow: each lies in a block of its own. */
  readonly block?: Block;
}

/** Bits in which every item of a list lies in the same way, beginning with the item's offset. */
export interface Block {
  readonly width: number;
  readonly offsets: readonly number[];
  /** An item at offset 0. */
  readonly item: Place;
}

/** A union: the bits that tell the alternatives apart, leaf codes first, then the list, then the objects. */
export interface PlacedUnion {
  readonly kind: "union";
  readonly leaf: LeafLayout;
  readonly tag: Bits;
  readonly discriminator: string;
  readonly alternatives: readonly {
    readonly tags: readonly (string | number | boolean | null)[];
    readonly place: Place;
  }[];
}

/** A layout with its bits. */
export type Place = PlacedLeaf | PlacedObject | PlacedList | PlacedUnion;

/** How a whole state is laid out. */
export interface Placement {
  readonly root: Place;
  readonly bits: number;
  /** 32-bit words per state, at least 1. */
  readonly words: number;
}

/** Bits of the widest block: its code is a small integer of the engine. */
const maximumBlockWidth = 30;

/** Values in one state above which packing is refused: the generated code would no longer be compiled well. */
const maximumLeaves = 65_536;

/** How many bits tell `count` values apart. */
export function bitsFor(count: number): number {
  let width = 0;
  while (2 ** width < count) width++;
  return width;
}

class Cursor {
  offset: number;
  leaves = 0;
  #split: boolean;

  constructor(split: boolean, offset: number = 0) {
    this.#split = split;
    this.offset = offset;
  }

  take(count: number): Bits {
    this.#add(1);
    return this.#next(bitsFor(count));
  }

  /** Lays out a block, however its parts then lie in words. */
  block(layout: Layout, width: number): Place {
    const inside = new Cursor(true, this.#next(width).offset);
    const placed = place(layout, inside);
    this.#add(inside.leaves);
    return placed;
  }

  #add(leaves: number): void {
    this.leaves += leaves;
    if (this.leaves > maximumLeaves) {
      throw new TypeError(
        `Cannot pack state: more than ${maximumLeaves} values in one state, use a smaller scope`,
      );
    }
  }

  #next(width: number): Bits {
    const left = 32 - this.offset % 32;
    if (!this.#split && width > left) this.offset += left;
    const bits = { offset: this.offset, width };
    this.offset += width;
    return bits;
  }
}

/** Gives every value of `layout` its bits. @throws {TypeError} when the state has more than 65,536 values. */
export function placementOf(layout: Layout): Placement {
  const dense = new Cursor(true);
  const denseRoot = place(layout, dense);
  const aligned = new Cursor(false);
  const alignedRoot = place(layout, aligned);
  const words = Math.max(1, Math.ceil(dense.offset / 32));
  const root = aligned.offset <= words * 32 ? alignedRoot : denseRoot;
  return { root, bits: dense.offset, words };
}

function place(layout: Layout, cursor: Cursor): Place {
  switch (layout.kind) {
    case "leaf":
      return { kind: "leaf", layout, bits: cursor.take(leafCount(layout)) };
    case "object":
      return {
        kind: "object",
        fields: layout.fields.map(({ name, layout }) => ({ name, place: place(layout, cursor) })),
      };
    case "array":
    case "tuple":
      return placeList(layout, cursor);
    case "union": {
      const tag = cursor.take(unionCount(layout));
      const start = cursor.offset;
      let end = start;
      const overlay = (layout: Layout): Place => {
        cursor.offset = start;
        const placed = place(layout, cursor);
        end = Math.max(end, cursor.offset);
        return placed;
      };
      const lists = layout.list === undefined ? [] : [{ tags: [], place: overlay(layout.list) }];
      const objects = layout.objects.map(({ tags, layout }) => ({ tags, place: overlay(layout) }));
      cursor.offset = end;
      const { leaf, discriminator } = layout;
      return { kind: "union", leaf, tag, discriminator, alternatives: [...lists, ...objects] };
    }
  }
}

function placeList(layout: ArrayLayout | TupleLayout, cursor: Cursor): PlacedList {
  if (layout.kind === "tuple") {
    const length = { offset: cursor.offset, width: 0 };
    const items = layout.items.map((item) => place(item, cursor));
    return { kind: "list", minimum: items.length, length, items };
  }
  const { minimum, maximum, item } = layout;
  const length = cursor.take(maximum - minimum + 1);
  const alone = new Cursor(true);
  const first = place(item, alone);
  const width = alone.offset;
  if (item.kind === "leaf" || maximum < 2 || width > maximumBlockWidth) {
    const items = Array.from({ length: maximum }, () => place(item, cursor));
    return { kind: "list", minimum, length, items };
  }
  const offsets: number[] = [];
  const items = Array.from({ length: maximum }, () => {
    const placed = cursor.block(item, width);
    offsets.push(cursor.offset - width);
    return placed;
  });
  return { kind: "list", minimum, length, items, block: { width, offsets, item: first } };
}
