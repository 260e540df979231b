import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import type { LeadsTo, Machine } from "../../machine.ts";
import { explore } from "../explore.ts";

interface Place {
  at: number;
}

interface Command {
  readonly kind: string;
}

type Promise = LeadsTo<Place, Command>;

/** Edges by state, then by command: where one can get to. */
type Graph = readonly Readonly<Record<string, readonly number[]>>[];

/** A graph as a machine that starts in state 0. */
function graphMachine(graph: Graph, promise: Promise): Machine<Place, Command, null> {
  const kinds = [...new Set(graph.flatMap((edges) => Object.keys(edges)))].sort();
  return {
    name: "graph",
    schema: {
      state: z.strictObject({ at: z.int().min(0).max(graph.length - 1) }),
      command: z.strictObject({ kind: z.string() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: kinds.map((kind) => ({ kind })),
    initial: () => ({ at: 0 }),
    step(state, { kind }, world) {
      const targets = graph[state.at]![kind] ?? [];
      if (targets.length === 0) return undefined;
      state.at = targets[world.choose(targets.length)]!;
      return null;
    },
    always: {},
    sometimes: {},
    done: () => true,
    leadsTo: { kept: promise },
    actor: ({ kind }) => kind,
  };
}

/** From `from`, state `to` is reached. */
const reaches = (from: number, to: number, fair: Pick<Promise, "weak" | "strong"> = {}): Promise => ({
  from: ({ at }) => at === from,
  to: ({ at }) => at === to,
  ...fair,
});

/** The states of the violating run with a bar before the cycle, or "kept". */
function verdict(graph: Graph, promise: Promise): string {
  const [violation] = explore(graphMachine(graph, promise)).violations;
  if (violation === undefined) return "kept";
  const { steps, loopsTo } = violation.trace;
  const states = [0, ...steps.map(({ state }) => state!.at)];
  return [states.slice(0, loopsTo! + 1).join(" "), states.slice(loopsTo! + 1).join(" ")].join(" | ");
}

Deno.test("leadsTo without fairness fails by stopping where the promise is made", () => {
  assertEquals(verdict([{ go: [1] }, { go: [2] }, {}], reaches(1, 2)), "0 1 | ");
});

Deno.test("leadsTo finds the run that stops in a state without moves", () => {
  assertEquals(verdict([{ go: [1, 2] }, {}, {}], reaches(0, 1, { strong: ["go"] })), "0 2 | ");
});

Deno.test("leadsTo finds a cycle that avoids the promise", () => {
  const graph: Graph = [{ go: [1, 3] }, { go: [2] }, { go: [1] }, {}];
  assertEquals(verdict(graph, reaches(0, 3, { weak: ["go"] })), "0 1 | 2 1");
});

Deno.test("leadsTo does not mistake two paths that join for a cycle", () => {
  const graph: Graph = [{ left: [1], right: [2] }, { on: [3] }, { on: [3] }, { on: [4] }, {}];
  assertEquals(verdict(graph, reaches(0, 4, { weak: ["left", "right", "on"] })), "kept");
});

Deno.test("leadsTo sees a cycle behind a state that a kept path has visited", () => {
  // State 3 is first seen on the path through 1 where the promise is kept already.
  const graph: Graph = [{ a: [1], b: [2] }, { c: [3] }, { c: [3] }, { c: [2] }];
  const promise = reaches(0, 1, { weak: ["a", "b", "c"] });
  assertEquals(verdict(graph, promise), "0 2 | 3 2");
});

Deno.test("leadsTo lets weak fairness end a wait, and strong fairness end a repeated one", () => {
  const waiting: Graph = [{ idle: [0], go: [1] }, {}];
  assertEquals(verdict(waiting, reaches(0, 1)), "0 | ");
  assertEquals(verdict(waiting, reaches(0, 1, { weak: ["go"] })), "kept");
  const flickering: Graph = [{ flip: [1], go: [2] }, { flip: [0] }, {}];
  assertEquals(verdict(flickering, reaches(0, 2, { weak: ["go", "flip"] })), "0 | 1 0");
  assertEquals(verdict(flickering, reaches(0, 2, { strong: ["go"], weak: ["flip"] })), "kept");
});

Deno.test("leadsTo does not report an unfair cycle inside a fair component", () => {
  // Around 0 and 1 alone starves "out"; through 2 it is taken, and the promise fails fairly.
  const graph: Graph = [{ on: [1] }, { on: [0], out: [2] }, { on: [0] }, {}];
  assertEquals(verdict(graph, reaches(0, 3, { strong: ["out"], weak: ["on"] })), "0 | 1 2 0");
});

Deno.test("leadsTo searches a starved component again without the states that starve it", () => {
  // The whole component 0 1 2 starves "out" of state 2, but around 0 and 1 it is never possible.
  const graph: Graph = [{ on: [1] }, { on: [0, 2] }, { on: [0], out: [3] }, {}];
  assertEquals(verdict(graph, reaches(0, 3, { strong: ["out"], weak: ["on"] })), "0 | 1 0");
});

Deno.test("leadsTo shows a lasso with the shortest stem and then the shortest fair cycle", () => {
  const graph: Graph = [
    { a: [1, 4] },
    { a: [2] },
    { a: [3] },
    { a: [1] },
    { a: [5] },
    { a: [4, 6] },
    { b: [4] },
    {},
  ];
  assertEquals(verdict(graph, reaches(0, 7, { weak: ["a"] })), "0 1 | 2 3 1");
  assertEquals(verdict(graph, reaches(0, 7, { strong: ["a", "b"] })), "0 1 | 2 3 1");
  assertEquals(verdict(graph, { ...reaches(4, 7), strong: ["b"], weak: ["a"] }), "0 4 | 5 4");
});

Deno.test("leadsTo owes nothing where the promise is made and kept at once, and says when it never was made", () => {
  const graph: Graph = [{ go: [0] }, {}];
  assertEquals(verdict(graph, reaches(0, 0)), "kept");
  const { vacuous } = explore(graphMachine(graph, reaches(1, 0)));
  assertEquals(vacuous, [`antecedent never held: leadsTo "kept"`]);
});

Deno.test("leadsTo is not decided when a limit cut edges, but a run that was seen whole still counts", () => {
  const long: Graph = [...Array.from({ length: 9 }, (_, at) => ({ go: [at + 1] })), {}];
  const cut = explore(graphMachine(long, reaches(0, 9, { weak: ["go"] })), { maximumStates: 5 });
  assertEquals(cut.violations, []);
  assertEquals(cut.undecided, [`leadsTo "kept": not decided, because the search did not follow every edge`]);
  const early: Graph = [{ go: [1], stay: [0] }, ...long.slice(1)];
  const seen = explore(graphMachine(early, reaches(0, 9)), { maximumDepth: 3 });
  assertEquals([seen.undecided, seen.violations.length], [[], 1]);
});

Deno.test("leadsTo is not decided, and no run is made up, where a step led to no state", () => {
  const machine = graphMachine([{ a: [1] }, { a: [2] }, { a: [3] }, {}], reaches(1, 3, { weak: ["a"] }));
  const said = (change: Partial<typeof machine>): unknown => {
    const { violations, undecided } = explore({ ...machine, ...change });
    return [violations.map(({ kind, property }) => `${kind} ${property}`), undecided];
  };
  const undecided = ['leadsTo "kept": not decided, because the search did not follow every edge'];
  const fails = ({ at }: Place): undefined => {
    if (at === 2) throw new Error("no");
    return undefined;
  };
  assertEquals(said({}), [[], []]);
  // The step to 2 is possible, though there is no way on: whoever is fair takes it.
  assertEquals(said({ canonical: fails }), [["crashed canonical"], undecided]);
  // What nobody has seen may owe something.
  const late = { kept: reaches(3, 4, { weak: ["a"] }) };
  assertEquals(said({ canonical: fails, leadsTo: late }), [["crashed canonical"], undecided]);
  const step: typeof machine.step = (state, command, world) => {
    fails(state);
    return machine.step(state, command, world);
  };
  assertEquals(said({ step, leadsTo: late }), [["crashed a"], undecided]);
});

Deno.test("leadsTo refuses to guess about fair moves that do not exist", () => {
  const { undecided } = explore(graphMachine([{ go: [0] }], reaches(0, 0, { weak: ["run"] })));
  assertEquals(undecided, [`leadsTo "kept": no command or move of this scope is in "run"`]);
});

const kinds = ["a", "b", "c"];

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 5 }).chain((size) =>
  fc.array(
    fc.record(
      Object.fromEntries(
        kinds.map((kind) => [kind, fc.uniqueArray(fc.nat(size - 1), { maxLength: 2 })]),
      ) as Record<string, fc.Arbitrary<number[]>>,
      { noNullPrototype: true },
    ),
    { minLength: size, maxLength: size },
  )
);

/** By definition: a set of states that a run can stay in for ever, visiting all of it, fairly. */
function hasViolation(graph: Graph, promise: Promise): boolean {
  const owed = (at: number) => !promise.to({ at });
  const reachable = closure(graph, [0], () => true);
  const made = [...reachable].filter((at) => promise.from({ at }) && owed(at));
  const region = [...closure(graph, made, owed)];
  for (let subset = 1; subset < 2 ** region.length; subset++) {
    const stays = new Set(region.filter((_, bit) => (subset >> bit & 1) === 1));
    const inside = (at: number) => stays.has(at);
    const connected = [...stays].every((at) => closure(graph, [at], inside).size === stays.size);
    if (!connected) continue;
    const possible = (kind: string, at: number) => (graph[at]![kind] ?? []).length > 0;
    const taken = (kind: string) => [...stays].some((at) => graph[at]![kind]!.some(inside));
    const weakly = (promise.weak ?? []).every((kind) =>
      taken(String(kind)) || [...stays].some((at) => !possible(String(kind), at))
    );
    const strongly = (promise.strong ?? []).every((kind) =>
      taken(String(kind)) || ![...stays].some((at) => possible(String(kind), at))
    );
    if (weakly && strongly) return true;
  }
  return false;
}

function closure(graph: Graph, from: readonly number[], inside: (at: number) => boolean): Set<number> {
  const found = new Set(from);
  for (const at of found) {
    for (const target of Object.values(graph[at]!).flat()) if (inside(target)) found.add(target);
  }
  return found;
}

Deno.test("leadsTo agrees with the definition on random graphs, and each lasso is a fair run", () => {
  const seen = { kept: 0, standing: 0, cycle: 0, obliged: 0 };
  const fairness = fc.subarray(kinds).chain((weak) => fc.subarray(kinds).map((strong) => ({ weak, strong })));
  fc.assert(
    fc.property(graphs, fairness, (graph, fair) => {
      const last = graph.length - 1;
      const promise = reaches(0, last, fair);
      const { violations } = explore(graphMachine(graph, promise));
      assertEquals(violations.length > 0, hasViolation(graph, promise));
      const trace = violations[0]?.trace;
      if (trace === undefined) return void seen.kept++;
      const states = [0, ...trace.steps.map(({ state }) => state!.at)];
      const cycle = states.slice(trace.loopsTo!);
      const taken = trace.steps.slice(trace.loopsTo!).map(({ command }) => command!.kind);
      assertEquals(cycle.at(-1), cycle[0]);
      assert(!states.includes(last));
      trace.steps.forEach(({ command }, at) =>
        assert(
          graph[states[at]!]![command!.kind]!.includes(states[at + 1]!),
          "a step that the graph does not have",
        )
      );
      const possible = (kind: string, at: number) => graph[at]![kind]!.length > 0;
      for (const kind of fair.weak) {
        assert(taken.includes(kind) || cycle.some((at) => !possible(kind, at)), `${kind} is starved`);
      }
      for (const kind of fair.strong) {
        assert(taken.includes(kind) || !cycle.some((at) => possible(kind, at)), `${kind} is starved`);
      }
      if (taken.length === 0) seen.standing++;
      else seen.cycle++;
      if (taken.length > 1 && fair.strong.length > 0) seen.obliged++;
    }),
    { numRuns: 3_000, seed: 7 },
  );
  for (const [label, count] of Object.entries(seen)) assert(count > 20, `${label} was seen ${count} times`);
});

Deno.test("leadsTo goes round a symmetric cycle until the state itself comes back", () => {
  // A token moves around a ring of three; up to rotation nothing ever changes.
  const ring: Machine<{ token: boolean[] }, Command, null> = {
    name: "token-ring",
    schema: {
      state: z.strictObject({ token: z.array(z.boolean()).length(3) }),
      command: z.strictObject({ kind: z.string() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: [{ kind: "pass" }],
    initial: () => ({ token: [true, false, false] }),
    step(state) {
      state.token.unshift(state.token.pop()!);
      return null;
    },
    canonical(state) {
      const first = state.token.indexOf(true);
      const permutation = [0, 1, 2].map((at) => (at + first) % 3);
      state.token = permutation.map((at) => state.token[at]!);
      return permutation;
    },
    always: {},
    sometimes: {},
    leadsTo: { "comes to an end": { from: () => true, to: () => false, weak: ["pass"] } },
    actor: () => "ring",
  };
  const { states, violations } = explore(ring);
  assertEquals([states, violations[0]?.trace.steps.length, violations[0]?.trace.loopsTo], [1, 3, 0]);
  assertEquals(violations[0]?.trace.steps.at(-1)?.state, violations[0]?.trace.initial);
});
