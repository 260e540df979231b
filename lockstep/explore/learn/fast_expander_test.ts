import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import type { Machine, World } from "../../machine.ts";
import { explore } from "../explore.ts";

interface State {
  n: number;
  flags: boolean[];
  queue: { id: number; on: boolean }[];
  numbers: number[];
  mode: { kind: "idle" } | { kind: "busy"; since: number; parts: boolean[] } | null;
}

interface Command {
  readonly kind: "run";
  readonly at: number;
}

/** Everything that people do to a state, the doubtful included. Each keeps within the schema. */
const edits: Readonly<Record<string, (state: State, world: World<null>) => void>> = {
  "count": (s) => s.n = (s.n + 1) % 6,
  "flip a chosen flag": (s, world) => {
    const at = world.choose(3);
    s.flags[at] = !s.flags[at];
  },
  "flip the flag that n names": (s) => s.flags[s.n % 3] = !s.flags[s.n % 3],
  "push": (s) => void (s.queue.length < 4 && s.queue.push({ id: s.n % 3, on: s.flags[0]! })),
  "shift and read what came": (s) => {
    const first = s.queue.shift();
    if (first !== undefined) s.n = first.id + (first.on ? 3 : 0);
  },
  "pop": (s) => void s.queue.pop(),
  "splice out": (s, world) => void (s.queue.length > 0 && s.queue.splice(world.choose(s.queue.length), 1)),
  "swap": (s) => {
    if (s.queue.length > 1) [s.queue[0], s.queue[1]] = [s.queue[1]!, s.queue[0]!];
  },
  "reverse": (s) => void s.queue.reverse(),
  "sort": (s) => void s.queue.sort((one, other) => one.id - other.id),
  "filter": (s) => s.queue = s.queue.filter(({ on }) => on),
  "map": (s) => s.queue = s.queue.map((item) => ({ ...item, on: !item.on })),
  "rotate": (s) => void (s.queue.length > 0 && s.queue.push(s.queue.shift()!)),
  "change the first": (s) => void (s.queue[0] !== undefined && (s.queue[0].on = !s.queue[0].on)),
  "change what was moved through its old name": (s) => {
    const first = s.queue[0];
    if (first === undefined) return;
    s.queue.push(s.queue.shift()!);
    first.id = 2;
  },
  "store one item twice and change it": (s) => {
    if (s.queue.length < 2) return;
    s.queue[1] = s.queue[0]!;
    s.queue[1]!.id = 1;
  },
  "change what was filtered": (s) => {
    s.queue = s.queue.filter(({ id }) => id > 0);
    if (s.queue[0] !== undefined) s.queue[0].on = true;
  },
  "recognise what was moved": (s) => {
    const first = s.queue[0];
    if (first === undefined) return;
    s.queue.push(s.queue.shift()!);
    if (s.queue.includes(first)) s.n = 2;
  },
  "recognise what was filtered": (s) => {
    const kept = s.queue.filter(({ id }) => id > 0);
    const last = kept.at(-1);
    s.queue = kept;
    s.n = last !== undefined && s.queue.indexOf(last) >= 0 ? 1 : 3;
  },
  "change what was filtered by its old name": (s) => {
    const kept = s.queue.filter(({ id }) => id > 0);
    s.queue = kept;
    if (kept.length > 1) kept.pop();
  },
  "clear numbers": (s) => s.numbers.length = 0,
  "append by spreading": (s) => s.numbers = [...s.numbers, s.n].slice(-3),
  "fill": (s) => void s.numbers.fill(s.n % 2),
  "replace in the middle": (s) => void s.numbers.splice(0, 1, ...s.numbers.slice(0, 1).map((k) => 5 - k)),
  "set the length": (s) => s.numbers.length = Math.min(s.numbers.length, 1),
  "copy within": (s) => void s.numbers.copyWithin(0, 1),
  "be busy": (s) => s.mode = { kind: "busy", since: s.n, parts: [s.flags[1]!, true] },
  "be idle": (s) => s.mode = s.mode?.kind === "busy" ? { kind: "idle" } : null,
  "age": (s) => {
    if (s.mode?.kind === "busy") s.mode.since = (s.mode.since + 1) % 6;
  },
  "copy the mode": (s) => s.mode = s.mode === null ? null : { ...s.mode },
  "assign to the mode": (s) => void (s.mode?.kind === "busy" && Object.assign(s.mode, { since: 0 })),
  "share flags with the mode": (s) => {
    if (s.mode?.kind === "busy") s.mode.parts = [s.flags[0]!, s.flags[2]!];
  },
  "look at everything": (s) => s.n = JSON.stringify(s).length % 6,
  "look at the keys": (s) => s.n = Object.keys(s.queue).length + ("1" in s.numbers ? 1 : 0),
  "write before reading": (s) => {
    s.n = 4;
    s.flags[2] = s.n > 3;
  },
  "clone": (s) => s.queue = structuredClone(s.queue),
  "throw": (s) => {
    if (s.n === 5) throw new Error("five");
  },
  "cut": (s, world) => void (s.queue.length === 4 && world.cut("four are enough")),
  "leave the schema": (s) => void (s.n === 3 && s.flags[1] && (s.n = 6)),
};

const guards: Readonly<Record<string, (state: State) => boolean>> = {
  "always": () => true,
  "below 5": ({ n }) => n < 5,
  "some flag": ({ flags }) => flags.some((flag) => flag),
  "not busy": ({ mode }) => mode?.kind !== "busy",
  "short": ({ queue, numbers }) => queue.length + numbers.length < 5,
  "five in numbers": ({ numbers }) => numbers.includes(5),
};

type Program = readonly { readonly guard: string; readonly edits: readonly string[] }[];

function programMachine(program: Program): Machine<State, Command, null> {
  const small = z.int().min(0).max(5);
  return {
    name: "program",
    schema: {
      state: z.strictObject({
        n: small,
        flags: z.array(z.boolean()).length(3),
        queue: z.array(z.strictObject({ id: z.int().min(0).max(2), on: z.boolean() })).max(4),
        numbers: z.array(small).max(3),
        mode: z.discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("idle") }),
          z.strictObject({ kind: z.literal("busy"), since: small, parts: z.array(z.boolean()).length(2) }),
        ]).nullable(),
      }),
      command: z.strictObject({ kind: z.literal("run"), at: z.int() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: program.map((_, at) => ({ kind: "run", at })),
    initial: () => ({ n: 0, flags: [false, false, true], queue: [], numbers: [1], mode: null }),
    step(state, { at }, world) {
      if (!guards[program[at]!.guard]!(state)) return undefined;
      for (const edit of program[at]!.edits) edits[edit]!(state, world);
      return null;
    },
    always: { "not 4 with a full queue": ({ n, queue }) => n !== 4 || queue.length < 4 },
    sometimes: {},
    done: () => true,
    actor: () => "program",
  };
}

const programs: fc.Arbitrary<Program> = fc.array(
  fc.record({
    guard: fc.constantFrom(...Object.keys(guards)),
    edits: fc.array(fc.constantFrom(...Object.keys(edits)), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 5 },
);

Deno.test("explore finds the same, in the same order, whether steps are looked up or run", () => {
  const used = new Set<string>();
  let large = 0;
  fc.assert(
    fc.property(programs, (program) => {
      const machine = programMachine(program);
      const limits = { maximumStates: 1_500 };
      const { milliseconds: _, memory: __, ...learnt } = explore(machine, { ...limits, learn: "at once" });
      const { milliseconds: ___, memory: ____, ...run } = explore(machine, { ...limits, learn: false });
      assertEquals(learnt, run);
      for (const { edits } of program) edits.forEach((edit) => used.add(edit));
      if (learnt.states > 500) large++;
    }),
    { numRuns: 300, seed: 11 },
  );
  assertEquals(used.size, Object.keys(edits).length);
  assert(large > 10, `${large} programs had more than 500 states`);
});

Deno.test("explore looks up steps in code made from what it has learnt", () => {
  // Enough transitions for code to be made; every value is checked against what running the steps gives.
  const program: Program = [
    { guard: "below 5", edits: ["count"] },
    { guard: "always", edits: ["flip a chosen flag"] },
    { guard: "short", edits: ["push"] },
    { guard: "always", edits: ["shift and read what came"] },
    { guard: "always", edits: ["age"] },
    { guard: "not busy", edits: ["be busy"] },
  ];
  const limits = { maximumStates: 30_000 };
  const learnt = explore(programMachine(program), { ...limits, learn: "at once" });
  const run = explore(programMachine(program), { ...limits, learn: false });
  assert(learnt.transitions > 50_000);
  assertEquals([learnt.states, learnt.transitions, learnt.depth], [run.states, run.transitions, run.depth]);
});

Deno.test("explore finds out a machine whose steps depend on more than the state", () => {
  const program: Program = [
    { guard: "always", edits: ["flip a chosen flag"] },
    { guard: "always", edits: ["push"] },
    { guard: "always", edits: ["shift and read what came"] },
  ];
  const machine = programMachine(program);
  let calls = 0;
  const impure: typeof machine = {
    ...machine,
    commands: [...machine.commands, { kind: "run", at: program.length }],
    step(state, command, world) {
      if (command.at < program.length) return machine.step(state, command, world);
      state.n = calls++ % 6;
      return null;
    },
  };
  const { violations } = explore(impure, { learn: "at once" });
  assert(violations.some(({ kind, property }) => kind === "impure" && property === "run"));
});
