import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import type { Independence, Machine } from "../../machine.ts";
import { derivedIndependence } from "./derived_independence.ts";
import type { ExploreOptions } from "../exploration.ts";
import { explore } from "../explore.ts";

/** One instruction of a process. Each changes the process's place, and the variable at most. */
type Instruction =
  | { readonly kind: "set" | "await"; readonly variable: number; readonly value: number }
  | { readonly kind: "add"; readonly variable: number }
  | { readonly kind: "guess"; readonly variable: number; readonly from: number }
  | { readonly kind: "local" }
  | { readonly kind: "repeat"; readonly to: number };

interface Programs {
  at: number[];
  variables: number[];
}

interface Advance {
  readonly kind: "advance";
  readonly process: number;
}

type ProgramMachine = Machine<Programs, Advance, null>;

/** Processes that run programs over three shared variables from 0 to 2. */
function programs(
  processes: readonly (readonly Instruction[])[],
  change: Partial<ProgramMachine> = {},
): ProgramMachine {
  return {
    name: "programs",
    schema: {
      state: z.strictObject({
        at: z.array(z.int().min(0).max(9)).length(processes.length),
        variables: z.array(z.int().min(0).max(2)).length(3),
      }),
      command: z.strictObject({ kind: z.literal("advance"), process: z.int() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: processes.map((_, process) => ({ kind: "advance" as const, process })),
    initial: () => ({ at: processes.map(() => 0), variables: [0, 0, 0] }),
    step(state, { process }, world) {
      const instruction = processes[process]![state.at[process]!];
      if (instruction === undefined) return undefined;
      const { variables } = state;
      if (instruction.kind === "await" && variables[instruction.variable] !== instruction.value) {
        return undefined;
      }
      state.at[process]!++;
      switch (instruction.kind) {
        case "set":
          variables[instruction.variable] = instruction.value;
          return null;
        case "add":
          variables[instruction.variable] = (variables[instruction.variable]! + 1) % 3;
          return null;
        case "guess":
          variables[instruction.variable] = (instruction.from + world.choose(2)) % 3;
          return null;
        case "repeat":
          state.at[process] = instruction.to;
          return null;
        case "await":
        case "local":
          return null;
      }
    },
    always: {},
    sometimes: {},
    done: ({ at }) => at.every((place, process) => place === processes[process]!.length),
    outcome: ({ variables }) => [...variables],
    actor: ({ process }) => `process ${process}`,
    ...change,
  };
}

/** The variables that an instruction looks at or changes. */
function touched(instruction: Instruction | undefined): number[] {
  return instruction !== undefined && "variable" in instruction ? [instruction.variable] : [];
}

/** What can be read off the programs: two processes depend on each other where they touch the same variable. */
function declared(
  processes: readonly (readonly Instruction[])[],
  watched: readonly number[] = [],
): Independence<Programs, Advance> {
  const next = ({ at }: { readonly at: readonly number[] }, { process }: Advance) =>
    processes[process]![at[process]!];
  const ends = ({ at }: { readonly at: readonly number[] }, { process }: Advance) => {
    const instruction = processes[process]![at[process]!];
    const place = instruction?.kind === "repeat" ? instruction.to : at[process]! + 1;
    return place === processes[process]!.length;
  };
  return {
    independent: (state, first, { process }) =>
      touched(next(state, first)).every((variable) =>
        !processes[process]!.some((each) => touched(each).includes(variable))
      ),
    // A step to the end of a process may end the program, and with that its outcome is seen.
    visible: (state, command) =>
      ends(state, command) || touched(next(state, command)).some((variable) => watched.includes(variable)),
    unlocks: (state, { process }, blocked) =>
      touched(next(state, blocked)).some((variable) =>
        processes[process]!.some((each) => touched(each).includes(variable))
      ),
  };
}

/** With a last step that touches nothing, so that only that one may end the program. */
const trailing = (processes: readonly (readonly Instruction[])[]): Instruction[][] =>
  processes.map((program) => [...program, { kind: "local" }]);

const numbered = (value: unknown): string => JSON.stringify(value);

/** Everything that reduction promises to keep. */
function kept<State, Command extends { readonly kind: string }, Reply, Start>(
  machine: Machine<State, Command, Reply, Start>,
  options: ExploreOptions,
): unknown {
  const { violations, outcomes, vacuous, exhausted, stoppedBy } = explore(machine, {
    liveness: false,
    ...options,
  });
  return {
    violated: violations.map(({ kind, property }) => `${kind} ${property}`).sort(),
    outcomes: outcomes.map(numbered).sort(),
    vacuous: [...vacuous].sort(),
    exhausted,
    stoppedBy,
  };
}

/** Checks the declaration in every reachable state. */
const falseDeclarations = (machine: ProgramMachine): string[] =>
  explore(machine, { reduction: "check" }).violations
    .filter(({ kind }) => kind === "independence").map(({ detail }) => detail);

Deno.test("explore with reduction takes local steps in one order only", () => {
  const processes = [0, 1, 2, 3].map(() => [1, 2, 3, 4, 5].map(() => ({ kind: "local" as const })));
  const machine = programs(processes, { independence: declared(processes) });
  const [full, reduced] = [explore(machine), explore(machine, { reduction: true })];
  assertEquals(full.states, 6 ** 4);
  assertEquals([full.reduction, reduced.reduction], [false, true]);
  assert(reduced.states * 20 < full.states, `${reduced.states} states`);
  assertEquals(kept(machine, { reduction: true }), kept(machine, {}));
  assertEquals(falseDeclarations(machine), []);
});

Deno.test("explore with reduction does not put a step off for ever while another goes round", () => {
  // Always taking the first process, whose steps are local, would never get to the second one.
  const processes: Instruction[][] = [
    [{ kind: "local" }, { kind: "repeat", to: 0 }],
    [{ kind: "add", variable: 0 }, { kind: "add", variable: 0 }],
  ];
  const machine = programs(processes, {
    always: { "below 2": ({ variables }) => variables[0]! < 2 },
    independence: { ...declared(processes, [0]), visible: (_, { process }) => process === 1 },
  });
  assertEquals(falseDeclarations(machine), []);
  const result = explore(machine, { reduction: true });
  assertEquals(result.violations.map(({ property }) => property), ["below 2"]);
});

Deno.test("explore with reduction sees that a later step of a command will matter", () => {
  // The second does not touch variable 1 next, but after that: the first alone would lose the order 1, 2.
  const processes = trailing([
    [{ kind: "set", variable: 1, value: 1 }],
    [{ kind: "set", variable: 0, value: 1 }, { kind: "set", variable: 1, value: 2 }],
  ]);
  const machine = programs(processes, { independence: declared(processes) });
  assertEquals(falseDeclarations(machine), []);
  assertEquals(kept(machine, { reduction: true }), kept(machine, {}));
  const wrong = programs(processes, {
    independence: { ...declared(processes), independent: () => true },
  });
  const lost = explore(wrong, { reduction: true });
  assert(lost.outcomes.length < explore(wrong).outcomes.length);
  // The states in which it shows are the ones that were left out, so only checking all of them finds it.
  assertEquals(lost.violations, []);
  assertEquals(falseDeclarations(wrong).map((detail) => detail.includes("the order matters")), [true]);
});

Deno.test("explore with reduction sees that a command which is not possible yet will matter", () => {
  // The second touches the same variable as the first, but is blocked until the third, which touches another one.
  const processes = trailing([
    [{ kind: "set", variable: 1, value: 1 }],
    [{ kind: "await", variable: 0, value: 1 }, { kind: "set", variable: 1, value: 2 }],
    [{ kind: "set", variable: 0, value: 1 }],
  ]);
  const machine = programs(processes, { independence: declared(processes) });
  assertEquals(falseDeclarations(machine), []);
  assertEquals(explore(machine, { reduction: true }).outcomes.map(numbered).sort(), ["[1,1,0]", "[1,2,0]"]);
  const wrong = programs(processes, { independence: { ...declared(processes), unlocks: () => false } });
  const lost = explore(wrong, { reduction: true });
  assertEquals(lost.outcomes.map(numbered), ["[1,2,0]"]);
  assert(
    lost.violations.some(({ detail }) => detail.includes("is declared not to unlock the second, but does")),
  );
});

Deno.test("explore with reduction notices a promise that tells a command apart which is declared not visible", () => {
  const processes: Instruction[][] = [[{ kind: "local" }, { kind: "local" }], [{ kind: "local" }]];
  const machine = programs(processes, {
    always: { "the second is not first": ({ at }) => at[0]! > 0 || at[1] === 0 },
    independence: { ...declared(processes), visible: () => false },
  });
  const found = explore(machine, { reduction: true }).violations.find(({ kind }) => kind === "independence")!;
  assertStringIncludes(found.detail, "is declared not visible, but a promise tells whether it was taken");
  assertEquals(found.trace.steps.length, 1);
  assert(falseDeclarations(machine).length > 0);
});

Deno.test("explore with reduction leaves promises about steps and progress undecided", () => {
  const processes: Instruction[][] = [[{ kind: "local" }], [{ kind: "local" }]];
  const machine = programs(processes, {
    independence: declared(processes),
    everyStep: { "forward": { when: () => false, then: () => true } },
    someStep: { "back": () => false },
    leadsTo: { "ends": { from: () => true, to: ({ at }) => at[0] === 1 } },
  });
  const { undecided, vacuous, violations } = explore(machine, { reduction: true });
  const why = "not decided, because orders of commands were left out";
  assertEquals(undecided, [
    `everyStep "forward": ${why}`,
    `someStep "back": ${why}`,
    `leadsTo "ends": ${why}`,
  ]);
  assertEquals([vacuous, violations], [[], []]);
});

Deno.test("explore with reduction refuses what it can not reduce soundly", () => {
  const machine = programs([[]]);
  assertThrows(() => explore(machine, { reduction: true }), RangeError, "it declares no independence");
  const symmetric = { ...machine, independence: declared([[]]), canonical: () => undefined };
  assertThrows(
    () => explore(symmetric, { reduction: true }),
    RangeError,
    "can not be combined with symmetry",
  );
  assertEquals(explore(symmetric, { reduction: true, symmetry: false }).states, 1);
});

const variable = fc.nat(2);
const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({ kind: fc.constantFrom("set" as const, "await" as const), variable, value: fc.nat(2) }),
  fc.record({ kind: fc.constant("add" as const), variable }),
  fc.record({ kind: fc.constant("guess" as const), variable, from: fc.nat(2) }),
  fc.constant({ kind: "local" as const }),
  fc.record({ kind: fc.constant("repeat" as const), to: fc.nat(2) }),
);
const scene = fc.record({
  programs: fc.array(fc.array(instruction, { maxLength: 3 }), { minLength: 2, maxLength: 4 }),
  forbidden: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(4)),
});

Deno.test("explore with reduction keeps verdicts and outcomes of random programs", () => {
  let saved = 0;
  let violated = 0;
  let deadlocked = 0;
  fc.assert(
    fc.property(scene, ({ programs: given, forbidden: [variable, value, other, place] }) => {
      const processes = trailing(given);
      const plain = programs(processes, {
        always: {
          "no forbidden value": {
            when: ({ at }) => at[0] === place,
            then: ({ variables }) => variables[variable] !== value || variables[other] !== value,
          },
        },
        sometimes: { "the last value": ({ variables }) => variables[other] === 2 },
      });
      const expected = kept(plain, {}) as { readonly violated: readonly string[] };
      const states = explore(plain).states;
      if (expected.violated.includes("always no forbidden value")) violated++;
      if (expected.violated.includes("deadlock deadlock")) deadlocked++;
      for (
        const independence of [
          { ...declared(processes), visible: () => true },
          // Watches the places of the first process and all variables that a promise names.
          {
            ...declared(processes, [variable, other]),
            visible: (state: never, command: Advance) =>
              command.process === 0 || declared(processes, [variable, other]).visible(state, command),
          },
          derivedIndependence(plain),
        ]
      ) {
        const machine = { ...plain, independence };
        assertEquals(falseDeclarations(machine), []);
        assertEquals(kept(machine, { reduction: true }), expected);
        if (explore(machine, { reduction: true }).states < states) saved++;
      }
    }),
    { numRuns: 80, seed: 3 },
  );
  assert(saved > 30 && violated > 10 && deadlocked > 10, `${saved} ${violated} ${deadlocked}`);
});
