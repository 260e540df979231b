/**
 * Steps that are looked up against steps that are run, on every machine that ships.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { explore } from "../lockstep/explore/mod.ts";
import type { AnyMachine } from "../lockstep/machine.ts";
import { slotRing } from "./known/slot_ring.ts";
import { twoPhaseCommit } from "./known/two_phase_commit.ts";
import { protocols } from "./protocols.ts";

/** Promises about steps have every step run, so only those about states are kept. */
function withoutStepPromises(machine: AnyMachine): AnyMachine {
  const { everyStep: _everyStep, someStep: _someStep, leadsTo: _leadsTo, ...rest } = machine;
  return rest;
}

function agree(machine: AnyMachine, maximumStates: number): number {
  const [learnt, run] = (["at once", false] as const).map((learn) => {
    const { milliseconds: _milliseconds, memory: _memory, ...facts } = explore(machine, {
      learn,
      maximumStates,
    });
    return facts;
  });
  assertEquals(learnt, run);
  return run!.states;
}

Deno.test("explore finds the same in every shipped scope, whether steps are looked up or run", () => {
  let explored = 0;
  for (const { scopes } of protocols) {
    for (const scope of Object.values(scopes)) {
      const { use, how, what } = scope();
      if (!use.includes("explore")) continue;
      assert(agree(withoutStepPromises(how ?? what), 1_200) > 100);
      explored++;
    }
  }
  assert(explored > 10, `${explored} scopes were explored`);
});

Deno.test("explore finds the same past where it decides to learn, and makes code of", () => {
  const { how, what } = protocols.find(({ name }) => name === "shared-buffer")!.scopes["memory"]!();
  // All are worth learning, so nothing needs to ask for it; the last one has a normal form.
  for (const machine of [twoPhaseCommit(5), slotRing({ slots: 4, modulus: 64, readers: 2 }), how ?? what]) {
    const bare = withoutStepPromises(machine as AnyMachine);
    const { milliseconds: _m, memory: _b, ...learnt } = explore(bare);
    const { milliseconds: _n, memory: _c, ...run } = explore(bare, { learn: false });
    assertEquals(learnt, run);
    assert(learnt.transitions > 30_000, `${learnt.transitions} transitions`);
  }
});
