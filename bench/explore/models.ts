/**
 * What the explorer's bench measures: known models, and every scope of every protocol that is explored.
 *
 * @module
 */
import type { AnyMachine } from "../../lockstep/machine.ts";
import { slotRing } from "../../props/known/slot_ring.ts";
import { twoPhaseCommit } from "../../props/known/two_phase_commit.ts";
import { protocols } from "../../props/protocols.ts";
import { slotRingPromela, twoPhaseCommitPromela } from "./promela.ts";

/** A machine, made anew by each call, and the same in Promela. */
export interface Model {
  readonly machine: () => AnyMachine;
  readonly promela?: string;
}

const ring = { slots: 8, modulus: 64, readers: 3 };

const known: Readonly<Record<string, Model>> = {
  "two-phase commit 7": { machine: () => twoPhaseCommit(7) as AnyMachine, promela: twoPhaseCommitPromela(7) },
  "two-phase commit 8": { machine: () => twoPhaseCommit(8) as AnyMachine, promela: twoPhaseCommitPromela(8) },
  "slot ring 8 64 3": { machine: () => slotRing(ring) as AnyMachine, promela: slotRingPromela(ring) },
};

/** Names of all models: the known ones, and each protocol with each of its scopes that are explored. */
export function names(): string[] {
  const shipped = protocols.flatMap(({ name, scopes }) =>
    Object.entries(scopes)
      .filter(([, scope]) => scope().use.includes("explore"))
      .map(([scope]) => `${name} ${scope}`)
  );
  return [...Object.keys(known), ...shipped];
}

/** One model, without making the machines of others: what they run would be compiled and collected beside it. */
export function modelOf(name: string): Model {
  if (known[name] !== undefined) return known[name];
  const [protocolName, scopeName] = name.split(" ");
  const scope = protocols.find((protocol) => protocol.name === protocolName)?.scopes[scopeName ?? ""];
  if (scope === undefined) throw new RangeError(`Cannot measure: there is no model ${name}`);
  return {
    machine: () => {
      const { how, what } = scope();
      return how ?? what;
    },
  };
}

/** Without promises, as the other tools' texts have none. */
export function bare(
  { leadsTo: _, everyStep: __, someStep: ___, outcome: ____, ...machine }: AnyMachine,
): AnyMachine {
  return { ...machine, always: {}, sometimes: {} };
}
