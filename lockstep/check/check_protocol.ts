/**
 * Everything that is known how to do with a protocol, done once: explored, refined, driven, and its known mistakes
 * looked for with every engine. Returns data.
 *
 * @module
 */
import { type Finding, lockstep, type LockstepResult } from "../drive/lockstep.ts";
import type { Sides } from "../drive/run_case.ts";
import { type Exploration, exploreAsync } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import type { Engine, Protocol, Scope } from "../protocol.ts";
import type { Counterexample } from "../report/counterexample.ts";
import type { CheckOptions } from "./check_options.ts";
import { minimal, minimalityWords } from "../minimal/minimal.ts";
import { type BugSummary, findMistakes, minimalLimits } from "./find_mistakes.ts";
import { tour } from "../tour/tour.ts";
import { isLost, type RaceSummary, runRaces } from "./races.ts";
import { refineAsync } from "./refine_async.ts";
import { caseOf, explain, sidesOf, surroundings } from "./sides.ts";

/** An exploration in short. */
export interface ExploreSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Machine.name} of what was explored. */
  readonly machine: string;
  /** Distinct ones, in the normal form of their symmetry class. */
  readonly states: number;
  /** Steps taken, those to known states included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable state was seen. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** How many promises were checked: over states, steps and progress. */
  readonly properties: number;
  /** One for each broken promise, with the length of its shortest trace. */
  readonly violations: readonly {
    readonly kind: string;
    readonly property: string;
    readonly commands: number;
  }[];
  /** Promises over progress that could not be decided although everything was seen, and why. Sentences. */
  readonly undecided: readonly string[];
  /** What was never reached, in sentences: the promises prove less than they seem. */
  readonly vacuous: readonly string[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A refinement in short. */
export interface RefineSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Machine.name} of the mechanism. */
  readonly how: string;
  /** {@link Machine.name} of the specification. */
  readonly what: string;
  /** Distinct pairs of a state of the mechanism and what the specification believes. */
  readonly states: number;
  /** Steps taken by both, those to known pairs included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable pair was seen. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** Answers of the mechanism that the specification forbids, with the length of a shortest trace. */
  readonly violations: readonly {
    readonly property: string;
    readonly detail: string;
    readonly commands: number;
  }[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A run of the driver in short. */
export interface LockstepSummary {
  /** A key of {@link Protocol.scopes}, or several, comma between. */
  readonly scope: string;
  /** {@link Target.name} of what was driven. */
  readonly target: string;
  /** Drives the same cases again, as long as the subject answers the same. */
  readonly seed: number;
  /** Cases that were run; fewer than asked for after a divergence or an interruption. */
  readonly cases: number;
  /** Commands performed in them, epilogues included. */
  readonly commands: number;
  /** Commands by kind, the epilogues left out. */
  readonly performed: Readonly<Record<string, number>>;
  /** Draws that were not possible, and were not performed. */
  readonly refusedDraws: number;
  /** What shrinking took; absent when nothing failed, and for several scopes together. */
  readonly shrinking?: {
    /** Cases that were run. */
    readonly runs: number;
    /** Whether the allowance ended before the candidates did. */
    readonly stopped: boolean;
    /** Commands that repair had to leave out of smaller cases, in all of them together. */
    readonly repairedAway: number;
    /** How often each smaller case was run at most: more than once when the failure is flaky. */
    readonly repetitions: number;
  };
  /** The first of each scope, shrunk; then shorter cases that fail in other ways, one for each way. */
  readonly divergences: readonly Counterexample[];
  /** What is wrong with the walk: the run went on, and proves less than it seems. One sentence each. */
  readonly problems: readonly string[];
  /** In how many cases each label was reached. */
  readonly labels: Readonly<Record<string, number>>;
  /** Labels that no case reached: the run proves less than it seems. */
  readonly unreached: readonly string[];
  /** Wall clock. */
  readonly milliseconds: number;
}

/** A tour in short. */
export interface TourSummary {
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** {@link Target.name} of what was toured. */
  readonly target: string;
  /** Pairs of a state and a command that the real side carried out, of all that are possible. */
  readonly covered: number;
  /** All that are possible. */
  readonly total: number;
  /** The rest, where nothing else stopped the tour: pairs in states to which the real side never led. */
  readonly unreached: number;
  /** Commands performed, those that only lead to the next pair included. */
  readonly commands: number;
  /** Allowed answers that the real side never gave: perhaps the model is looser than it has to be. */
  readonly unseenAnswers: readonly string[];
  /** Why a case could not be run at all, in one sentence. */
  readonly problems: readonly string[];
  /** The first, shrunk; then shorter cases that fail in other ways, one for each way. */
  readonly divergences: readonly Counterexample[];
  /** Why not all pairs are covered, in one sentence; absent when they are. */
  readonly stoppedBy?: string;
  /** Wall clock. */
  readonly milliseconds: number;
}

/** Everything about one protocol. */
export interface ProtocolCheck {
  /** {@link Protocol.name}. */
  readonly name: string;
  /** Of the first scope that says "explore": the mechanism where there is one. Absent when none says so. */
  readonly explore?: ExploreSummary;
  /** Every exploration: the specifications of all scopes that say "explore", then their mechanisms. */
  readonly explorations: readonly ExploreSummary[];
  /** Of all scopes that say "refines" and have a mechanism. */
  readonly refinements: readonly RefineSummary[];
  /** Of all driven scopes together. */
  readonly lockstep?: LockstepSummary;
  /** Each of them alone. */
  readonly scopes: readonly LockstepSummary[];
  /** Of the first scope that says "tour", where the implementation can run. */
  readonly tour?: TourSummary;
  /** Of all scopes that say "tour", where the implementation can run. */
  readonly tours: readonly TourSummary[];
  /** Of real threads at full speed; absent where the protocol has none. */
  readonly races?: readonly RaceSummary[];
  /** The known mistakes, in the protocol's order. */
  readonly bugs: readonly BugSummary[];
  /** What could not run on this machine, and the sentence that says what is missing. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /**
   * No violation, no divergence, no problem, no lost race, nothing vacuous where all was explored, no label unreached, no mistake missed. What
   * was stopped by a limit is not held against it: see `exhausted`, `stoppedBy`, `unfinished` and `skipped`.
   */
  readonly ok: boolean;
}

function propertyCount(machine: AnyMachine): number {
  return [machine.always, machine.everyStep, machine.leadsTo]
    .reduce((count, properties) => count + Object.keys(properties ?? {}).length, 0);
}

/** An exploration without its traces' states. */
export function exploreSummary(
  scope: string,
  machine: AnyMachine,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): ExploreSummary {
  const { states, transitions, depth, exhausted, stoppedBy, undecided, vacuous, milliseconds } = result;
  return {
    scope,
    machine: machine.name,
    states,
    transitions,
    depth,
    exhausted,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    properties: propertyCount(machine),
    violations: result.violations.map(({ kind, property, trace }) => ({
      kind,
      property,
      commands: trace.steps.length,
    })),
    undecided,
    vacuous,
    milliseconds,
  };
}

async function exploreScope(
  scope: string,
  machine: AnyMachine,
  options: CheckOptions,
): Promise<ExploreSummary> {
  const { maximumMs, signal } = options;
  const wishes = { maximumMs, ...(signal === undefined ? {} : { signal }) };
  return exploreSummary(scope, machine, await exploreAsync(machine, wishes));
}

async function refineScope(
  scope: string,
  how: AnyMachine,
  what: AnyMachine,
  options: CheckOptions,
): Promise<RefineSummary> {
  const { maximumMs, signal } = options;
  const result = await refineAsync(how, what, { maximumMs, ...(signal === undefined ? {} : { signal }) });
  const { states, transitions, depth, exhausted, stoppedBy, milliseconds } = result;
  return {
    scope,
    how: how.name,
    what: what.name,
    states,
    transitions,
    depth,
    exhausted,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    violations: result.violations
      .map(({ property, detail, trace }) => ({ property, detail, commands: trace.steps.length })),
    milliseconds,
  };
}

function together(parts: readonly LockstepSummary[]): LockstepSummary | undefined {
  if (parts[0] === undefined) return undefined;
  const counts = (
    of: (part: LockstepSummary) => Readonly<Record<string, number>>,
  ): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const part of parts) {
      for (const [name, count] of Object.entries(of(part))) all[name] = (all[name] ?? 0) + count;
    }
    return all;
  };
  const sum = (of: (part: LockstepSummary) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    scope: parts.map(({ scope }) => scope).join(", "),
    target: parts[0].target,
    seed: parts[0].seed,
    cases: sum(({ cases }) => cases),
    commands: sum(({ commands }) => commands),
    performed: counts(({ performed }) => performed),
    refusedDraws: sum(({ refusedDraws }) => refusedDraws),
    divergences: parts.flatMap(({ divergences }) => divergences),
    problems: parts.flatMap(({ scope, problems }) => problems.map((problem) => `${scope}: ${problem}`)),
    labels: counts(({ labels }) => labels),
    unreached: parts.flatMap(({ scope, unreached }) => unreached.map((label) => `${scope}: ${label}`)),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  };
}

/** A finding at its smallest, explained; then the other failures that were met while it was certified. */
async function explained(
  sides: Sides,
  finding: Finding | undefined,
  protocol: string,
  name: string,
  scope: Scope,
  engine: Engine,
  options: CheckOptions,
): Promise<readonly Counterexample[]> {
  if (finding === undefined) return [];
  const least = await minimal(sides, finding, minimalLimits(options));
  const { confirmed, answers } = least.finding;
  const minimality = minimalityWords(least.minimality);
  const around = { ...surroundings(scope), foundBy: engine };
  const reports = [
    await explain(
      sides,
      caseOf(protocol, name, least.finding),
      { ...around, minimality, confirmed },
      answers,
    ),
  ];
  for (const { start, commands, answers } of least.others) {
    const file = { ...caseOf(protocol, name, least.finding), start, commands };
    const minimality = "another way to fail, met while the first was certified";
    reports.push(await explain(sides, file, { ...around, minimality }, answers));
  }
  return reports;
}

function shrinkingOf(finding: Finding): NonNullable<LockstepSummary["shrinking"]> {
  const { shrinkRuns, shrinkStopped, repairedAway, repetitions } = finding;
  return { runs: shrinkRuns, stopped: shrinkStopped, repairedAway, repetitions };
}

async function driveScope(
  protocol: string,
  name: string,
  scope: Scope,
  options: CheckOptions,
): Promise<LockstepSummary> {
  const sides = sidesOf(scope);
  const started = performance.now();
  const { commandsPerCase, seed, signal } = options;
  const result: LockstepResult = await lockstep(sides, {
    cases: Math.ceil(options.cases / (scope.costs ?? 1)),
    commandsPerCase,
    ...(seed === undefined ? {} : { seed }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { finding } = result;
  const divergences = await explained(sides, finding, protocol, name, scope, "lockstep", options);
  const unreached = finding !== undefined || result.stoppedBy !== undefined
    ? []
    : Object.entries(result.labels).filter(([, count]) => count === 0).map(([label]) => label);
  return {
    scope: name,
    target: result.target,
    seed: result.seed,
    cases: result.cases,
    commands: result.commands,
    performed: result.performed,
    refusedDraws: result.refusedDraws,
    ...(finding === undefined ? {} : { shrinking: shrinkingOf(finding) }),
    divergences,
    problems: result.problems,
    labels: result.labels,
    unreached,
    milliseconds: performance.now() - started,
  };
}

async function tourScope(
  protocol: string,
  name: string,
  scope: Scope,
  options: CheckOptions,
): Promise<TourSummary> {
  const sides = sidesOf(scope);
  const started = performance.now();
  const { maximumMs, signal } = options;
  const result = await tour(sides, { maximumMs, ...(signal === undefined ? {} : { signal }) });
  const { covered, total, unreached, commands, problems, finding, stoppedBy } = result;
  const divergences = await explained(sides, finding, protocol, name, scope, "tour", options);
  return {
    scope: name,
    target: result.target,
    covered,
    total,
    unreached,
    commands,
    unseenAnswers: result.unseenAnswers
      .filter(({ allowedIn, unseenIn }) => allowedIn === unseenIn)
      .map(({ machine, command, answer, allowedIn }) =>
        `${machine}: ${command} → ${answer} (allowed in ${allowedIn} situations)`
      ),
    problems,
    divergences,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    milliseconds: performance.now() - started,
  };
}

/** A field that is left out when there is nothing to say. */
function first<Name extends string, Summary>(
  name: Name,
  summary: Summary | undefined,
): { readonly [Field in Name]?: Summary } {
  return (summary === undefined ? {} : { [name]: summary }) as { readonly [Field in Name]?: Summary };
}

/** Does everything with one protocol. Where the implementation can not run, the rest is done and the skip is told. */
export async function checkProtocol(protocol: Protocol, options: CheckOptions): Promise<ProtocolCheck> {
  const skipped: { what: string; why: string }[] = [];
  const driven: LockstepSummary[] = [];
  const specifications: ExploreSummary[] = [];
  const mechanisms: ExploreSummary[] = [];
  const refinements: RefineSummary[] = [];
  const tours: TourSummary[] = [];
  for (const [name, build] of Object.entries(protocol.scopes)) {
    if (options.signal?.aborted) break;
    const scope = build();
    const { what, how } = scope;
    if (scope.use.includes("explore")) {
      options.onStage?.(`${protocol.name}: exploring ${name}`);
      specifications.push(await exploreScope(name, what, options));
      if (how !== undefined) mechanisms.push(await exploreScope(name, how, options));
    }
    if (scope.use.includes("refines") && how !== undefined) {
      options.onStage?.(`${protocol.name}: refining ${name}`);
      refinements.push(await refineScope(name, how, what, options));
    }
    const onReal = scope.use.filter((use) => use === "lockstep" || use === "tour");
    const { missing } = onReal.length === 0 ? { missing: [] } : scope.target.probe();
    if (missing.length > 0) {
      for (const use of onReal) skipped.push({ what: `${use} ${name}`, why: missing.join("; ") });
      continue;
    }
    try {
      if (scope.use.includes("tour")) {
        options.onStage?.(`${protocol.name}: touring ${name} on ${scope.target.name}`);
        tours.push(await tourScope(protocol.name, name, scope, options));
      }
      if (scope.use.includes("lockstep")) {
        options.onStage?.(`${protocol.name}: driving ${name} against ${scope.target.name}`);
        driven.push(await driveScope(protocol.name, name, scope, options));
      }
    } finally {
      scope.target[Symbol.dispose]?.();
    }
  }
  const races = await runRaces(protocol, options, skipped);
  const bugs = await findMistakes(protocol, options);
  const explorations = [...specifications, ...mechanisms];
  const ok = explorations.every(({ violations, vacuous, undecided, exhausted }) =>
    // Whoever has not looked everywhere can not complain of what was not seen.
    violations.length === 0 && (vacuous.length + undecided.length === 0 || !exhausted)
  ) &&
    refinements.every(({ violations }) => violations.length === 0) &&
    driven.every(({ divergences, unreached, problems }) =>
      divergences.length === 0 && unreached.length === 0 && problems.length === 0
    ) &&
    tours.every(({ divergences, problems }) => divergences.length + problems.length === 0) &&
    !races.some(isLost) &&
    bugs.every(({ missedBy }) => missedBy.length === 0);
  return {
    name: protocol.name,
    ...first("explore", mechanisms[0] ?? specifications[0]),
    explorations,
    refinements,
    ...first("lockstep", together(driven)),
    scopes: driven,
    ...first("tour", tours[0]),
    tours,
    ...(races.length === 0 ? {} : { races }),
    bugs,
    skipped,
    ok,
  };
}
