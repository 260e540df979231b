/**
 * The driver and the tour of this suite, on one bug.
 *
 * @module
 */
import { asTarget } from "../../lockstep/drive/as_target.ts";
import { lockstep } from "../../lockstep/drive/lockstep.ts";
import type { Sides } from "../../lockstep/drive/run_case.ts";
import type { AnyMachine } from "../../lockstep/machine.ts";
import { minimal, type Minimality } from "../../lockstep/minimal/minimal.ts";
import { tour } from "../../lockstep/tour/tour.ts";
import { type Attempt, mostCommands } from "./plain_commands.ts";
import type { ZooHouse } from "./zoo.ts";

/** The two sides of a bug. */
export function sidesOf(house: ZooHouse, implementation: AnyMachine): Sides {
  return {
    walked: house.model,
    also: [],
    target: asTarget(implementation),
    walk: house.walk,
    limits: { maximumStates: 1024, maximumTicks: 100_000 },
    invariants: false,
  };
}

/** What the search for shorter cases said after shrinking. */
export interface Certified {
  readonly minimality: Minimality;
  readonly length: number;
  readonly runs: number;
  readonly milliseconds: number;
}

/** Searches one bug with the driver; with `certify`, the shorter cases are tried as well, that many at most. */
export async function attemptOurs(
  house: ZooHouse,
  implementation: AnyMachine,
  seed: number,
  cases: number,
  certify = 0,
): Promise<Attempt & { readonly certified?: Certified }> {
  const sides = sidesOf(house, implementation);
  const begun = performance.now();
  const commandsPerCase = 100;
  const most = Math.min(cases, Math.ceil(mostCommands / commandsPerCase));
  const result = await lockstep(sides, { cases: most, commandsPerCase, seed });
  const milliseconds = performance.now() - begun;
  const { finding, commands, refusedDraws } = result;
  const attempt: Attempt = {
    found: finding !== undefined,
    cases: result.cases,
    commands,
    skippedShare: refusedDraws / Math.max(1, commands + refusedDraws),
    symptom: finding?.verdict.kind === "crashed" ? "crashes" : "differs",
    length: finding?.commands.length ?? 0,
    executions: finding?.shrinkRuns ?? 0,
    milliseconds,
  };
  if (finding === undefined || certify === 0) return attempt;
  const before = performance.now();
  const { minimality, finding: best, runs } = await minimal(sides, finding, { maximumRuns: certify });
  const certified = {
    minimality,
    length: best.commands.length,
    runs,
    milliseconds: performance.now() - before,
  };
  return { ...attempt, certified };
}

/** What a tour of one bug took. */
export interface TourAttempt {
  readonly found: boolean;
  readonly commands: number;
  readonly covered: number;
  readonly total: number;
  readonly length: number;
  readonly milliseconds: number;
}

/** Tours the model on the implementation, for a few seconds at most. */
export async function attemptTour(house: ZooHouse, implementation: AnyMachine): Promise<TourAttempt> {
  const begun = performance.now();
  const { finding, commands, covered, total } = await tour(sidesOf(house, implementation), {
    maximumMs: 10_000,
  });
  return {
    found: finding !== undefined,
    commands,
    covered,
    total,
    length: finding?.commands.length ?? 0,
    milliseconds: performance.now() - begun,
  };
}
