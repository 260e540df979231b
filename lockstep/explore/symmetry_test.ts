import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import type { Machine, Permutation, World } from "../machine.ts";
import { explore } from "./explore.ts";
import type { Trace } from "./exploration.ts";

interface Seats {
  levels: number[];
}

interface Command {
  readonly kind: "raise" | "swap";
  readonly seat: number;
}

type SeatMachine = Machine<Seats, Command, number>;

/** Interchangeable counters; the step's reply tells which level was reached. */
function seats(change: Partial<SeatMachine>): SeatMachine {
  return {
    name: "seats",
    schema: {
      state: z.strictObject({ levels: z.array(z.int().min(0).max(3)).length(4) }),
      command: z.strictObject({ kind: z.enum(["raise", "swap"]), seat: z.int() }),
      reply: z.int(),
      start: z.null(),
    },
    starts: [null],
    commands: [0, 1, 2, 3].map((seat) => ({ kind: "raise" as const, seat })),
    initial: () => ({ levels: [0, 0, 0, 0] }),
    step(state, { seat }) {
      if (state.levels[seat] === 3) return undefined;
      return ++state.levels[seat]!;
    },
    canonical(state): Permutation {
      const levels = state.levels;
      const permutation = [0, 1, 2, 3].sort((one, other) => levels[one]! - levels[other]! || one - other);
      state.levels = permutation.map((seat) => levels[seat]!);
      return permutation;
    },
    always: {},
    sometimes: {},
    done: () => true,
    actor: ({ seat }) => `seat ${seat}`,
    ...change,
  };
}

/** Runs the commands of a trace on the machine itself, without symmetry. */
function replay(machine: SeatMachine, { start, steps }: Trace<Seats, Command, number, null>): Seats {
  const world = { choose: () => 0, tick() {} } as unknown as World<number>;
  const state = machine.initial(start, world);
  for (const step of steps) {
    assertEquals(machine.step(state, step.command!, world), step.reply);
    assertEquals(state, step.state);
    assertEquals(step.permutation!.map((seat) => state.levels[seat]), state.levels.toSorted());
  }
  return state;
}

Deno.test("explore counts classes with symmetry and states without", () => {
  const classes = explore(seats({}));
  const states = explore(seats({}), { symmetry: false });
  // Four seats with four levels: 4^4 states, and as many classes as there are multisets of four levels.
  assertEquals([states.states, classes.states], [256, 35]);
  assertEquals([states.depth, states.symmetry, classes.symmetry], [classes.depth, false, true]);
});

Deno.test("explore gives traces that replay without symmetry, permutations included", () => {
  const machine = seats({
    always: { "no two at the top": ({ levels }) => levels.filter((l) => l === 3).length < 2 },
  });
  const [violation] = explore(machine).violations;
  assertEquals(violation?.trace.steps.length, 6);
  assertEquals(replay(machine, violation!.trace).levels.toSorted(), [0, 0, 3, 3]);
});

Deno.test("explore shows a violating step from the state that is really there", () => {
  const top = (levels: readonly number[]) => levels.filter((level) => level === 2).length;
  const machine = seats({
    everyStep: { "at most one on 2": ({ after }) => top(after.levels) < 2 },
    step(state, { seat }) {
      if (top(state.levels) > 1 && state.levels[seat] === 0) throw new Error("crash");
      if (state.levels[seat] === 3) return undefined;
      return ++state.levels[seat]!;
    },
  });
  const { violations } = explore(machine);
  assertEquals(violations.map(({ kind }) => kind), ["everyStep", "crashed"]);
  const [step, crash] = violations.map(({ trace }) => trace.steps);
  assertEquals(top(step!.at(-1)!.state!.levels), 2);
  assertEquals(crash!.at(-2)!.state!.levels[crash!.at(-1)!.command!.seat], 0);
});

Deno.test("explore calls no command never possible that only normal forms refuse", () => {
  const raise = seats({}).step;
  const machine = seats({
    commands: [0, 1, 2, 3].flatMap((seat) => [{ kind: "raise", seat }, { kind: "swap", seat }]),
    // Empties the seat that is fullest, where it is the only one: in normal forms, that is the last one.
    step(state, command, world) {
      if (command.kind === "raise") return raise(state, command, world);
      if (state.levels.filter((level) => level > 0).length !== 1) return undefined;
      if (state.levels[command.seat] === 0) return undefined;
      return state.levels[command.seat] = 0;
    },
  });
  const { vacuous, refusals } = explore(machine);
  assertEquals([vacuous, refusals], [[], []]);
  const never = explore(seats({
    commands: machine.commands,
    step: (state, command, world) => command.kind === "swap" ? undefined : raise(state, command, world),
  }));
  assertEquals([never.vacuous, never.refusals.length], [["never possible: swap"], 4]);
});

Deno.test("explore says when a canonical form is no symmetry", () => {
  // Only the last seat may go beyond 1, so the seats are not interchangeable.
  const machine = seats({
    step(state, { seat }) {
      if (state.levels[seat]! >= (seat === 3 ? 3 : 1)) return undefined;
      return ++state.levels[seat]!;
    },
    always: { "nobody on 2": ({ levels }) => !levels.includes(2) },
  });
  const { violations } = explore(machine);
  const [violation] = violations;
  assert(violation !== undefined);
  assertEquals(violation.kind, "symmetry");
  assertStringIncludes(violation.detail, "does not lead where it led before");
});

Deno.test("explore with symmetry gives ways to situations that replay, the last step included", () => {
  const top = (levels: readonly number[]) => levels.filter((level) => level === 3).length;
  const machine = seats({
    sometimes: { "one at the top": ({ levels }) => top(levels) === 1 },
    someStep: {
      "a second one gets there": ({ before, after }) => top(before.levels) === 1 && top(after.levels) === 2,
    },
  });
  const { witnesses } = explore(machine, { witnesses: true });
  const [one, second] = witnesses.map(({ trace }) => trace);
  assertEquals([one!.steps.length, top(replay(machine, one!).levels)], [3, 1]);
  // The way to a step ends with that step, from the state that is really there.
  const before = replay(machine, { ...second!, steps: second!.steps.slice(0, -1) });
  const { command, reply, state } = second!.steps.at(-1)!;
  assertEquals([second!.steps.length, top(before.levels), top(state!.levels)], [6, 1, 2]);
  assertEquals([machine.step(before, command!, {} as World<number>), before], [reply, state]);
});

Deno.test("explore counts the states for which the classes stand where the machine tells their size", () => {
  const orders = ({ levels }: { readonly levels: readonly number[] }): number => {
    let count = 1;
    levels.forEach((level, seat) => {
      count = count * (seat + 1) / levels.slice(0, seat + 1).filter((other) => other === level).length;
    });
    return count;
  };
  const machine = seats({ classSize: orders });
  assertEquals(explore(machine).representedStates, explore(machine, { symmetry: false }).states);
  assertEquals(explore(machine, { symmetry: false }).representedStates, undefined);
  assertEquals(explore(seats({})).representedStates, undefined);
});

Deno.test("explore with symmetry gives the replies of the states that are really there, also where they are a part of these", () => {
  const machine: Machine<Seats, Command, readonly number[]> = {
    ...seats({}) as unknown as Machine<Seats, Command, readonly number[]>,
    step(state, { seat }) {
      if (state.levels[seat] === 3) return undefined;
      state.levels[seat]!++;
      return state.levels;
    },
    canonical(state): undefined {
      state.levels.sort();
    },
    always: { "nobody at the top": ({ levels }) => !levels.includes(3) },
  };
  const [violation] = explore(machine).violations;
  const steps = violation!.trace.steps.map(({ reply, state }) => [reply, state?.levels]);
  assertEquals(steps.map(([reply]) => reply), [[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]]);
  assertEquals(steps.map(([reply]) => reply), steps.map(([, levels]) => levels));
});

Deno.test("explore with symmetry ends a run that never comes back to where its cycle was entered", () => {
  type Pass = { readonly kind: "pass"; readonly to: number };
  const baton: Machine<{ holder: number }, Pass, null> = {
    name: "baton",
    schema: {
      state: z.strictObject({ holder: z.int().min(0).max(2) }),
      command: z.strictObject({ kind: z.literal("pass"), to: z.int() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: [1, 0, 2].map((to) => ({ kind: "pass", to })),
    initial: () => ({ holder: 2 }),
    step(state, { to }) {
      if (state.holder === to) return undefined;
      state.holder = to;
      return null;
    },
    canonical(state): undefined {
      state.holder = 0;
    },
    always: {},
    sometimes: {},
    leadsTo: { "it is put down": { from: () => true, to: () => false, weak: ["pass"] } },
    actor: () => "runner",
  };
  const [violation] = explore(baton).violations;
  const { steps, loopsTo } = violation!.trace;
  assertEquals([violation!.kind, steps.map(({ state }) => state!.holder), loopsTo], [
    "leadsTo",
    [1, 0, 1],
    1,
  ]);
});
