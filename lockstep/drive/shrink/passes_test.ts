import { assert, assertEquals } from "@std/assert";
import { asTarget } from "../as_target.ts";
import { candidatesOf, failing, laneOf, orderOf, repairsOf } from "../example_passes.ts";
import { sum, type SumCommand as Command, type SumMachine, type SumState as State } from "../example_sum.ts";
import { type Finding, lockstep, shrinkFailure } from "../lockstep.ts";
import { listed, runCase, type Sides } from "../run_case.ts";
import { Combinations } from "./combinations.ts";
import { Ends } from "./ends.ts";
import { Looks } from "./looks.ts";
import { Numbers } from "./numbers.ts";
import { Shortcuts } from "./shortcuts.ts";
import type { Shrinkable } from "./shrinkable.ts";

/** Both sides of a machine, the real one with wrong looks. */
function sidesOf(
  machine: SumMachine,
  wrong: (state: State) => boolean,
  boundaries: Readonly<Record<string, readonly number[]>> = {},
): Sides {
  const target = asTarget({
    ...machine,
    step(state, command, world) {
      const reply = machine.step(state, command, world);
      return command.kind === "look" && wrong(state) ? -1 : reply;
    },
  });
  return {
    walked: machine,
    also: [],
    target,
    walk: { labels: {}, boundaries },
    limits: { maximumStates: 8, maximumTicks: 100 },
    invariants: false,
  };
}

/** What is left of `commands` from start 0, on a subject that looks wrong: at a total of 3 or more while off. */
async function shrink(
  machine: SumMachine,
  commands: readonly Command[],
  wrong: (state: State) => boolean = ({ total, on }) => total >= 3 && !on,
  boundaries?: Readonly<Record<string, readonly number[]>>,
): Promise<Finding> {
  const sides = sidesOf(machine, wrong, boundaries);
  const run = runCase(sides, 0, () => listed(commands));
  assert(!(run instanceof Promise));
  assertEquals(run.verdict.kind, "diverged");
  return await shrinkFailure(sides, 0, run);
}

async function shrunk(
  ...given: Parameters<typeof shrink>
): Promise<{ readonly start: unknown; readonly commands: readonly unknown[] }> {
  const { start, commands } = await shrink(...given);
  return { start, commands };
}

const one: Command = { kind: "add", amount: 1 };
const look: Command = { kind: "look" };
const toggle: Command = { kind: "toggle" };

Deno.test("shrinking takes one command out and lets another do its work", async () => {
  assertEquals(await shrunk(sum([0], [1, 2, 3]), [one, one, one, look]), {
    start: 0,
    commands: [{ kind: "add", amount: 3 }, look],
  });
});

Deno.test("shrinking begins where the commands would have led", async () => {
  assertEquals(await shrunk(sum([0, 2], [1]), [one, one, one, look]), { start: 2, commands: [one, look] });
});

Deno.test("shrinking takes two commands out that are needed only by each other", async () => {
  const three: Command = { kind: "add", amount: 3 };
  assertEquals(await shrunk(sum([0], [3]), [toggle, three, toggle, look]), {
    start: 0,
    commands: [three, look],
  });
});

Deno.test("shrinking moves towards the front of the list: a simpler command, an earlier start", async () => {
  const four: Command = { kind: "add", amount: 4 };
  const simpler = await shrunk(sum([0], [3, 4]), [four, look]);
  assertEquals(simpler.commands, [{ kind: "add", amount: 3 }, look]);
  const earlier = await shrunk(sum([3, 0], [3]), [{ kind: "add", amount: 3 }, look]);
  assertEquals(earlier, { start: 3, commands: [look] });
  const asLong = await shrunk(sum([1, 0], [3]), [{ kind: "add", amount: 3 }, look]);
  assertEquals(asLong, { start: 1, commands: [{ kind: "add", amount: 3 }, look] });
});

Deno.test("shrinking stops at a named boundary, though a value beside it fails as well", async () => {
  const nine: Command = { kind: "add", amount: 9 };
  const wrong = ({ total }: State): boolean => total >= 5;
  const named = await shrink(sum([0], [1]), [nine, look], wrong, { amount: [7, 6] });
  assertEquals<unknown>(named.commands, [{ kind: "add", amount: 7 }, look]);
  const unnamed = await shrink(sum([0], [1]), [nine, look], wrong);
  assertEquals<unknown>(unnamed.commands, [{ kind: "add", amount: 5 }, look]);
});

Deno.test("lockstep draws values at named boundaries, in the list or not, and shrinks what it finds there", async () => {
  const far = ({ total }: State): boolean => total >= 9 && total % 9 === 0;
  const sides = sidesOf(sum([0], [1, 2]), far, { amount: [1, 9, 10] });
  const { finding } = await lockstep(sides, { cases: 50, commandsPerCase: 4, seed: 1 });
  assertEquals<unknown>(finding?.commands, [{ kind: "add", amount: 9 }, look]);
  const { finding: nothing } = await lockstep(sidesOf(sum([0], [1, 2]), far), {
    cases: 50,
    commandsPerCase: 4,
    seed: 1,
  });
  assertEquals(nothing, undefined);
});

Deno.test("shrinking exchanges neighbours when that moves the simpler one to the front", async () => {
  const three: Command = { kind: "add", amount: 3 };
  const both = ({ total, on }: State): boolean => total >= 3 && on;
  const { commands } = await shrunk(sum([0], [3]), [three, toggle, look], both);
  assertEquals(commands, [toggle, three, look]);
});

Deno.test("shrinking keeps to the failure that was found, whatever else fails on the way", async () => {
  const three: Command = { kind: "add", amount: 3 };
  const { commands, verdict } = await shrink(sum([0], [3]), [three, look], ({ total }) => {
    if (total === 0) throw new Error("nothing to look at");
    return true;
  });
  assertEquals([commands, verdict.kind], [[three, look], "diverged"]);
});

Deno.test("shrinking runs a failure that comes and goes twenty times, to say how often it comes", async () => {
  let looks = 0;
  const { confirmed } = await shrink(sum([0], [3]), [look], () => looks++ % 3 !== 2);
  assertEquals(confirmed, { failed: 13, runs: 20 });
});

const add = (amount: number): Command => ({ kind: "add", amount });

Deno.test("Numbers lowers all numbers by what was taken out, none below its least", () => {
  const machine = sum([0], [1, 2, 3]);
  const numbers = new Numbers(orderOf(machine), repairsOf(machine));
  const lowered = candidatesOf(laneOf(numbers, "lowered", failing(0, add(3), add(1), toggle, look)));
  assertEquals(lowered[0], { start: 0, commands: [add(2), add(1), toggle] });
  assertEquals(lowered[1], { start: 0, commands: [add(2), add(1), look] });
  // Where no number changes, taking out alone is another pass.
  assertEquals(candidatesOf(laneOf(numbers, "lowered", failing(0, add(1), toggle, look))), []);
});

Deno.test("Numbers raises all numbers by that of the command it takes out, none above its most", () => {
  const machine = sum([0], [1, 2, 3, 4]);
  const numbers = new Numbers(orderOf(machine), repairsOf(machine));
  assertEquals(candidatesOf(laneOf(numbers, "raised", failing(0, add(2), add(1), add(3), look)))[0], {
    start: 0,
    commands: [add(3), add(4), look],
  });
});

Deno.test("Combinations does with one command of a third kind what two did, inside a case first", () => {
  const machine = sum([0], [1, 2]);
  const combinations = new Combinations(orderOf(machine), repairsOf(machine));
  assertEquals(candidatesOf(laneOf(combinations, "two for one", failing(0, one, toggle, one))).slice(0, 2), [
    { start: 0, commands: [look, one] },
    { start: 0, commands: [one, look] },
  ]);
});

Deno.test("Looks knows what changes nothing, and looks after every command of the first case", () => {
  const machine = sum([0], [1]);
  const looks = new Looks(machine, orderOf(machine), 100);
  const of = failing(0, one, toggle, one, one);
  looks.learn(of);
  assertEquals(looks.after(of), [look]);
  const pass = looks.everywhere(of);
  const all = pass.next(undefined).value as Shrinkable;
  assertEquals(all.commands.map(({ command }) => command), [one, look, toggle, look, one, look, one]);
  // The fourth of them showed it: that is the look after two commands.
  const shown = pass.next(4).value as Shrinkable;
  assertEquals(shown.commands.map(({ command }) => command), [one, toggle, look]);
  assertEquals(candidatesOf(looks.everywhere(of)), []);
});

Deno.test("shrinking looks in place of the command that showed the failure", async () => {
  // Adding crashes nothing and answers 0: a wrong total shows at the second toggle only, unless somebody looks.
  const machine = sum([0], [3]);
  const target = asTarget({
    ...machine,
    step(state, command, world) {
      const reply = machine.step(state, command, world);
      if (command.kind === "look" && state.total >= 3) return -1;
      return command.kind === "toggle" && state.total >= 3 && !state.on ? -1 : reply;
    },
  });
  const sides: Sides = { ...sidesOf(machine, () => false), target };
  const run = runCase(sides, 0, () => listed([toggle, add(3), toggle]));
  assert(!(run instanceof Promise));
  const { commands, shrinkRuns } = await shrinkFailure(sides, 0, run);
  assertEquals<unknown>(commands, [add(3), look]);
  assert(shrinkRuns < 30, `${shrinkRuns}`);
});

Deno.test("Shortcuts.shortest replaces a beginning by the machine's own shortest way", () => {
  const shortcuts = new Shortcuts(sum([0, 2], [1, 2]), 100);
  assertEquals(candidatesOf(shortcuts.shortest(failing(0, one, toggle, one, one, look)))[0], {
    start: 2,
    commands: [toggle, one, look],
  });
  assertEquals(candidatesOf(shortcuts.shortest(failing(0, one, look))), []);
});

Deno.test("Shortcuts.withoutLoops takes out what leads back", () => {
  const shortcuts = new Shortcuts(sum([0], [1]), 100);
  assertEquals(candidatesOf(shortcuts.withoutLoops(failing(0, toggle, toggle, one, look, look)))[0], {
    start: 0,
    commands: [one, look],
  });
});

Deno.test("Ends puts any command in place of the last two, those of the case first", () => {
  const ends = laneOf(new Ends(sum([0], [1, 2]), 100), "ends", failing(0, one, toggle, look));
  assertEquals(
    candidatesOf(ends),
    [look, toggle, one, add(2)].map((last) => ({ start: 0, commands: [one, last] })),
  );
});
