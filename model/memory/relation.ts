/**
 * Relations between events as matrices of booleans, with the operators of the cat language.
 *
 * @see Alglave, Cousot, Maranget, "Syntax and semantics of the weak consistency model specification language cat", 2016
 * @module
 */

/** Row `i`, column `j`: whether `i` is related to `j`. */
export type Relation = readonly (readonly boolean[])[];

/** Relates each pair for which `related` holds. */
export const make = (n: number, related: (i: number, j: number) => boolean): Relation =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => related(i, j)));
/** Pairs of any of the relations. */
export const union = (...all: readonly Relation[]): Relation =>
  make(all[0]!.length, (i, j) => all.some((r) => r[i]![j]!));
/** Pairs of the first relation that the second one lacks. */
export const minus = (a: Relation, b: Relation): Relation =>
  make(a.length, (i, j) => a[i]![j]! && !b[i]![j]!);
/** Pairs of both relations. */
export const meet = (a: Relation, b: Relation): Relation => make(a.length, (i, j) => a[i]![j]! && b[i]![j]!);
/** The relation read backwards. */
export const inverse = (a: Relation): Relation => make(a.length, (i, j) => a[j]![i]!);
/** The relation or identity. */
export const maybe = (a: Relation): Relation => make(a.length, (i, j) => i === j || a[i]![j]!);
/** One relation after another. */
export const seq = (first: Relation, ...rest: readonly Relation[]): Relation =>
  rest.reduce((a, b) => make(a.length, (i, j) => a.some((_, k) => a[i]![k]! && b[k]![j]!)), first);
/** The relation with all that follows from transitivity. */
export function closure(a: Relation): Relation {
  let result = a;
  for (;;) {
    const next = union(result, seq(result, result));
    if (next.every((row, i) => row.every((bit, j) => bit === result[i]![j]))) return result;
    result = next;
  }
}
/** Nothing is related to itself. */
export const irreflexive = (a: Relation): boolean => a.every((row, i) => !row[i]);
/** Nothing reaches itself. */
export const acyclic = (a: Relation): boolean => irreflexive(closure(a));
