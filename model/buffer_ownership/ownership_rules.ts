/**
 * The rules of an ownership layer, and each known mistake as the one rule that it changes.
 *
 * @module
 */
import type { LifetimeClass } from "./lifetime_class.ts";
import type { OperationName } from "./ownership_operations.ts";

/** The rules of the ownership layer, and one of the kernel, that a mistake may change. */
export interface OwnershipRules {
  /** Until when the layer keeps the cell behind a pointer; `undefined`: it never takes it from the application. */
  until(operation: OperationName, pointer: string, needed: LifetimeClass): LifetimeClass | undefined;
  /** Whether the word that says how much room there is for an address is written when a request is prepared. */
  readonly initialisesLength: boolean;
  /** Whether a cell that a request holds is refused to another. */
  readonly refusesShared: boolean;
  /** Whether the completion of a cancel gives back the cells of its target. */
  readonly cancelEnds: boolean;
  /** Whether a cancel that came too late ("already being carried out") gives back the cells of its target. */
  readonly alreadyEnds: boolean;
  /** Whether the first completion gives everything back although more will follow. */
  readonly firstCompletionEnds: boolean;
  /** Whether a provided cell stays the kernel's while it says that it goes on filling it. */
  readonly keepsProvided: boolean;
  /** Whether everything counts as fetched when the kernel was entered. */
  readonly trustsEnter: boolean;
  /** Whether the kernel wakes the next request when a woken one is cancelled. Linux does not. */
  readonly rewakes: boolean;
}

/** The correct rules, on the kernel as it is. */
export const ownershipRules: OwnershipRules = {
  until: (_operation, _pointer, needed) => needed,
  initialisesLength: true,
  refusesShared: true,
  cancelEnds: false,
  alreadyEnds: false,
  firstCompletionEnds: false,
  keepsProvided: true,
  trustsEnter: false,
  rewakes: false,
};

/** The name of a known mistake of an ownership layer. */
export type OwnershipMistake =
  | "stack-variable"
  | "submit-ends-accept"
  | "negative-length"
  | "shared-address"
  | "cancel-ends"
  | "already-ends"
  | "first-completion-ends"
  | "enter-ends"
  | "provided-early"
  | "submit-ends-recvmsg";

/** The known mistakes, each as the one rule that it changes. */
export const ownershipMistakes: Readonly<Record<OwnershipMistake, Partial<OwnershipRules>>> = {
  "stack-variable": {
    until: (operation, _pointer, needed) => operation === "accept" ? undefined : needed,
  },
  "submit-ends-accept": {
    until: (operation, _pointer, needed) => operation === "accept" ? "until-submit" : needed,
  },
  "negative-length": { initialisesLength: false },
  "shared-address": { refusesShared: false },
  "cancel-ends": { cancelEnds: true },
  "already-ends": { alreadyEnds: true },
  "first-completion-ends": { firstCompletionEnds: true },
  "enter-ends": { trustsEnter: true },
  "provided-early": { keepsProvided: false },
  "submit-ends-recvmsg": {
    until: (operation, pointer, needed) =>
      operation === "recvmsg" && pointer === "header" ? "until-submit" : needed,
  },
};
