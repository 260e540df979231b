/**
 * Promises about progress along a walk: what is owed, since when, and how it is paid.
 *
 * @module
 */
import type { AnyMachine, LeadsTo } from "../machine.ts";
import { nearestStates, type Way } from "./ahead.ts";

/** How one promise about progress stands at the end of a walk. */
export interface Debt {
  readonly name: string;
  /** After how many steps it began to be owed; absent when nothing is owed. */
  readonly since?: number;
  /** The shortest way to where it is paid, or else to where something is owed. */
  readonly way: Way;
}

/** Since when a promise is owed: where it was owed first after it was paid last; `undefined` = it is not. */
export function owedSince(
  { from, to }: LeadsTo<unknown, unknown>,
  states: readonly unknown[],
): number | undefined {
  let since: number | undefined;
  states.forEach((state, at) => {
    if (to(state as never)) since = undefined;
    else if (from(state as never)) since ??= at;
  });
  return since;
}

/** How the promises about progress stand after a walk through these states. One search for all of them. */
export function debts(machine: AnyMachine, states: readonly unknown[]): readonly Debt[] {
  const promises = Object.entries(
    (machine.leadsTo ?? {}) as Readonly<Record<string, LeadsTo<unknown, unknown>>>,
  )
    .map(([name, promise]) => ({ name, promise, since: owedSince(promise, states) }));
  if (promises.length === 0) return [];
  const goals = promises.map(({ name, promise: { from, to }, since }) => {
    const owed = (state: unknown): boolean => from(state as never) && !to(state as never);
    return [name, since === undefined ? owed : (state: unknown) => to(state as never)] as const;
  });
  const ways = nearestStates(machine, states.at(-1), Object.fromEntries(goals));
  return promises.map(({ name, since }) => ({
    name,
    ...(since === undefined ? {} : { since }),
    way: ways[name]!,
  }));
}
