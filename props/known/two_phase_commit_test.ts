import { assertEquals } from "@std/assert";
import { explore } from "../../lockstep/explore/mod.ts";
import { twoPhaseCommit } from "./two_phase_commit.ts";

const figures = (result: ReturnType<typeof explore>) => ({
  states: result.states,
  transitions: result.transitions,
  depth: result.depth,
  exhausted: result.exhausted,
  violations: result.violations.map(({ property }) => property),
  vacuous: result.vacuous,
});

const clean = { exhausted: true, violations: [], vacuous: [] };

/** TLC counts the initial state among the "states generated", these are the steps alone. */
const generated = (count: number): number => count - 1;

const closedForm = (managers: number): number => 2 ** managers + 4 ** managers + 6 ** managers;

Deno.test("twoPhaseCommit with 3 managers has the published state space", () => {
  const result = figures(explore(twoPhaseCommit(3)));
  assertEquals(result, { states: 288, transitions: generated(1_146), depth: 11, ...clean });
  assertEquals(result.states, closedForm(3));
});

Deno.test("twoPhaseCommit with 5 managers has the published state space", () => {
  const result = figures(explore(twoPhaseCommit(5)));
  assertEquals(result, { states: 8_832, transitions: generated(58_146), depth: 17, ...clean });
  assertEquals(result.states, closedForm(5));
});

Deno.test("twoPhaseCommit with 7 managers has the published state space", () => {
  const result = figures(explore(twoPhaseCommit(7)));
  assertEquals(result, { states: 296_448, transitions: generated(2_744_706), depth: 23, ...clean });
});
