/**
 * How many values a state schema allows, field by field: the plain description from which a codec is compiled.
 *
 * @module
 */

/** A value that is told apart by comparing it with `===`. */
export type Literal = string | number | boolean | null;

/** Finitely many plain values: some literals, then a range of integers. Its code counts through them in order. */
export interface LeafLayout {
  readonly kind: "leaf";
  readonly literals: readonly Literal[];
  readonly range?: { readonly minimum: number; readonly maximum: number };
}

/** An object with exactly these fields. */
export interface ObjectLayout {
  readonly kind: "object";
  readonly fields: readonly { readonly name: string; readonly layout: Layout }[];
}

/** Items of one layout, from `minimum` to `maximum` of them. */
export interface ArrayLayout {
  readonly kind: "array";
  readonly minimum: number;
  readonly maximum: number;
  readonly item: Layout;
}

/** A fixed number of items, each with its own layout. */
export interface TupleLayout {
  readonly kind: "tuple";
  readonly items: readonly Layout[];
}

/** Either one of the leaf's values, or one list, or one of some objects told apart by a field's literal. */
export interface UnionLayout {
  readonly kind: "union";
  readonly leaf: LeafLayout;
  readonly list?: ArrayLayout | TupleLayout;
  /** The field that tells the objects apart; empty when there is only one object. */
  readonly discriminator: string;
  readonly objects: readonly { readonly tags: readonly Literal[]; readonly layout: ObjectLayout }[];
}

/** What one place of a state can hold. */
export type Layout = LeafLayout | ObjectLayout | ArrayLayout | TupleLayout | UnionLayout;

/** How many codes a leaf has. */
export function leafCount(leaf: LeafLayout): number {
  const range = leaf.range;
  return leaf.literals.length + (range === undefined ? 0 : range.maximum - range.minimum + 1);
}

/** How many codes tell the alternatives of a union apart. */
export function unionCount(union: UnionLayout): number {
  return leafCount(union.leaf) + (union.list === undefined ? 0 : 1) + union.objects.length;
}

/** Says that a part of a schema can not be packed. @throws {TypeError} always */
export function refuse(path: string, why: string): never {
  throw new TypeError(`Cannot pack ${path}: ${why}`);
}
