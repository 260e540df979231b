import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { examplePool } from "../drive/example_pool.ts";
import type { AnyMachine, Machine } from "../machine.ts";
import { TourGraph } from "./graph.ts";
import { Route } from "./route.ts";

const limits = { maximumStates: 1000, maximumTicks: 1000, until: Infinity };

type Hop = { readonly kind: "hop"; readonly way: number };

/** A machine whose state is a place; `to[place][way]` is the next one, -1 = there is no such way. */
function places(to: readonly (readonly number[])[], starts: readonly number[]): AnyMachine {
  const most = Math.max(...to.map((ways) => ways.length));
  const machine: Machine<{ place: number }, Hop, "hopped", number> = {
    name: "places",
    schema: {
      state: z.strictObject({ place: z.int().min(0).max(to.length - 1) }),
      command: z.strictObject({ kind: z.literal("hop"), way: z.int().min(0).max(most) }),
      reply: z.literal("hopped"),
      start: z.int().min(0).max(to.length - 1),
    },
    starts,
    commands: Array.from({ length: most }, (_, way): Hop => ({ kind: "hop", way })),
    initial: (place) => ({ place }),
    step(state, { way }) {
      const next = to[state.place]![way] ?? -1;
      if (next < 0) return undefined;
      state.place = next;
      return "hopped";
    },
    always: {},
    sometimes: {},
    actor: () => "frog",
  };
  return machine as AnyMachine;
}

const someGraph: fc.Arbitrary<TourGraph> = fc.integer({ min: 1, max: 9 }).chain((count) =>
  fc.tuple(
    fc.array(fc.array(fc.integer({ min: -1, max: count - 1 }), { minLength: 1, maxLength: 4 }), {
      minLength: count,
      maxLength: count,
    }),
    fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { minLength: 1, maxLength: 2 }),
  )
).map(([to, starts]) => new TourGraph(places(to, starts), limits));

/** Follows the walks as an implementation would; how often each pair was taken. */
function follow(graph: TourGraph, route: Route, longest: number): number[] {
  const taken = new Array<number>(graph.pairs).fill(0);
  for (const { from, steps } of route.ways(longest)) {
    let here = from;
    assert(graph.initial.some(({ state }) => state === here), "a walk begins at a start");
    for (const { pair, edge } of steps) {
      assert(graph.pairsFrom(here) <= pair && pair < graph.pairsFrom(here + 1), "a command of this state");
      taken[pair]!++;
      here = graph.target(edge);
    }
  }
  return taken;
}

/**
 * The commands of the cheapest tour, worked out another way: one walk at a time is led from where walks end, or from
 * a start, to where they are missing, on the way that adds least (Bellman and Ford's relaxation).
 */
function cheapest(graph: TourGraph): number {
  const edges: { from: number; to: number; times: number }[] = [];
  const owed = new Array<number>(graph.states).fill(0);
  for (let from = 0; from < graph.states; from++) {
    for (let pair = graph.pairsFrom(from); pair < graph.pairsFrom(from + 1); pair++) {
      const to = graph.target(graph.edgesFrom(pair));
      edges.push({ from, to, times: 0 });
      owed[from]!++;
      owed[to]!--;
    }
  }
  const starts = new Set(graph.initial.map(({ state }) => state));
  while (owed.some((walks) => walks > 0)) {
    const price = owed.map((walks, state) => starts.has(state) || walks < 0 ? 0 : Infinity);
    const by = new Array<{ edge: number; back: boolean } | undefined>(graph.states).fill(undefined);
    for (let changed = true; changed;) {
      changed = false;
      edges.forEach(({ from, to, times }, edge) => {
        if (price[from]! + 1 < price[to]!) {
          [price[to], by[to], changed] = [price[from]! + 1, { edge, back: false }, true];
        }
        if (times > 0 && price[to]! - 1 < price[from]!) {
          [price[from], by[from], changed] = [price[to]! - 1, { edge, back: true }, true];
        }
      });
    }
    const wanting = owed.flatMap((walks, state) => walks > 0 ? [state] : []);
    const goal = wanting.reduce((best, state) => price[state]! < price[best]! ? state : best);
    let at = goal;
    for (let step = by[at]; step !== undefined; step = by[at]) {
      const edge = edges[step.edge]!;
      edge.times += step.back ? -1 : 1;
      at = step.back ? edge.to : edge.from;
    }
    if (owed[at]! < 0) owed[at]!++;
    owed[goal]!--;
  }
  return edges.reduce((sum, { times }) => sum + 1 + times, 0);
}

Deno.test("Route covers every pair of any graph in as few commands as the cheapest tour", () => {
  let repeated = 0;
  fc.assert(
    fc.property(someGraph, (graph) => {
      const route = new Route(graph, Infinity);
      const taken = follow(graph, route, 1_000);
      const commands = taken.reduce((sum, times) => sum + times, 0);
      assert(taken.every((times) => times >= 1));
      assertEquals([route.fewest, route.commands, commands], [true, cheapest(graph), commands]);
      if (commands > graph.pairs) repeated++;
    }),
    { numRuns: 500 },
  );
  assert(repeated > 100, `only ${repeated} graphs need repeats`);
});

Deno.test("Route cuts long walks and comes back to where it cut them", () => {
  let cut = 0;
  fc.assert(
    fc.property(someGraph, fc.integer({ min: 1, max: 6 }), (graph, longest) => {
      const route = new Route(graph, Infinity);
      assert(follow(graph, route, longest).every((times) => times >= 1));
      for (const { steps } of route.ways(longest)) {
        const wayBack = Math.max(...Array.from({ length: graph.states }, (_, state) => graph.depth(state)));
        assert(steps.length <= wayBack + longest);
      }
      if ([...route.ways(longest)].length > [...route.ways(1_000)].length) cut++;
    }),
    { numRuns: 300 },
  );
  assert(cut > 100, `only ${cut} routes were cut`);
});

Deno.test("Route covers every pair also when there is no time to plan, and does not say that it is the cheapest", () => {
  const hub = [[1, 2, 3], [4, -1, -1], [4, -1, -1], [4, -1, -1], [5, -1, -1], [-1, 4, -1]];
  const graph = new TourGraph(places(hub, [0]), limits);
  const hurried = new Route(graph, -Infinity);
  assert(follow(graph, hurried, 100).every((times) => times >= 1));
  assertEquals([hurried.fewest, hurried.commands >= new Route(graph, Infinity).commands], [false, true]);
});

Deno.test("Route refuses a graph in which a command may lead to several states", () => {
  const loose = new TourGraph(examplePool(3, { loose: true }), limits);
  assertThrows(() => new Route(loose, Infinity), RangeError, "a command may lead to several states");
});
