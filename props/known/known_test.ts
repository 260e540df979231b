/**
 * Published models against their published answers. Each model's file names its source.
 *
 * TLC's "states generated" count the initial states too, so they are those of ours plus the starts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { explore } from "../../lockstep/explore/mod.ts";
import type { AnyCommand, Machine } from "../../lockstep/machine.ts";
import { abstractLock } from "./abstract_lock.ts";
import { alternatingBit } from "./alternating_bit.ts";
import { barrier, twoGates } from "./barrier.ts";
import { dekker } from "./dekker.ts";
import { dieHard } from "./die_hard.ts";
import { handedForks, leftForkFirst } from "./dining_philosophers.ts";
import { peterson } from "./peterson.ts";
import { readersWriters } from "./readers_writers.ts";
import { slotRing } from "./slot_ring.ts";
import { twoPhaseCommit } from "./two_phase_commit.ts";

interface Answer {
  readonly states: number;
  /** Steps and starts. */
  readonly generated: number;
  readonly depth: number;
  readonly exhausted?: boolean;
  /** Kind, property and number of steps of each violation. */
  readonly violations?: readonly string[];
  readonly vacuous?: readonly string[];
  readonly undecided?: readonly string[];
}

function check<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  expected: Answer,
): void {
  const result = explore(machine);
  const boundedSteps = result.cuts.reduce((sum, { count }) => sum + count, 0);
  const answer: Answer = {
    states: result.states,
    generated: result.transitions + boundedSteps + machine.starts.length,
    depth: result.depth,
    exhausted: result.exhausted,
    violations: result.violations.map(({ kind, property, trace }) =>
      `${kind} ${property} ${trace.steps.length}`
    ),
    vacuous: result.vacuous,
    undecided: result.undecided,
  };
  assertEquals(answer, { exhausted: true, violations: [], vacuous: [], undecided: [], ...expected });
}

// With 3 managers, TLC reports 288 states, 1,146 generated, depth 11.
for (const managers of [3, 5, 7, 8]) {
  const states = 2 ** managers + 4 ** managers + 6 ** managers;
  const [generated, orbits, orbitSteps] = {
    3: [1_146, 80, 318],
    5: [58_146, 314, 2_048],
    7: [2_744_706, 920, 8_410],
    8: [18_507_778, 1_461, 15_287],
  }[managers]!;
  const depth = 3 * managers + 2;

  Deno.test(`twoPhaseCommit with ${managers} managers has the states of its closed form`, () => {
    check(twoPhaseCommit(managers), { states, generated: generated!, depth });
  });

  Deno.test(`twoPhaseCommit with ${managers} managers up to their order has the orbits of its closed form, which stand for all states`, () => {
    const choose = (n: number, k: number): number => k === 0 ? 1 : choose(n - 1, k - 1) * n / k;
    assertEquals(orbits, choose(managers + 3, 3) + managers + 1 + choose(managers + 5, 5));
    const symmetric = twoPhaseCommit(managers, { symmetric: true });
    check(symmetric, { states: orbits!, generated: orbitSteps!, depth });
    assertEquals(explore(symmetric).representedStates, states);
  });
}

Deno.test("slotRing with 8 slots, cursors modulo 64 and 3 readers has Spin's 723,008 states", () => {
  check(slotRing({ slots: 8, modulus: 64, readers: 3 }), {
    states: 723_008,
    generated: 3_621_633,
    depth: 348,
  });
});

Deno.test("peterson has TLC's 42 states, keeps one out, and starves nobody under weak fairness", () => {
  check(peterson([0, 1]), { states: 42, generated: 77, depth: 11 });
});

Deno.test("peterson lets both wait for ever when one of them need not move", () => {
  const result = explore(peterson([0]));
  const waits = result.violations.map((
    { property, trace },
  ) => [property, trace.loopsTo === trace.steps.length]);
  assertEquals(waits, [["process 0 gets in", true], ["process 1 gets in", false]]);
});

Deno.test("dekker keeps one out and starves nobody under weak fairness", () => {
  check(dekker(), { states: 122, generated: 231, depth: 24 });
});

Deno.test("dekker without withdrawing waits for itself, as Dijkstra's second attempt", () => {
  check(dekker({ polite: false }), {
    states: 48,
    generated: 83,
    depth: 13,
    violations: ["deadlock deadlock 4", "leadsTo process 0 gets in 4", "leadsTo process 1 gets in 4"],
  });
});

Deno.test("dieHard has TLC's 16 states and its answer in 6 steps", () => {
  check(dieHard, {
    states: 16,
    generated: 97,
    depth: 8,
    violations: ["always the big jug never holds 4 gallons 6"],
  });
});

/** Counts the words around a table over thinks, has the left fork, eats, where "thinks" follows "eats", and moves. */
function tables(philosophers: number): { readonly states: number; readonly steps: number } {
  let states = 0;
  let steps = 0;
  for (let code = 0; code < 3 ** philosophers; code++) {
    const word = Array.from({ length: philosophers }, (_, at) => Math.floor(code / 3 ** at) % 3);
    const after = word.map((_, at) => word[(at + 1) % philosophers]!);
    if (word.some((what, at) => what === 2 && after[at] !== 0)) continue;
    states++;
    const takesLeft = after.filter((what, at) => what === 0 && word[at] !== 2).length;
    const takesRight = word.filter((what, at) => what === 1 && after[at] === 0).length;
    steps += takesLeft + takesRight + word.filter((what) => what === 2).length;
  }
  return { states, steps };
}

for (const philosophers of [2, 3, 5, 8]) {
  Deno.test(`leftForkFirst with ${philosophers} philosophers has its closed form and its one deadlock`, () => {
    const { states, steps } = tables(philosophers);
    check(leftForkFirst(philosophers), {
      states,
      generated: steps + 1,
      depth: philosophers + 1,
      violations: [`deadlock deadlock ${philosophers}`],
    });
  });
}

Deno.test("handedForks has TLC's 67 states and starves nobody under weak fairness", () => {
  check(handedForks(5), { states: 67, generated: 336, depth: 29 });
});

Deno.test("readersWriters has TLC's 21,527 states and lets a waiting writer write", () => {
  check(readersWriters(3), { states: 21_527, generated: 59_674, depth: 13 });
});

Deno.test("alternatingBit with TLC's constraint has its 240 states, and leaves liveness undecided", () => {
  const undecided = ["a sent 0 arrives", "a sent 1 arrives"].map((name) =>
    `leadsTo "${name}": not decided, because the search did not follow every edge`
  );
  check(alternatingBit({ whenFull: "cut", arriving: "strong" }), {
    states: 240,
    generated: 1_392,
    depth: 10,
    exhausted: false,
    undecided,
  });
});

Deno.test("alternatingBit delivers when arriving is strongly fair, and need not when it is weakly fair", () => {
  check(alternatingBit({ whenFull: "lose", arriving: "strong" }), {
    states: 264,
    generated: 1_552,
    depth: 10,
  });
  const { violations } = explore(alternatingBit({ whenFull: "lose", arriving: "weak" }));
  assertEquals(violations.map(({ property }) => property), ["a sent 0 arrives", "a sent 1 arrives"]);
  for (const { trace } of violations) {
    const around = trace.steps.slice(trace.loopsTo!).map(({ command }) => command?.kind);
    assertEquals(around.some((kind) => kind === "loseMessage" || kind === "loseAcknowledgement"), true);
  }
});

Deno.test("barrier has TLC's 64 states for 6 processes, and lets who has come leave", () => {
  check(barrier(6), { states: 64, generated: 194, depth: 7 });
});

Deno.test("twoGates has TLC's 29,279 states for 6 processes", () => {
  check(twoGates(6), { states: 29_279, generated: 104_515, depth: 93 });
});

Deno.test("abstractLock has TLC's 12 states and lets everyone in under strong fairness only", () => {
  check(abstractLock("strong"), { states: 12, generated: 21, depth: 5 });
  check(abstractLock("weak"), {
    states: 12,
    generated: 21,
    depth: 5,
    violations: ["leadsTo process 0 gets in 5"],
  });
  check(abstractLock("none"), {
    states: 12,
    generated: 21,
    depth: 5,
    violations: ["leadsTo process 0 gets in 1"],
  });
});
