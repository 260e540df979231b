/**
 * Several layouts as one: the alternatives of a union, told apart by as few codes as possible.
 *
 * @module
 */
import {
  type ArrayLayout,
  type Layout,
  leafCount,
  type LeafLayout,
  type Literal,
  type ObjectLayout,
  refuse,
  type TupleLayout,
  type UnionLayout,
} from "./layout.ts";

/**
 * Joins alternatives into the one layout that needs the fewest codes.
 *
 * @throws {TypeError} for alternatives that can not be told apart, naming the place.
 */
export function joined(options: readonly Layout[], path: string): Layout {
  const literals: Literal[] = [];
  let range: LeafLayout["range"];
  let list: UnionLayout["list"];
  const objects: ObjectLayout[] = [];
  for (const option of options.flatMap(alternatives)) {
    switch (option.kind) {
      case "leaf":
        for (const literal of option.literals) if (!literals.includes(literal)) literals.push(literal);
        range = joinRanges(range, option.range, path);
        break;
      case "array":
      case "tuple":
        if (list !== undefined) {
          refuse(path, "two lists in one union can not be told apart, wrap them in objects");
        }
        list = option;
        break;
      case "object":
        objects.push(option);
        break;
    }
  }
  const outside = literals.filter((literal) => !(typeof literal === "number" && isWithin(range, literal)));
  const leaf: LeafLayout = { kind: "leaf", literals: outside, ...(range === undefined ? {} : { range }) };
  if (range !== undefined && outside.length + (range.maximum - range.minimum) > Number.MAX_SAFE_INTEGER) {
    refuse(path, "more than 2^53 values in a union, use tighter bounds");
  }
  if (list === undefined && objects.length === 0) return leaf;
  if (leafCount(leaf) > 2 ** 31) {
    refuse(path, "more than 2^31 numbers in a union with objects, use tighter bounds");
  }
  return { kind: "union", leaf, ...(list === undefined ? {} : { list }), ...discriminated(objects, path) };
}

function alternatives(layout: Layout): (LeafLayout | ArrayLayout | TupleLayout | ObjectLayout)[] {
  if (layout.kind !== "union") return [layout];
  return [
    layout.leaf,
    ...(layout.list === undefined ? [] : [layout.list]),
    ...layout.objects.map((o) => o.layout),
  ];
}

function isWithin(range: LeafLayout["range"], value: number): boolean {
  return range !== undefined && Number.isInteger(value) && value >= range.minimum && value <= range.maximum;
}

function joinRanges(one: LeafLayout["range"], other: LeafLayout["range"], path: string): LeafLayout["range"] {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.minimum > other.maximum + 1 || other.minimum > one.maximum + 1) {
    refuse(path, "two ranges of integers with a gap between them, use one range or literals");
  }
  return { minimum: Math.min(one.minimum, other.minimum), maximum: Math.max(one.maximum, other.maximum) };
}

function discriminated(
  objects: readonly ObjectLayout[],
  path: string,
): Pick<UnionLayout, "discriminator" | "objects"> {
  if (objects.length <= 1) {
    return { discriminator: "", objects: objects.map((layout) => ({ tags: [], layout })) };
  }
  for (const { name } of objects[0]!.fields) {
    const tags = objects.map((object) => tagsOf(object, name));
    const all = tags.flatMap((each) => each ?? []);
    if (tags.every((each) => each !== undefined) && new Set(all).size === all.length) {
      return { discriminator: name, objects: objects.map((layout, at) => ({ tags: tags[at]!, layout })) };
    }
  }
  return refuse(path, "no field of literals tells the objects of this union apart, give each its own kind");
}

function tagsOf(object: ObjectLayout, name: string): readonly Literal[] | undefined {
  const layout = object.fields.find((field) => field.name === name)?.layout;
  return layout?.kind === "leaf" && layout.range === undefined ? layout.literals : undefined;
}
