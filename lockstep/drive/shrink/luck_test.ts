import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { candidatesOf, failing, laneOf, orderOf, repairsOf } from "../example_passes.ts";
import { sum, type SumCommand as Command, type SumMachine } from "../example_sum.ts";
import { Changes } from "./changes.ts";
import { LongWalks } from "./long_walks.ts";
import { Looks } from "./looks.ts";
import { Shortcuts } from "./shortcuts.ts";
import type { Shrinkable } from "./shrinkable.ts";
import { Drawer } from "../walk_source.ts";

const add = (amount: number): Command => ({ kind: "add", amount });
const one = add(1);
const look: Command = { kind: "look" };
const toggle: Command = { kind: "toggle" };

function changesOf(machine: SumMachine): Changes {
  return new Changes(machine, anyRandom(), orderOf(machine), repairsOf(machine));
}

function walksOf(machine: SumMachine, looks?: Looks): LongWalks {
  const drawer = new Drawer(machine, { labels: {} });
  const shortcuts = new Shortcuts(machine, 100);
  return new LongWalks(machine, 100, drawer, anyRandom(), () => shortcuts.ways, looks);
}

Deno.test("Changes changes others at random when it takes one out, and goes on from what still fails", () => {
  const of = failing(0, add(2), toggle, add(2), look);
  const changed = candidatesOf(laneOf(changesOf(sum([0], [1, 2, 3])), "changed", of));
  assertEquals(new Set(changed.map(({ commands }) => commands.length)), new Set([3, 4]));
  const lists = new Set(changed.map(({ commands }) => JSON.stringify(commands)));
  // Far more than taking one out alone gives, and none that leaves the machine.
  assert(lists.size > 10, `${lists.size}`);
  assertEquals(
    candidatesOf(laneOf(changesOf(sum([0], [1, 2, 3])), "changed", of)),
    changed,
    "the same chance changes the same",
  );
  // Where all that is as long fails as well, nothing of the case has to be left in the end.
  const pass = laneOf(changesOf(sum([0], [1, 2, 3])), "changed", of);
  let last: Shrinkable | undefined;
  for (let step = pass.next(undefined); !step.done; step = pass.next(last!.commands.length === 4 ? 4 : 0)) {
    last = step.value;
  }
  const left = last!.commands.filter(({ command }) => of.commands.some((each) => each.command === command));
  assert(left.length < 2, `${left.length} of ${last!.commands.length}`);
});

Deno.test("Changes changes equal commands together", () => {
  const of = failing(0, toggle, ...Array.from({ length: 9 }, () => add(2)), look);
  const changed = candidatesOf(laneOf(changesOf(sum([0], [1, 2, 3])), "changed", of));
  assert(
    changed.some(({ commands }) =>
      commands.filter((each) => "amount" in each && each.amount === 3).length === 9
    ),
  );
});

Deno.test("LongWalks goes through many short cases, and makes one of what follows a state that is near", () => {
  const machine = sum([0, 5], [1]);
  const walks = walksOf(machine);
  const lane = laneOf(walks, "long walks", failing(0, one, one, toggle, look));
  const walk = lane.next(undefined).value as Shrinkable;
  assert(walk.commands.length > 10, `${walk.commands.length}`);
  // No more than two commands lead from a start to any state of it.
  let total = walk.start as number;
  let on = false;
  for (const { command } of walk.commands) {
    if (command.kind === "toggle") on = !on;
    if (command.kind === "add") total++;
    const nearest = total >= 5 ? total - 5 : total;
    assert(nearest + Number(on) <= 2, `${total} ${on}`);
  }
  // The last command showed it.
  const { start, commands } = lane.next(walk.commands.length).value as Shrinkable;
  assertEquals(commands.length, 3);
  assertEquals(commands.at(-1)!.command, walk.commands.at(-1)!.command);
  assert(machine.starts.includes(start as number));
});

Deno.test("LongWalks looks after every command, and ends with the look that showed the failure", () => {
  const machine = sum([0], [1]);
  const looks = new Looks(machine, orderOf(machine), 100);
  looks.learn(failing(0, one, toggle));
  const lane = laneOf(walksOf(machine, looks), "long walks", failing(0, one, one, toggle, look));
  const walk = lane.next(undefined).value as Shrinkable;
  assertEquals(walk.commands[1]!.command, look);
  const { commands } = lane.next(2).value as Shrinkable;
  assertEquals(commands.map(({ command }) => command), [walk.commands[0]!.command, look]);
});

Deno.test("LongWalks finds a short case before a long one is taken to pieces, a few times only", () => {
  const walks = walksOf(sum([0], [1]));
  const long = failing(0, ...Array.from({ length: 20 }, () => toggle), look);
  assertEquals(candidatesOf(walks.early(long)).length, 6);
  assertEquals(candidatesOf(walks.early(long)), []);
  assertEquals(candidatesOf(walksOf(sum([0], [1])).early(failing(0, one, look))), []);
});

function anyRandom(): fc.Random {
  const randoms: fc.Random[] = [];
  class Taking extends fc.Arbitrary<null> {
    override generate(random: fc.Random): fc.Value<null> {
      randoms.push(random.clone());
      return new fc.Value(null, undefined);
    }
    override canShrinkWithoutContext(_value: unknown): _value is null {
      return false;
    }
    override shrink(): fc.Stream<fc.Value<null>> {
      return fc.Stream.nil();
    }
  }
  fc.sample(new Taking(), { numRuns: 1, seed: 1 });
  return randoms[0]!;
}
