/**
 * How the parts of the model answer.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import type { ErrnoName, SharedBufferReply } from "./command.ts";
import type { SharedBufferScope, SharedBufferState } from "./state.ts";

/** What a step works on. */
export interface Kernel {
  readonly state: SharedBufferState;
  readonly scope: SharedBufferScope;
  readonly world: World<SharedBufferReply>;
}

/** A reply, or undefined where the scope ends. */
export type Answer = SharedBufferReply | undefined;

/** Why commands are refused. */
export const refusals = {
  otherDescriptorNext: "this is not the smallest free descriptor",
  noObjectLeft: "the scope has no object left",
  noPageLeft: "it does not fit into the address range of the scope, from whole pages on",
  objectTooSmall: "the objects of the scope are not that long",
} as const;

/** The reply of a call that failed. */
export function fail(errno: ErrnoName): SharedBufferReply {
  return { kind: "error", errno };
}

/** The reply of a call that says no more than that it worked. */
export const done: SharedBufferReply = { kind: "done" };
