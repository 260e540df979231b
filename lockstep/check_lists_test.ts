import { assertRejects, assertThrows } from "@std/assert";
import { z } from "zod";
import { checkLists } from "./check_lists.ts";
import { lockstep } from "./drive/lockstep.ts";
import { explore } from "./explore/mod.ts";
import { asTarget } from "./drive/as_target.ts";
import { sidesOf } from "./check/sides.ts";
import type { AnyMachine, Machine } from "./machine.ts";

interface Add {
  readonly kind: "add";
  readonly amount: number;
}

/** Counts up to nine. */
const counter: Machine<{ count: number }, Add, null, number> = {
  name: "counter",
  schema: {
    state: z.strictObject({ count: z.int().min(0).max(9) }),
    command: z.strictObject({ kind: z.literal("add"), amount: z.int().min(1).max(3) }),
    reply: z.null(),
    start: z.int().min(0).max(9),
  },
  starts: [0, 9],
  commands: [{ kind: "add", amount: 1 }, { kind: "add", amount: 3 }],
  initial: (count) => ({ count }),
  step(state, { amount }) {
    if (state.count + amount > 9) return undefined;
    state.count += amount;
    return null;
  },
  always: {},
  sometimes: {},
  actor: () => "somebody",
};

const wrong: readonly (readonly [Partial<typeof counter>, string])[] = [
  [
    { commands: [...counter.commands, { kind: "add", amount: 4 }] },
    'Cannot use counter: commands[2] is {"kind":"add","amount":4}, not of its schema at amount: Too big',
  ],
  [{ starts: [0, -1] }, "Cannot use counter: starts[1] is -1, not of its schema: Too small"],
  [{ commands: [] }, "Cannot use counter: its list of commands is empty"],
  [{ starts: [] }, "Cannot use counter: its list of starts is empty"],
];

Deno.test("checkLists names the command or the start that a machine lists against its own schema", () => {
  checkLists(counter as AnyMachine);
  for (const [change, sentence] of wrong) {
    assertThrows(() => checkLists({ ...counter, ...change } as AnyMachine), RangeError, sentence);
  }
});

Deno.test("explore and lockstep refuse a machine whose lists are against its own schema", async () => {
  for (const [change, sentence] of wrong) {
    const machine = { ...counter, ...change };
    assertThrows(() => explore(machine), RangeError, sentence);
    const sides = sidesOf({ what: machine as AnyMachine, target: asTarget(machine as AnyMachine) });
    await assertRejects(() => lockstep(sides), RangeError, sentence);
  }
});
