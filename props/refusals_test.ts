import { assert, assertEquals } from "@std/assert";
import { explore } from "../lockstep/explore/mod.ts";
import { protocols } from "./protocols.ts";

for (const { name, scopes, mistakes } of protocols) {
  Deno.test(`${name} names the condition of every refusal, and some command is refused`, () => {
    const machines = [
      ...Object.values(scopes).flatMap((build) => {
        const { what, how } = build();
        return how === undefined ? [what] : [what, how];
      }),
      ...mistakes.flatMap(({ how }) => how === undefined ? [] : [how()]),
    ];
    const seen = new Set<string>();
    const said = new Set<string>();
    for (const machine of machines) {
      const commands = machine.commands.filter((_, at) => at % Math.ceil(machine.commands.length / 60) === 0);
      const same = JSON.stringify([machine.name, machine.commands.length]);
      if (seen.has(same)) continue;
      seen.add(same);
      const { refusals } = explore(machine, { maximumStates: 300, liveness: false, why: commands });
      assertEquals(refusals.length, commands.length);
      for (const { command, conditions } of refusals) {
        for (const { condition } of conditions) {
          assert(
            condition !== undefined,
            `${machine.name}: ${JSON.stringify(command)} is refused without a reason`,
          );
          said.add(condition);
        }
      }
    }
    assert(said.size >= 2, [...said].join("; "));
  });
}
