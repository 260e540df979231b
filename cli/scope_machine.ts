/**
 * The machine of a scope by names alone, so that a worker can build it for itself.
 *
 * @module
 */
import type { AnyMachine } from "../lockstep/machine.ts";
import type { Recipe } from "../lockstep/explore/mod.ts";
import { protocols } from "../props/protocols.ts";

/** What is explored: a protocol's scope at one level, or a known mistake. */
export type MachineName =
  | { readonly protocol: string; readonly scope: string; readonly level: "what" | "how" }
  | { readonly protocol: string; readonly mistake: string };

/** Builds a machine. @throws {RangeError} when there is none of this name. */
export function scopeMachine(name: MachineName): AnyMachine {
  const protocol = protocols.find((each) => each.name === name.protocol);
  const machine = "mistake" in name
    ? protocol?.mistakes.find((each) => each.name === name.mistake)?.how?.()
    : protocol?.scopes[name.scope]?.()[name.level];
  if (machine === undefined) {
    throw new RangeError(`Cannot build a machine: ${JSON.stringify(name)} is unknown`);
  }
  return machine;
}

/** How a worker builds a machine. */
export function scopeRecipe(name: MachineName): Recipe {
  return { module: import.meta.url, name: "scopeMachine", arguments: [name] };
}
