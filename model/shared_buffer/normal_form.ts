/**
 * The normal form of a state: internal numbers in the order in which something refers to them.
 *
 * No command and no answer tells the number of an object or of a description, so that states which differ only in
 * those are one.
 *
 * @module
 */
import type { Permutation } from "../../lockstep/machine.ts";
import type { SharedBufferState } from "./state.ts";

/** `order[new]` is the old number; numbers that nobody mentions follow in their old order. */
function orderOf(mentioned: Iterable<number>, count: number): number[] {
  const order = [...new Set([...mentioned].filter((index) => index >= 0))];
  for (let index = 0; index < count; index++) if (!order.includes(index)) order.push(index);
  return order;
}

/** Brings `state` into its normal form; the permutation is that of the objects. */
export function normalForm(state: SharedBufferState): Permutation | undefined {
  return isNormal(state) ? undefined : renumber(state);
}

/** Whether all numbers are in order already, as they are after most steps. */
function isNormal({ descriptors, names, descriptions, pages }: SharedBufferState): boolean {
  let next = 0;
  for (const description of descriptors) {
    if (description > next) return false;
    if (description === next) next++;
  }
  next = 0;
  for (const object of names) {
    if (object > next) return false;
    if (object === next) next++;
  }
  for (const { object } of descriptions) {
    if (object > next) return false;
    if (object === next) next++;
  }
  for (const { holds } of pages) {
    if (holds > next) return false;
    if (holds === next) next++;
  }
  return true;
}

function renumber(state: SharedBufferState): Permutation | undefined {
  const descriptions = orderOf(state.descriptors, state.descriptions.length);
  const newDescription = (old: number): number => old < 0 ? old : descriptions.indexOf(old);
  state.descriptors = state.descriptors.map(newDescription);
  state.descriptions = descriptions.map((old) => state.descriptions[old]!);
  const mentioned = [
    ...state.names,
    ...state.descriptions.map((description) => description.object),
    ...state.pages.map((page) => page.holds),
  ];
  const objects = orderOf(mentioned, state.objects.length);
  if (objects.every((old, index) => old === index)) return undefined;
  const newObject = (old: number): number => old < 0 ? old : objects.indexOf(old);
  state.objects = objects.map((old) => state.objects[old]!);
  state.names = state.names.map(newObject);
  for (const description of state.descriptions) description.object = newObject(description.object);
  for (const page of state.pages) page.holds = newObject(page.holds);
  return objects;
}
