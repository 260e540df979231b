import { assert, assertEquals } from "@std/assert";
import { mappingsOf, openFdCount, sharedMemoryNames } from "../ffi/process_resources.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { lockstep, type LockstepResult } from "../lockstep/drive/lockstep.ts";
import { explore, refines } from "../lockstep/explore/mod.ts";
import type { AnyTarget } from "../lockstep/machine.ts";
import type { Scope } from "../lockstep/protocol.ts";
import { assertScopeAgrees } from "../lockstep/report/assert_agreed.ts";
import { tour } from "../lockstep/tour/tour.ts";
import { errnos } from "../model/shared_buffer/command.ts";
import { sharedBufferProtocol, unevenTarget } from "./shared_buffer.ts";
import { sharedBufferNames } from "./shared_buffer/target.ts";
import { neverObserved } from "./shared_buffer/walk.ts";

/** Where the kernel can not be driven, the reason is printed and the model is tested alone. */
function driven(name: string): { readonly ignore: boolean } {
  return skipUnless(`shared buffer in scope ${name}`, scopeNamed(name).target.probe().missing[0]);
}

function scopeNamed(name: string): Scope {
  return sharedBufferProtocol.scopes[name]!();
}

/** Drives, and says that nothing of the kernel's was kept. */
async function keepsNothing<Result>(driving: () => Promise<Result>): Promise<Result> {
  const held = (): unknown => [
    openFdCount(),
    mappingsOf("lockstep").length,
    sharedMemoryNames(sharedBufferNames()),
  ];
  const before = held();
  const result = await driving();
  assertEquals(held(), before);
  return result;
}

/** Drives a scope whose two sides agree. */
function drive(
  name: string,
  cases: number,
  seed: number,
  demands: { readonly labels?: boolean; readonly target?: AnyTarget } = {},
): Promise<LockstepResult> {
  const options = { cases, commandsPerCase: 60, seed };
  return keepsNothing(() => assertScopeAgrees(sharedBufferProtocol, name, options, demands));
}

Deno.test("sharedBuffer keeps its promises in every state of the memory scope", () => {
  const { states, transitions, exhausted, violations, vacuous } = explore(scopeNamed("memory").what);
  assertEquals({ violations, vacuous, exhausted }, { violations: [], vacuous: [], exhausted: true });
  assertEquals([states, transitions], [32_893, 1_445_447], "the normal form or a rule has changed");
});

for (const name of ["operations", "names"] as const) {
  Deno.test(`sharedBufferCalls refines sharedBuffer in every state of the ${name} scope`, () => {
    const { how, what } = scopeNamed(name);
    for (const machine of [how!, what]) {
      const { exhausted, violations, vacuous } = explore(machine);
      assertEquals({ violations, vacuous, exhausted }, { violations: [], vacuous: [], exhausted: true });
    }
    const { violations, exhausted } = refines(how!, what);
    assertEquals({ violations, exhausted }, { violations: [], exhausted: true });
  });
}

for (const name of ["operations", "names"] as const) {
  Deno.test({
    name: `sharedBufferTarget answers every command in every state of the ${name} scope as the model does`,
    ...driven(name),
    fn: async () => {
      const { how, target, walk } = scopeNamed(name);
      const limits = { maximumStates: 256, maximumTicks: 1_000 };
      const sides = { walked: how!, also: [], target, walk, limits, invariants: false };
      const { covered, total, complete, finding, stoppedBy, problems, unseenAnswers } = await tour(sides);
      assertEquals({ finding, stoppedBy, problems, unseenAnswers }, {
        finding: undefined,
        stoppedBy: undefined,
        problems: [],
        unseenAnswers: [],
      });
      assertEquals([covered, complete], [total, true]);
    },
  });
}

for (const name of ["memory", "operations", "names"] as const) {
  Deno.test({
    name: `sharedBufferTarget agrees with the models in the ${name} scope, and leaves nothing behind`,
    ...driven(name),
    fn: async () => void await drive(name, 500, 7, { labels: false }),
  });
}

Deno.test({
  name: "sharedBufferTarget agrees with the models over tens of thousands of commands that reach every label",
  ...driven("driven"),
  fn: async () => {
    const { commands } = await drive("driven", 1_500, 20_261);
    assert(commands > 50_000, `only ${commands} commands`);
  },
});

for (const splitBytes of [1, 4095]) {
  Deno.test({
    name: `sharedBufferTarget agrees with the models about pages that are split after byte ${splitBytes}`,
    ...driven("bytes"),
    fn: async () => void await drive("bytes", 500, 5, { target: unevenTarget(splitBytes) }),
  });
}

Deno.test("sharedBufferWalk has a label for every errno, or says why it was never observed", () => {
  const { labels } = scopeNamed("driven").walk;
  assertEquals(errnos.filter((errno) => !(errno in labels) && !(errno in neverObserved)), []);
});

for (const mistake of sharedBufferProtocol.mistakes) {
  Deno.test({
    name: `sharedBufferProtocol finds ${mistake.name} with every engine that is said to find it`,
    ...driven(mistake.scope),
    fn: async () => {
      const scope = scopeNamed(mistake.scope);
      const how = mistake.how!();
      const foundBy: string[] = [];
      if (explore(how, { stopAtFirst: true }).violations.length > 0) foundBy.push("explore");
      if (refines(how, scope.what, { stopAtFirst: true }).violations.length > 0) foundBy.push("refines");
      const options = { cases: 2_000, commandsPerCase: 60, seed: 3 };
      const { finding } = await keepsNothing(() => lockstep(sidesOf(scope, mistake.target!()), options));
      if (finding !== undefined) {
        foundBy.push("lockstep");
        assert(finding.commands.length <= 6, `${finding.commands.length} commands`);
        assertEquals(finding.confirmed, { failed: 2, runs: 2 });
      }
      assertEquals(foundBy, [...mistake.foundBy]);
    },
  });
}
