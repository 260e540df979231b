/**
 * Partial-order reduction against the full search: on every published model that is small enough, and on every
 * shipped scope of fewer than 2,000 states and 32 commands, under the weakest declaration of independence that is true of it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { derivedIndependence } from "../../lockstep/explore/reduction/derived_independence.ts";
import { explore } from "../../lockstep/explore/mod.ts";
import type { AnyMachine } from "../../lockstep/machine.ts";
import { protocols } from "../protocols.ts";
import { abstractLock } from "./abstract_lock.ts";
import { alternatingBit } from "./alternating_bit.ts";
import { barrier, twoGates } from "./barrier.ts";
import { dekker } from "./dekker.ts";
import { dieHard } from "./die_hard.ts";
import { handedForks, leftForkFirst } from "./dining_philosophers.ts";
import { peterson } from "./peterson.ts";
import { slotRing } from "./slot_ring.ts";
import { twoPhaseCommit } from "./two_phase_commit.ts";

const text = (value: unknown): string => JSON.stringify(value);

/** Explores in full and in reduced form, and compares all that is kept. @returns the states of both. */
function compare(machine: AnyMachine, independence = derivedIndependence(machine)): [number, number] {
  const of = (options: { readonly reduction: boolean }) =>
    explore({ ...machine, independence } as AnyMachine, { ...options, symmetry: false, liveness: false });
  const [full, reduced] = [of({ reduction: false }), of({ reduction: true })];
  const kept = ({ violations, outcomes, vacuous, exhausted }: typeof full): unknown => ({
    violated: violations.map(({ kind, property }) => `${kind} ${property}`).sort(),
    outcomes: outcomes.map(text).sort(),
    vacuous: vacuous.filter((sentence) => !/someStep|everyStep/.test(sentence)).sort(),
    exhausted,
  });
  assertEquals(kept(reduced), kept(full), machine.name);
  return [full.states, reduced.states];
}

const known: readonly AnyMachine[] = [
  twoPhaseCommit(3),
  slotRing({ slots: 2, modulus: 4, readers: 2 }),
  peterson([0, 1]),
  dekker(),
  dekker({ polite: false }),
  dieHard,
  leftForkFirst(5),
  handedForks(5),
  alternatingBit({ whenFull: "lose", arriving: "strong" }),
  barrier(6),
  twoGates(3),
  abstractLock("none"),
];

Deno.test("explore with reduction agrees with the full search on the published models", () => {
  const smaller = known.filter((machine) => {
    const [full, reduced] = compare(machine);
    return reduced < full;
  });
  assert(smaller.length >= 3, `only ${smaller.map(({ name }) => name)} are reduced`);
});

Deno.test("explore with reduction agrees with the full search on the shipped scopes", () => {
  const left: string[] = [];
  const seen = new Set<string>();
  let compared = 0;
  for (const { name, scopes } of protocols) {
    for (const [scopeName, build] of Object.entries(scopes)) {
      const { what, how } = build();
      for (const [level, machine] of Object.entries({ what, how })) {
        if (machine === undefined) continue;
        // The same specification stands in several scopes.
        const same = text([machine.name, machine.commands, machine.starts]);
        if (seen.has(same)) continue;
        seen.add(same);
        const small = machine.commands.length <= 32 && machine.internal === undefined &&
          explore(machine, { liveness: false, symmetry: false, maximumStates: 2_000 }).exhausted;
        if (!small) left.push(`${name} ${scopeName} ${level}`);
        else {
          compare(machine);
          compared++;
        }
      }
    }
  }
  assert(compared >= 18, `left out: ${left.join(", ")}`);
});

Deno.test("twoGates declares truly which steps are local, and is reduced by a third", () => {
  assertEquals(explore(twoGates(4), { reduction: "check" }).violations, []);
  assertEquals(compare(twoGates(6), twoGates(6).independence), [29_279, 19_821]);
});

Deno.test("every declaration of a shipped protocol is true, agrees with the full search, and saves something", () => {
  const saved: string[] = [];
  const seen = new Set<string>();
  for (const { scopes } of protocols) {
    for (const [scopeName, build] of Object.entries(scopes)) {
      const { what, how } = build();
      for (const machine of [what, how]) {
        if (machine?.independence === undefined) continue;
        const same = text([machine.name, machine.commands, machine.starts]);
        if (seen.has(same)) continue;
        seen.add(same);
        const [full, reduced] = compare(machine, machine.independence);
        if (full < 100) {
          assertEquals(explore(machine, { reduction: "check", liveness: false }).violations, []);
        }
        saved.push(`${scopeName} ${full} ${reduced}`);
      }
    }
  }
  assertEquals(saved, [
    "zero-copy 73360 48629",
    "zero-copy-refined 20336 13273",
    "zero-copy-small 263 212",
    "zero-copy-kernel 53 41",
  ]);
});
